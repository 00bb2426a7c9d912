"""Every later migration while others read and write: nobody waits longer than a migration may, and nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command
from psycopg import sql

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import Company
from ledger.services.verifications import verify_ledger
from tests.databases import superuser_connection

pytestmark = pytest.mark.system  # a database migrated from nothing, and the demo put into it
LONGEST_SECONDS = 10
"""docs/contributing.md#migrations: a migration gives up a lock for which it has waited so long."""
TABLES = (
    "customers",
    "payments",
    "ledger_obligations",
    "ledger_entries",
    "ledger_postings",
    "leases",
    "dtrs",
)
# The columns that the first release knew.
CUSTOMER = (
    "insert into customers (id, name, email, phone, address, external_reference, created_at, company_id)"
)


class Load:
    """What everybody who works meanwhile was told, and how long each waited."""

    def __init__(self) -> None:
        self.acknowledged: list[UUID] = []
        self.reads = 0
        self.waits: list[float] = []
        self.faults: list[Exception] = []
        self._is_over = threading.Event()

    def _work(self, step: Callable[[psycopg.Connection], None]) -> None:
        with superuser_connection() as server:
            while not self._is_over.is_set():
                began = time.monotonic()
                try:
                    step(server)
                except psycopg.Error as error:
                    self.faults.append(error)
                    return
                self.waits.append(time.monotonic() - began)
                self._is_over.wait(1 / 200)

    def write(self, server: psycopg.Connection) -> None:
        """A customer, in a transaction that stays open for a moment."""
        new = uuid7()
        with server.transaction():
            (company,) = server.execute("select company_id from customers limit 1").fetchone() or ("",)
            server.execute(
                f"{CUSTOMER} values (%s, %s, '', '', '', %s, now(), %s)",
                [new, f"Written meanwhile {new}", str(new), company],
            )
        self.acknowledged.append(new)

    def reader(self) -> Callable[[psycopg.Connection], None]:
        """Tables in turns, each as a whole."""
        tables = cycle(TABLES)

        def read(server: psycopg.Connection) -> None:
            query = sql.SQL("select count(*) from (select * from {}) t").format(sql.Identifier(next(tables)))
            server.execute(query)
            self.reads += 1

        return read

    @contextmanager
    def running(self) -> Iterator[None]:
        """Inside, one writes and one reads."""
        threads = [threading.Thread(target=self._work, args=(step,)) for step in (self.write, self.reader())]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join()


def test_others_read_and_write_meanwhile(kept: dict[str, int]) -> None:
    load = Load()
    with load.running():
        call_command("migrate", verbosity=0, interactive=False)
        call_command("setup_roles", verbosity=0)

    assert load.faults == []
    assert len(load.acknowledged) > 100
    assert load.reads > 100
    assert max(load.waits) < LONGEST_SECONDS
    with superuser_connection() as server:
        found = server.execute(
            "select count(*) from customers where id = any(%s)", [load.acknowledged]
        ).fetchone()
        everybody = server.execute("select count(*) from customers").fetchone()
    assert found == (len(load.acknowledged),)
    assert everybody == (kept["customers"] + len(load.acknowledged),)
    for company_id in Company.objects.values_list("id", flat=True):
        with company_context(company_id, job="test") as actor:
            verified = verify_ledger(actor=actor)
            assert verified.differences == 0, verified
