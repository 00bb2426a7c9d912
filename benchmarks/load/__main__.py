"""`python -m benchmarks.load`: an installation of its own as `make run` starts it, and a mixed day at rising load.

The exit code is 1 when a call failed, when a process's memory grew, or when the books do not agree at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from batconnect.embedded.ports import find_free_port
from benchmarks.environments import make_environment
from benchmarks.load import figures, report
from benchmarks.load.memory import Memory
from benchmarks.web import ROOT
from proof.__main__ import UNLIMITED
from proof.client import Client, Tokens
from proof.tally import Tally
from proof.weeks import ROW as WEEKS_ROW
from proof.weeks import Weeks
from proof.worker import World
from tests.system.installation import Installation, installed

MINUTES = 10.0
STEPS = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128)
CUSTOMERS = 200
LEASES = 200
"""Of the company whose weeks are settled while the day goes on."""
GIVEN = (
    *("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL", "DATABASE_DISTRIBUTED"),
    *("SECRET_KEY", "ENCRYPTION_KEYS", "GATEWAY_SANDBOX"),
)
_REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def main() -> int:
    """Run the day, show what came of it, and with `--write` keep it in docs/."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"default {MINUTES:.0f}")
    parser.add_argument("--write", action="store_true", help="put table and picture into docs/scale.md")
    parser.add_argument(
        "--given",
        action="store_true",
        help="on the database of DATABASE_URL, _OWNER_URL and _SUPERUSER_URL, which the demo is put into",
    )
    arguments = parser.parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    # By default SIGTERM ends Python on the spot, and the servers would stay.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    metrics = find_free_port()
    given = {name: os.environ[name] for name in GIVEN if name in os.environ} if arguments.given else {}
    with installed(**UNLIMITED, WEB_METRICS_PORT=str(metrics), **given) as installation:
        if given:
            done = installation.manage("prepare", "--demo")
            assert not done.returncode, done.stdout + done.stderr
        console.print(f"started in {installation.start():.0f} s")
        day = Day(installation, metrics=metrics, console=console)
        kept = day.play(seconds=arguments.minutes * 60 / len(STEPS))
    report.show(kept, console=console)
    if arguments.write:
        report.write(kept, minutes=arguments.minutes)
    return int(bool(kept.faults))


class Day:
    """One day, from the customers' first invoice to the books' last check."""

    def __init__(self, installation: Installation, *, metrics: int, console: Console) -> None:
        self._installation, self._metrics, self._console = installation, metrics, console
        self._folder = installation.data.path.parent
        self._tally = Tally()
        self._world = self._make_world()
        self._manager = self._world.client("manager", name="load")

    def play(self, *, seconds: float) -> report.Kept:
        """Prepare, play every step, and hold what came of it against what is asked for."""
        weeks = Weeks(self._world, self._installation, drivers=LEASES, kills=0)
        weeks.start()
        self._prepare(seconds)
        programs = make_environment(self._folder / "locust", requirements=_REQUIREMENTS)
        self._console.print("prepared")
        memory, counted = Memory(self._installation), [self._count()]
        calls = self._folder / "calls.csv"
        locust = self._start_locust(programs, calls)
        began = _first_call(calls, locust)
        memory.start()
        for place in range(len(STEPS)):
            _sleep_until(began + (place + 1) * seconds)
            counted.append(self._count())
            self._console.print(f"{STEPS[place]} people")
            if place == len(STEPS) // 3:
                weeks.begin()
        status = locust.wait(timeout=300)
        ended = began + len(STEPS) * seconds
        memory.end()
        weeks.finish()
        kept = report.Kept(
            calls=figures.read_calls(calls, began=began),
            people=STEPS,
            seconds=seconds,
            statements=_per_request(counted),
            memory=memory.flat(middle=(began + ended) / 2, end=ended),
            settled=max(self._tally.rows[WEEKS_ROW].recoveries, default=0.0),
            leases=LEASES,
        )
        kept.faults += self._tally.findings + (
            [f"locust ended with {status}"] if status not in (0, 1) else []
        )
        done = self._installation.manage("verify_ledger")
        if done.returncode:
            kept.faults.append(f"verify_ledger: {(done.stdout + done.stderr)[-600:]}")
        return kept

    def _make_world(self) -> World:
        tokens = Tokens(port=self._installation.port, password=self._installation.demo_password())
        me = Client(
            port=self._installation.port,
            tokens=tokens,
            username="manager",
            company="",
            tally=self._tally,
            rng=random.Random(0),
        )
        return World(
            port=self._installation.port,
            tokens=tokens,
            tally=self._tally,
            seed=0,
            company=str(me.get("/api/me").body["companies"][0]["id"]),
            other_company="",
            today=datetime.now(ZoneInfo("America/New_York")).date(),
            strange=lambda content, asked: "",
            rows=self._installation.rows_of_all,
            manage=self._installation.manage,
        )

    def _prepare(self, seconds: float) -> None:
        """Customers with something to pay, a bank account, and the file that tells locust of them."""
        customers = [self._make_customer(number) for number in range(CUSTOMERS)]
        bank = self._manager.post(
            "/api/accounting/bank-accounts",
            {"code": "load", "name": "Load", "currency": "USD"},
            row="prepared",
        )
        assert bank.is_success, bank
        world = {
            "port": self._installation.port,
            "password": self._installation.demo_password(),
            "company": self._world.company,
            "customers": customers,
            "bank_account": bank.body["id"],
            "today": str(self._world.today),
            "steps": STEPS,
            "seconds": seconds,
        }
        (self._folder / "world.json").write_text(json.dumps(world))

    def _make_customer(self, number: int) -> str:
        body = {"name": f"Load {number}", "email": "load@example.com", "external_reference": f"LOAD-{number}"}
        made = self._manager.post("/api/customers", body, row="prepared")
        assert made.is_success, made
        invoice = {
            "customer_id": made.body["id"],
            "issue_date": self._world.today,
            "due_date": self._world.today + timedelta(days=30),
            "currency": "USD",
            "items": [{"description": "load", "quantity": 1, "unit_price": "150.00"}],
        }
        billed = self._manager.post("/api/invoices", invoice, row="prepared")
        assert billed.is_success, billed
        return str(made.body["id"])

    def _start_locust(self, programs: Path, calls: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [programs / "locust", "--headless", "--only-summary", "-f", ROOT / "benchmarks/load/day.py"],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "LOAD_WORLD": str(self._folder / "world.json"),
                "LOAD_CALLS": str(calls),
            },
            stdout=subprocess.DEVNULL,
            stderr=(self._folder / "locust.log").open("w"),
        )

    def _count(self) -> tuple[float, float]:
        """Requests and statements of the web processes until now."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._metrics}/", timeout=30) as answer:
            lines = answer.read().decode().splitlines()

        def total(name: str) -> float:
            return sum(
                float(line.rpartition(" ")[2])
                for line in lines
                if line.partition("{")[0].split(" ")[0] == name
            )

        return total("django_http_responses_total_by_status_total"), total(
            "batconnect_statement_seconds_count"
        )


def _first_call(calls: Path, locust: subprocess.Popen[Any]) -> float:
    while not calls.exists():
        assert locust.poll() is None, "locust did not begin"
        time.sleep(0.05)
    return time.time()


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.time()))


def _per_request(counted: list[tuple[float, float]]) -> list[float]:
    return [(after[1] - before[1]) / max(1.0, after[0] - before[0]) for before, after in pairwise(counted)]


if __name__ == "__main__":
    sys.exit(main())
