"""Weeks of a company of its own, settled by processes that are killed: each fee and each DTR once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from batconnect.embedded.paths import PROJECT_ROOT
from proof.worker import World
from tests.system.installation import Installation

NAME: Final = "Proof Cars"
WEEKS: Final = 3
FEE: Final = Decimal("500.00")
"""Of each lease that `seed_scale` makes, a week."""
ROW: Final = "weekly runs, killed"
_PATIENCE_SECONDS: Final = 240.0
_DTRS: Final = f"""
select count(*), count(distinct (d.lease_id, d.driver_id, d.week)), count(distinct d.week),
  count(*) filter (where d.owed <> d.prior_balance + d.charges - d.interim_payments - d.credits - d.adjustments),
  count(*) filter (where d.carried_forward <> d.owed - d.recovered)
from dtrs d join companies c on c.id = d.company_id where c.name = '{NAME}'
"""
_FEES: Final = f"""
select count(*), count(distinct (o.lease_id, o.due_date)), sum(o.original)
from ledger_obligations o join companies c on c.id = o.company_id
where c.name = '{NAME}' and o.source_type = 'ledger.lease_fee'
"""


class Weeks(threading.Thread):
    """Makes the company at once, and settles its weeks when told to begin; ends by itself."""

    def __init__(self, world: World, installation: Installation, *, drivers: int, kills: int) -> None:
        super().__init__(name="weeks", daemon=True)
        self._installation, self._tally, self._drivers, self._kills = (
            installation,
            world.tally,
            drivers,
            kills,
        )
        self._rng = random.Random(f"{world.seed}:weeks")
        first = world.today - timedelta(days=(world.today.weekday() + 1) % 7 + 7 * WEEKS)
        self._settles_from = first + timedelta(days=7)
        self._begin = threading.Event()
        self._made = False

    def begin(self) -> None:
        """Settle from now on, with processes that die."""
        self._begin.set()

    def run(self) -> None:
        try:
            self._make()
            self._begin.wait()
            self._settle()
        except Exception as error:  # noqa: BLE001 - whatever it was, it was not predicted
            self._tally.find(ROW, "wrong", repr(error))

    def _make(self) -> None:
        for words in (
            ("add_company", "--name", NAME, "--time-zone", "America/New_York"),
            ("seed_scale", "--company", NAME, "--payments", "200", "--drivers", str(self._drivers)),
        ):
            done = self._installation.manage(*words)
            if done.returncode:
                self._tally.find(ROW, "wrong", f"{words[0]}: {(done.stdout + done.stderr)[-400:]}")
                return
        self._installation.rows_of_all(
            f"update company_settings set settles_from = '{self._settles_from}'"
            f" where company_id = (select id from companies where name = '{NAME}') returning 1"
        )
        self._made = True

    def _settle(self) -> None:
        if not self._made:
            return
        for _ in range(self._kills):
            self._tally.count(ROW, "tried")
            process = self._start()
            time.sleep(self._rng.uniform(4.0, 12.0))
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                self._tally.count(ROW, "cut_off")
            process.wait()
        began = time.monotonic()
        while time.monotonic() - began < _PATIENCE_SECONDS:
            self._tally.count(ROW, "tried")
            both = [self._start(), self._start()]
            if 0 in [process.wait() for process in both]:
                self._tally.count(ROW, "acknowledged")
                self._tally.recovered(ROW, time.monotonic() - began)
                return
            self._tally.count(ROW, "refused")
            time.sleep(1.0)
        self._tally.find(ROW, "lost", f"not settled within {_PATIENCE_SECONDS:.0f} s of the last kill")

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "manage.py", "settle_week", "--company", NAME],
            cwd=PROJECT_ROOT,
            env=self._installation.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=os.setpgrp,
        )

    def finish(self) -> None:
        """Wait until the weeks are settled, and hold that each lease and driver has each week once."""
        self.begin()
        self.join()
        if not self._made:
            return
        rows, distinct, weeks, owed, carried = self._one(_DTRS)
        self._is_so("DTRs, each once", (rows, weeks), (distinct, WEEKS))
        self._is_so("DTRs whose owed or carried forward does not add up", (owed, carried), (0, 0))
        self._is_so("DTRs", rows, self._drivers * WEEKS)
        fees, distinct, total = self._one(_FEES)
        self._is_so("fees, each once", (fees, distinct), (self._drivers * WEEKS,) * 2)
        self._is_so("fees in all", total, FEE * self._drivers * WEEKS)

    def _one(self, statement: str) -> tuple[Any, ...]:
        return self._installation.rows_of_all(statement)[0]

    def _is_so(self, what: str, got: Any, want: Any) -> None:
        if got != want:
            self._tally.find(
                ROW, "doubled" if got > want else "lost", f"{what}: got {got}, and {want} is right"
            )
