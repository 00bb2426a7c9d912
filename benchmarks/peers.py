"""Entries per second beside other ledgers for Django, on the same PostgreSQL: one two-line entry per transaction."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg

from benchmarks import posting
from benchmarks.environments import make_environment
from benchmarks.results import Section, median
from benchmarks.scratch import url_of
from benchmarks.web import ROOT

_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
ROUNDS = 5
SECONDS = 3.0
# Each as its documentation sets it up; hordak also with the connection options that are ours.
OURS = {"server_side_binding": True, "prepare_threshold": 2}
PEERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "hordak": ("hordak", "django-hordak, balanced transactions/s", {}),
    "prepared": ("hordak", "django-hordak with our connection options, balanced transactions/s", OURS),
    "ledger": ("ledger", "django-ledger, posted journal entries/s", {}),
}
TITLE = "Entries beside other ledgers for Django"


def measure() -> Section:
    """Our posted entries, with tenancy, keys and triggers, against the others' own ways of making one."""
    python = (
        make_environment(Path(os.environ["BATCONNECT_DATA_DIR"]) / "peers", requirements=_REQUIREMENTS)
        / "python"
    )
    workers = {name: _worker(python, name) for name in PEERS}
    rates: dict[str, list[float]] = {"ours": [], **{name: [] for name in PEERS}}
    try:
        for _ in range(ROUNDS):
            rates["ours"].append(posting._run("single", 1))
            for name, worker in workers.items():
                rates[name].append(_ask(worker))
    finally:
        for worker in workers.values():
            assert worker.stdin
            worker.stdin.close()
            worker.wait(timeout=20)
    section = Section(
        TITLE,
        f"One connection, one two-line entry per transaction, {ROUNDS} rounds of {SECONDS:g} s with the sides taking "
        "turns. Ours sets the company's context, obeys row security and checks zero sums in the database; theirs as "
        "their documentation makes an entry (`Account.transfer_to`, `EntityModel.commit_txs`), as the owner.",
    )
    section.add("post_entries, entries/s", f"{median(rates['ours']):,.0f}")
    for name, (_, what, _) in PEERS.items():
        section.add(what, f"{median(rates[name]):,.0f}")
    section.at_least(
        "ours ÷ django-hordak",
        median([ours / theirs for ours, theirs in zip(rates["ours"], rates["hordak"], strict=True)]),
        1.8,
        goal=2.5,
    )
    for name, what in (
        ("prepared", "ours ÷ django-hordak with our connection options"),
        ("ledger", "ours ÷ django-ledger"),
    ):
        ratio = median([ours / theirs for ours, theirs in zip(rates["ours"], rates[name], strict=True)])
        section.add(what, f"{ratio:.2f}")
    return section


def _worker(python: Path, name: str) -> subprocess.Popen[str]:
    """The peer's process with a database of its own, ready to be asked."""
    package, _, options = PEERS[name]
    with psycopg.connect(url_of(role="superuser", database="postgres"), autocommit=True) as server:
        server.execute(f"drop database if exists peer_{name}")
        server.execute(f"create database peer_{name}")
    login = urlsplit(url_of(role="superuser", database=f"peer_{name}"))
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "",
        "PEER_HOST": str(login.hostname),
        "PEER_PORT": str(login.port),
        "PEER_USER": unquote(str(login.username)),
        "PEER_PASSWORD": unquote(str(login.password)),
        "PEER_DATABASE": f"peer_{name}",
        "PEER_OPTIONS": json.dumps(options),
    }
    worker = subprocess.Popen(
        [python, ROOT / "benchmarks/peers_worker.py", package],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout
    assert worker.stdout.readline().strip() == "ready", f"{name} did not start"
    return worker


def _ask(worker: subprocess.Popen[str]) -> float:
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write(f"{SECONDS}\n")
    worker.stdin.flush()
    answer: dict[str, Any] = json.loads(worker.stdout.readline())
    return float(answer["rate"])
