"""What goes wrong while the clients work: processes are killed, told to stop, and messages come three times."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import psycopg

from batconnect.embedded import processes
from batconnect.embedded.announcement import answers_ready
from batconnect.embedded.postgres import RUNTIME_ROLE
from proof.client import Unanswered
from proof.worker import World
from tests.system.installation import Installation
from tests.system.processes.disk import fill_disk, free_disk
from tests.system.processes.finding import PROCESSES, Find

BACK_SECONDS: Final = 150.0
"""Longer than this is not coming back; generous, because the machine may be slow and busy."""
CALM_SECONDS: Final = (0.5, 2.0)
"""Between two faults the clients get on for so long."""
COUNTS: Final = {
    "kill -9: web worker": 25,
    "kill -9: web master": 25,
    "kill -9: worker": 10,
    "kill -9: worker's child": 10,
    "kill -9: PostgreSQL": 10,
    "kill -9: PostgreSQL backend": 10,
    "kill -9: beat": 5,
    "kill -9: Redis": 5,
    "kill -9: Redis, data wiped": 5,
}
"""How often in a long run; what is not here, ``OTHERS`` times. Docs: docs/proof.md."""
OTHERS: Final = 3
_BACKEND: Final = f"""
select pid from pg_stat_activity where usename = '{RUNTIME_ROLE}' and backend_type = 'client backend'
order by (state = 'active') desc, xact_start limit 1
"""
_ENDING: Final = f"""
select pg_terminate_backend(pid) from pg_stat_activity
where usename = '{RUNTIME_ROLE}' and backend_type = 'client backend'
"""
FULL_SECONDS: Final = 3.0
_HELD: Final = "begin; lock table payments in exclusive mode; select pg_sleep(7); commit"
"""Longer than a statement waits for a lock."""
_CROSSED: Final = """
begin; lock table ledger_entries in exclusive mode; select pg_sleep(1.5);
lock table payments in exclusive mode; commit
"""
"""In the order opposite to the one in which a payment is posted."""
_SENDING: Final = """
import random
from batconnect.celery import app
from django_celery_beat.models import PeriodicTask
rows = list(PeriodicTask.objects.filter(enabled=True, task__contains='.resume_').values_list('task', flat=True))
rows += ['gateways.send_charges', 'ledger.sweep_dtr_exports', 'core.send_outgoing_mail']
sent = rows * 3
random.Random({seed}).shuffle(sent)
for name in sent:
    app.send_task(name)
print(len(sent))
"""


class Faults:
    """One fault after the other, each with a payment that shows when it is over."""

    def __init__(self, world: World, installation: Installation, *, is_long: bool) -> None:
        self._world, self._installation = world, installation
        self._rng = random.Random(f"{world.seed}:faults")
        self._client = world.client("cashier", name="faults")
        self._customer = ""
        self._left: list[str] = []
        self._lists = 0
        self.acknowledged: list[str] = []
        """References of the payments by which recoveries were measured."""
        kills = {f"kill -9: {name}": self._killing(find) for name, find in PROCESSES.items()}
        self._faults: dict[str, Callable[[], bool]] = {
            **kills,
            "kill -9: PostgreSQL backend": self._kill_backend,
            "kill -9: Redis, data wiped": self._wipe_broker,
            "SIGTERM: web worker": self._killing(PROCESSES["web worker"], signal.SIGTERM),
            "SIGTERM: web master": self._killing(PROCESSES["web master"], signal.SIGTERM),
            "SIGTERM: worker": self._killing(PROCESSES["worker"], signal.SIGTERM),
            "every connection to PostgreSQL ended": lambda: self._trouble(_ENDING),
            "payments locked for 7 s": lambda: self._trouble(_HELD),
            "the disk full for 3 s": self._fill_disk,
            "deadlocks": lambda: self._trouble(_CROSSED),
            "messages three times, shuffled": self._repeat_messages,
        }
        if is_long:
            self._faults["SIGTERM: the whole run"] = self._restart
        self._counts = {name: COUNTS.get(name, OTHERS) if is_long else 1 for name in self._faults}

    @property
    def customer(self) -> str:
        """The customer whose payments show when a fault is over."""
        if not self._customer:
            answer = self._client.get("/api/customers?limit=1")
            self._customer = answer.body["results"][0]["id"]
        return self._customer

    @property
    def left(self) -> int:
        """How many of the faults that a run has to have have not come yet."""
        return len(self._left) if self._lists <= 1 else 0

    def run(self, until: float) -> None:
        """The faults in the order of the seed, from where the last call ended; when all have come, again."""
        assert self.customer
        while time.monotonic() < until:
            if not self._left:
                self._left = [name for name, count in self._counts.items() for _ in range(count)]
                self._rng.shuffle(self._left)
                self._lists += 1
            time.sleep(self._rng.uniform(*CALM_SECONDS))
            self._do(self._left.pop())

    def _do(self, name: str) -> None:
        row = f"fault: {name}"
        tally = self._world.tally
        tally.count(row, "tried")
        began = time.monotonic()
        try:
            back = self._faults[name]()
            paid = self._pay(row)
        except Unanswered as error:
            back, paid = False, False
            tally.find(row, "lost", str(error))
        if not back:
            tally.find(row, "wrong", f"not back within {BACK_SECONDS:.0f} s")
        if back and paid:
            tally.recovered(row, time.monotonic() - began)

    def _pay(self, row: str) -> bool:
        reference = f"PRF-FAULT-{len(self.acknowledged) + 1:04d}"
        body = {
            "customer_id": self.customer,
            "amount": "1.00",
            "currency": "USD",
            "payment_method": "bank_transfer",
            "payment_date": self._world.today,
            "reference_number": reference,
        }
        answer = self._client.post("/api/payments", body, row="payments after a fault")
        if answer.is_success:
            self.acknowledged.append(reference)
        else:
            self._world.tally.find(row, "wrong", f"a payment afterward: {answer}")
        return answer.is_success

    def _killing(self, find: Find, number: signal.Signals = signal.SIGKILL) -> Callable[[], bool]:
        def kill() -> bool:
            before = self._found(find)
            if not before:
                return False
            chosen = self._rng.choice(before)
            with suppress(ProcessLookupError):
                os.kill(chosen, number)
            return self._is_back(
                lambda: chosen not in (now := find(self._installation)) and len(now) >= len(before)
            )

        return kill

    def _found(self, find: Find) -> list[int]:
        """The processes, once there are any: one that was killed just now may still be starting."""
        found: list[int] = []

        def is_there() -> bool:
            found[:] = find(self._installation)
            return bool(found)

        self._is_back(is_there)
        return list(found)

    def _is_back(self, so: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + BACK_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError):
                if so() and answers_ready(port=self._installation.port):
                    return True
            time.sleep(0.05)
        return False

    def _kill_backend(self) -> bool:
        rows = self._installation.rows_of_all(_BACKEND)
        if not rows:
            return True
        with suppress(ProcessLookupError):
            os.kill(rows[0][0], signal.SIGKILL)
        return self._is_back(lambda: not processes.is_alive(pid=rows[0][0]))

    def _trouble(self, statement: str) -> bool:
        # Of two that wait for each other, PostgreSQL may end the one that came to disturb.
        with suppress(psycopg.errors.DeadlockDetected, psycopg.errors.QueryCanceled):
            self._installation.rows_of_all(statement)
        return self._is_back(lambda: True)

    def _wipe_broker(self) -> bool:
        before = self._found(PROCESSES["Redis"])
        for pid in before:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self._installation.data.broker / "appendonlydir", ignore_errors=True)
        return self._is_back(
            lambda: not set(before) & set(now := PROCESSES["Redis"](self._installation)) and bool(now)
        )

    def _fill_disk(self) -> bool:
        fill_disk(self._installation, seconds=FULL_SECONDS)

        def is_freed() -> bool:
            free_disk(self._installation)
            return True

        return self._is_back(is_freed)

    def _repeat_messages(self) -> bool:
        done = self._installation.manage("shell", "-c", _SENDING.format(seed=self._rng.randrange(10**6)))
        if done.returncode:
            self._world.tally.find("fault: messages three times, shuffled", "wrong", done.stderr[-400:])
        return self._is_back(lambda: True)

    def _restart(self) -> bool:
        code = self._installation.stop(signal.SIGTERM)
        self._world.tally.count("fault: SIGTERM: the whole run", by=0)
        if code:
            self._world.tally.find("fault: SIGTERM: the whole run", "wrong", f"ended with {code}")
        self._installation.start()
        return True
