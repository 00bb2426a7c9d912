"""`python -m proof`: what is tried follows from the seed; the exit code is 1 when a forbidden cell is not zero."""

from __future__ import annotations

import argparse
import random
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console

from proof import barrier, openapi, report
from proof.client import Client, Tokens
from proof.faults import Faults
from proof.hostile import Hostile
from proof.kinds import corrections, drivers, imports, money, renewals
from proof.races import Races
from proof.strangers import Strangers, marker, strange_in
from proof.tally import Tally
from proof.weeks import Weeks
from proof.worker import Worker, World
from tests.system.installation import Installation, installed

SHORT_MINUTES: Final = 2.5
"""In all, on a machine that has nothing else to do; what comes after the last round takes its own time."""
LEAST_SECONDS: Final = 75.0
MINUTES: Final = 30.0
OVER_MINUTES: Final = 34.0
"""After so long schemathesis begins with no further seed."""
CLIENTS: Final = 4
ROUND_SECONDS: Final = 90.0
QUIET, TROUBLE, RACES, HOSTILE = 0.12, 0.5, 0.1, 0.08
"""Shares of the time: work without faults and with faults, races, hostile files."""
LATEST_TROUBLE: Final = 0.8
"""A long run whose list of faults is not worked off goes on with it until this share of its time."""
# A limit's answer (429) would stand in the place of every other.
UNLIMITED: Final = dict.fromkeys(
    (
        *("THROTTLE_LOGIN_PER_MINUTE", "THROTTLE_LOGIN_PER_ADDRESS", "THROTTLE_WRITES_PER_SECOND"),
        *("THROTTLE_BATCHES_PER_MINUTE", "EXPORTS_AT_ONCE", "DOCUMENTS_AT_ONCE"),
    ),
    "0",
)
OPERATIONS: Final = [
    *money.OPERATIONS,
    *corrections.OPERATIONS,
    *drivers.OPERATIONS,
    *renewals.OPERATIONS,
    *imports.OPERATIONS,
]
COMPANY: Final = "Big Apple Taxi"


def main() -> int:
    """Parse the command line, run, print the table."""
    parser = argparse.ArgumentParser(prog="python -m proof", description=__doc__)
    parser.add_argument("--seed", "--replay", type=int, help="what is done follows from it; printed first")
    parser.add_argument("--minutes", type=float, help=f"default {MINUTES:.0f}")
    parser.add_argument("--short", action="store_true", help="everything once, as part of .ci/run")
    parser.add_argument("--write", action="store_true", help="put the table into docs/proof.md")
    arguments = parser.parse_args()
    seed = secrets.randbelow(10**9) if arguments.seed is None else arguments.seed
    minutes = arguments.minutes or (SHORT_MINUTES if arguments.short else MINUTES)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    console.print(
        f"Seed {seed}; the same again: python -m proof --replay {seed}{' --short' * arguments.short}"
    )
    # By default SIGTERM ends Python on the spot, and the servers would stay.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    tally, is_whole = Tally(), False
    with installed(**UNLIMITED) as installation, suppress(KeyboardInterrupt):
        Proof(installation, tally=tally, seed=seed, console=console).run(
            minutes=minutes, is_short=arguments.short
        )
        is_whole = True
    report.show(tally, console=console)
    if arguments.write and is_whole:
        report.write(tally, seed=seed, minutes=minutes)
    if not tally.is_clean:
        console.print(f"Found something; seed {seed}.")
    else:
        console.print("Nothing lost, doubled, leaked or half-done." if is_whole else "Interrupted.")
    return int(not tally.is_clean or not is_whole)


class Proof:
    """One run, from the start of the servers to the last look at the books."""

    def __init__(self, installation: Installation, *, tally: Tally, seed: int, console: Console) -> None:
        self._installation, self._tally, self._seed, self._console = installation, tally, seed, console
        self._began = time.monotonic()

    def _say(self, words: str) -> None:
        self._console.print(f"[{time.monotonic() - self._began:5.0f} s] {words}", markup=False)

    def run(self, *, minutes: float, is_short: bool) -> None:
        """Everything, each part for its share of the time."""
        took = self._installation.start()
        self._say(f"started in {took:.0f} s")
        world, strangers = self._settle_in()
        weeks = Weeks(world, self._installation, drivers=50 if is_short else 300, kills=1 if is_short else 8)
        weeks.start()
        workers = self._hire(world)
        self._say("prepared")
        faults = Faults(world, self._installation, is_long=not is_short)
        seconds = self._seconds_left(minutes) if is_short else minutes * 60
        self._round(world, workers, seconds=seconds * QUIET, faults=None)
        weeks.begin()
        rounds = max(1, round(seconds * TROUBLE / ROUND_SECONDS))
        for _ in range(rounds):
            self._round(world, workers, seconds=seconds * TROUBLE / rounds, faults=faults)
        while faults.left and not is_short and time.monotonic() - self._began < minutes * 60 * LATEST_TROUBLE:
            self._round(world, workers, seconds=ROUND_SECONDS, faults=faults)
        if faults.left:
            self._say(f"{faults.left} faults of the list have not come")
        races, hostile = Races(world, clients=32 if is_short else 64), Hostile(world)
        self._part("raced", lambda: races.run(time.monotonic() + seconds * RACES))
        self._part("tried hostile files", lambda: hostile.run(time.monotonic() + seconds * HOSTILE))
        self._part("came near", strangers.come_near)
        self._part("swept", strangers.sweep)
        self._part("settled weeks", weeks.finish)
        self._part("verified", lambda: self._manage("verify_ledger"))
        if not is_short:
            ends = self._began + OVER_MINUTES * 60
            folder = self._installation.data.path.parent / "suite"
            self._part("looked at the document", lambda: openapi.look(world, folder, until=ends))

    def _part(self, done: str, part: Callable[[], None]) -> None:
        """One part of the run: what goes wrong in it is found, and the others follow."""
        try:
            part()
        except Exception as error:  # noqa: BLE001 - whatever it was, it was not predicted
            self._tally.find(done, "wrong", repr(error))
        self._say(done)

    def _seconds_left(self, minutes: float) -> float:
        """Where the whole has its time, what the start and the preparation left of it, and enough to do everything."""
        return max(LEAST_SECONDS, minutes * 60 - (time.monotonic() - self._began))

    def _hire(self, world: World) -> list[Worker]:
        """The clients, each with drivers and policies of its own."""
        workers = [Worker(world, f"c{number}", OPERATIONS) for number in range(CLIENTS)]
        path = self._installation.data.path.parent / "policies.csv"
        renewals.write_policies(path, names=[worker.name for worker in workers], today=world.today)
        self._manage("import_renewals", "--company", COMPANY, "--file", str(path))
        secret = self._installation.data.secret_key.read_text().strip()
        gateway = renewals.Gateway(world, secret)

        def prepare(place: int) -> None:
            worker = workers[place]
            worker.kept["gateway"] = gateway
            drivers.find_drivers(worker, share=place, of=len(workers))
            renewals.find_policies(worker)

        with ThreadPoolExecutor(len(workers)) as pool:
            list(pool.map(prepare, range(len(workers))))
        return workers

    def _manage(self, *words: str) -> None:
        """Run a management command of the installation, which has to succeed."""
        self._tally.count(f"command {words[0]}", "tried")
        done = self._installation.manage(*words)
        if done.returncode:
            self._tally.find(f"command {words[0]}", "wrong", (done.stdout + done.stderr)[-1500:])

    def _settle_in(self) -> tuple[World, Strangers]:
        ids: list[str] = []
        mark = marker(self._seed)
        tokens = Tokens(port=self._installation.port, password=self._installation.demo_password())
        world = World(
            port=self._installation.port,
            tokens=tokens,
            tally=self._tally,
            seed=self._seed,
            company=self._company_of("manager", tokens),
            other_company=self._company_of("outsider", tokens),
            today=datetime.now(ZoneInfo("America/New_York")).date(),
            strange=strange_in(mark, ids),
            rows=self._installation.rows_of_all,
            manage=self._installation.manage,
        )
        strangers = Strangers(world, mark, ids)
        strangers.settle_in()
        return world, strangers

    def _company_of(self, username: str, tokens: Tokens) -> str:
        client = Client(
            port=self._installation.port,
            tokens=tokens,
            username=username,
            company="",
            tally=self._tally,
            rng=random.Random(0),
        )
        return str(client.get("/api/me").body["companies"][0]["id"])

    def _round(self, world: World, workers: list[Worker], *, seconds: float, faults: Faults | None) -> None:
        until = time.monotonic() + seconds
        threads = [
            threading.Thread(target=worker.work, args=(until,), name=worker.name) for worker in workers
        ]
        for thread in threads:
            thread.start()
        if faults is not None:
            faults.run(until)
        for thread in threads:
            thread.join()
        self._say(f"worked {seconds:.0f} s{' with faults' if faults else ''}: {self._sum()} operations")
        with ThreadPoolExecutor(len(workers)) as pool:
            list(pool.map(_compare, workers))
        barrier.compare_trial_balance(workers[0])
        if faults is not None:
            barrier.compare_references(workers[0], faults)
        self._say("compared")

    def _sum(self) -> int:
        return sum(row.tried for row in self._tally.rows.values())


def _compare(worker: Worker) -> None:
    """Everything of one client; what is still worked off is waited for first."""
    imports.compare_imports(worker)
    renewals.compare_policies(worker)
    drivers.compare_drivers(worker)
    barrier.compare_books(worker)
    barrier.compare_receipts(worker)


if __name__ == "__main__":
    random.seed(0)  # nothing takes from it; what is random has a generator of its own
    sys.exit(main())
