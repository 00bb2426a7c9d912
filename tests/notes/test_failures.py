"""Whatever works in the background and stops or does not do all of it is told under the bell, and leads to its page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest
from celery import current_app
from django.core import mail
from django.db import OperationalError
from django.urls import reverse

from agencies.tests.builders import EZPASS, csv_of, take, toll
from bank.tests.builders import line, parsed, receive
from batconnect.core.console.bulk import services as bulk
from batconnect.core.console.bulk.services import confirm_operation
from batconnect.core.jobs import running
from batconnect.core.jobs.holds import WorkHeld
from batconnect.core.jobs.running import OF_COMPANY, declared_subjects, declared_wake_ups
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.models import Notice, User
from batconnect.core.people.notices import mark_read, send_notices
from batconnect.directory.tests.builders import make_fleet
from console.account.notices import model_of
from console.tests.test_bulk import VOID, WHY, planned, tolls, worked_on
from ledger import tasks as ledger_tasks
from ledger.models import LedgerVerification
from ledger.services import void_obligation
from payments.batches.tests.builders import add_customer, row, table, upload, work
from tests.cast import NORTH, STAFF, StaffClient
from tests.console import browser

FAILURE: Final = Notice.Kind.FAILURE
MANAGING: Final = ["administrator", "manager", "second_manager"]
JOBS: Final = [
    each.task
    for each in declared_wake_ups()
    if each.task.endswith(OF_COMPANY) and not each.task.startswith("test.")
]
SUBJECTS: Final = declared_subjects()


def told() -> list[tuple[str, str, str]]:
    rows = Notice.objects.filter(kind=FAILURE, read_at=None).order_by("user__username")
    return list(rows.values_list("user__username", "subject_model", "subject_key"))


def opened() -> str:
    """Where the manager's notice leads."""
    notice = Notice.objects.filter(kind=FAILURE, user__username="manager").latest("created_at")
    answer = browser("manager").post(reverse("admin:notices"), {"open": str(notice.pk)})
    return str(answer.url)


def failing(*args: Any, **kwargs: Any) -> Any:
    raise ZeroDivisionError


def run(task: str, *args: UUID) -> None:
    with suppress(ZeroDivisionError, OperationalError, WorkHeld):
        current_app.tasks[task].apply(args=[str(each) for each in args], throw=True)


def test_every_task_that_is_woken_is_work_of_a_company_or_on_a_subject() -> None:
    """What is neither would fail without a word: its kind needs a notice, and a test here."""
    woken = {each.task for each in declared_wake_ups() if not each.task.startswith("test.")}

    assert woken == {*JOBS, *SUBJECTS}
    assert len(SUBJECTS) >= 5
    assert all(model_of(each) is not None for each in SUBJECTS.values())


@pytest.mark.parametrize("job", JOBS)
def test_a_job_of_a_company_that_fails(in_north: None, monkeypatch: pytest.MonkeyPatch, job: str) -> None:
    monkeypatch.setattr(running, "run_for_company", failing)

    run(job, NORTH)

    assert [each[0] for each in told()] == MANAGING
    assert opened() == reverse("admin:schedules")


@pytest.mark.parametrize("task", sorted(SUBJECTS))
def test_work_on_a_subject_that_stops(in_north: None, monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    subject = uuid4()
    stopped = replace(running._subjects[task], work=failing)
    monkeypatch.setitem(running._subjects, task, stopped)

    run(task, NORTH, subject)
    run(task, NORTH, subject)

    assert told() == [(name, SUBJECTS[task], str(subject)) for name in MANAGING], "once, until it is read"
    mark_read(user_id=STAFF["manager"][0])
    run(task, NORTH, subject)
    assert len(told()) == len(MANAGING)


def test_what_is_tried_again_or_done_by_another_is_not_told(
    in_north: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = next(iter(SUBJECTS))

    def gives_way(actor: Actor, subject: UUID) -> None:
        raise OperationalError

    def is_held(actor: Actor, subject: UUID) -> None:
        raise WorkHeld(Mock())

    for stops in (gives_way, is_held):
        monkeypatch.setitem(running._subjects, task, replace(running._subjects[task], work=stops))
        monkeypatch.setattr(current_app.tasks[task], "retry", failing)
        run(task, NORTH, uuid4())

    assert told() == []


def test_a_payment_batch_with_rows_that_failed(
    manager: Actor, client_of: Callable[[str], StaffClient]
) -> None:
    add_customer(manager)
    key = upload(client_of("manager"), table(row(), row(amount="x"))).json()["batch_id"]

    work(key)

    assert told() == [(name, "payments.PaymentBatch", key) for name in MANAGING]
    assert opened() == reverse("admin:payments_paymentbatch_change", args=[key])


def test_a_file_of_an_agency_with_lines_that_cannot_be_read(manager: Actor) -> None:
    fleet = make_fleet(manager)
    day, plate = f"{today(manager.company):%m/%d/%Y}", fleet.lease.vehicle.plate_no

    received = take(manager, csv_of(EZPASS, toll("T1", day, plate), toll("T2", day, plate, "x")))

    assert told() == [(name, "agencies.AgencyImport", str(received.id)) for name in MANAGING]
    assert "1 of 2 lines" in Notice.objects.filter(kind=FAILURE)[0].text
    assert opened() == reverse("admin:agencies_agencyimport_change", args=[received.id])


def test_a_bank_statement_that_is_not_booked(manager: Actor) -> None:
    day = today(manager.company)
    first = parsed(line("7.00", day=day), opening="0.00", closing="7.00", sequence_no="1")
    second = parsed(line("1.00", day=day), opening="9.00", closing="10.00", sequence_no="2")
    receive(manager, first)

    (held,) = receive(manager, second)

    assert told() == [(name, "bank.Statement", str(held.id)) for name in MANAGING]
    assert opened() == reverse("admin:bank_statement_change", args=[held.id])


def test_an_operation_of_which_rows_were_not_done_is_told_to_who_asked(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "waits_for", lambda action, total: False)
    first, second = tolls(manager, 2)
    operation = planned(manager, VOID, [first.id, second.id], reason=WHY)
    void_obligation(actor=manager, obligation_id=first.id, reason=WHY)

    confirm_operation(actor=manager, operation_id=operation.id, version=operation.version)
    worked_on(operation)

    assert told() == [("manager", "core.BulkOperation", str(operation.id))]
    assert "1 of 2 rows" in Notice.objects.get(kind=FAILURE).text
    assert opened() == reverse("admin:bulk_operation", args=[operation.id])


def test_books_that_do_not_balance(in_north: None, monkeypatch: pytest.MonkeyPatch) -> None:
    common = {"company_id": NORTH, "started_at": now(), "finished_at": now(), "checks": 1, "actor": "job"}
    wrong = LedgerVerification.objects.create(**common, differences=3)
    monkeypatch.setattr(ledger_tasks, "verify_ledger", lambda **options: wrong)

    run(f"{ledger_tasks.VERIFY}{OF_COMPANY}", NORTH)

    assert told() == [(name, "ledger.LedgerVerification", str(wrong.pk)) for name in MANAGING]
    assert opened() == reverse("admin:ledger_ledgerverification_change", args=[wrong.pk])


def test_is_mailed_to_those_who_asked_for_mails(in_north: None, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.filter(username="manager").update(email="mara@north.example", mails_notices=True)
    task = next(iter(SUBJECTS))
    monkeypatch.setitem(running._subjects, task, replace(running._subjects[task], work=failing))

    run(task, NORTH, uuid4())
    send_notices(company_id=NORTH)

    assert [each.to for each in mail.outbox] == [["mara@north.example"]]
    assert "failed" in mail.outbox[0].subject
