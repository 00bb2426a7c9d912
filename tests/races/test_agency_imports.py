"""Two imports of the same rows, and two people at the desk, at the same moment."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from agencies.models import AgencyImport, AgencyRow
from agencies.services.assigning import assign_rows
from agencies.services.processing import process_import
from agencies.services.receiving import receive_file
from agencies.tests.builders import EZPASS, csv_of, toll
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation
from ledger.tests.settlement.builders import make_driver
from ledger.verification import verify
from tests.cast import NORTH, acting
from tests.races.test_raising import at_once

pytestmark = pytest.mark.django_db(transaction=True)

DAY = "11/03/2025"


def _receive(content: bytes, *, force: bool = False) -> Callable[[Actor], Any]:
    return lambda actor: receive_file(actor=actor, file=io.BytesIO(content), force=force).id


def _work_off(*imports: UUID) -> None:
    """Work the files off, each in a thread of its own."""

    def run(import_id: UUID) -> None:
        try:
            process_import(actor=job_actor(company_id=NORTH, job="test"), import_id=import_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(imports)) as pool:
        list(pool.map(run, imports))


def test_the_same_file_twice_at_once_is_taken_once() -> None:
    content = csv_of(EZPASS, toll("T1", DAY, "1SAM401"))

    answers = at_once(_receive(content), _receive(content))

    assert sorted(type(each).__name__ for each in answers) == ["UUID", "str"]
    assert "same_agency_file" in answers
    with acting("manager"):
        assert AgencyImport.objects.count() == 1


def test_two_files_with_the_same_rows_charge_each_once() -> None:
    with acting("manager") as actor:
        make_driver(actor)
    rows = [toll(f"T{each}", DAY, "1SAM401") for each in range(40)]
    with acting("manager") as actor:
        imports = [
            receive_file(actor=actor, file=io.BytesIO(csv_of(EZPASS, *chosen))).id
            for chosen in (rows[:30], rows[:9:-1])
        ]

    _work_off(*imports)

    with acting("manager") as actor:
        assert Obligation.objects.filter(category="EZPASS").count() == 40
        assert AgencyRow.objects.filter(state="done").count() == 40
        assert [each.difference for each in verify(actor=actor)] == []


def test_a_row_is_assigned_by_one_of_two() -> None:
    with acting("manager") as actor:
        debtor = make_driver(actor)
        received = receive_file(actor=actor, file=io.BytesIO(csv_of(EZPASS, toll("T1", DAY, "NOBODY1"))))
    _work_off(received.id)
    with acting("manager"):
        (row,) = AgencyRow.objects.values_list("id", flat=True)

    def assign(actor: Actor) -> str:
        assign_rows(actor=actor, rows=[row], lease_id=debtor.lease.pk, driver_id=debtor.driver.pk)
        return "done"

    answers = at_once(assign, assign)

    assert sorted(answers) == ["done", "row_not_waiting"]
    with acting("manager"):
        assert Obligation.objects.filter(category="EZPASS").count() == 1


def test_a_worker_waits_for_nobody_who_has_the_file() -> None:
    with acting("manager") as actor:
        make_driver(actor)
        content = csv_of(EZPASS, *(toll(f"T{each}", DAY, "1SAM401") for each in range(5)))
        received = receive_file(actor=actor, file=io.BytesIO(content))
    refused: list[str] = []

    def run() -> None:
        try:
            process_import(actor=job_actor(company_id=NORTH, job="test"), import_id=received.id)
        except Exception as error:  # noqa: BLE001 - what it is is what the test asks
            refused.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(refused) <= {"WorkHeld"}
    with acting("manager"):
        assert Obligation.objects.filter(category="EZPASS").count() == 5
