"""Two workers at once, a message delivered three times, a hold and a cancel that meet a run: real connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection

from batconnect.core.database.tenancy import company_context, job_actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.kernel.errors import Conflict
from ledger.models import Obligation
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import cancel_document
from ledger.tests.builders import make_debtor
from ledger.verification import verify
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment
from loans.tasks import post_due_installments
from loans.tests.builders import lend
from tests.cast import NORTH, acting

LOANS_MADE = 12


def make_loans() -> list[str]:
    with acting("manager") as manager:
        debtor = make_debtor(manager)
        start = week_start(today(manager.company)) - timedelta(days=21)
        return [
            lend(manager, debtor, "1000.00", loan_date=start, start_week=start).number
            for _ in range(LOANS_MADE)
        ]


def together(*works: Callable[[], None]) -> None:
    ready = threading.Barrier(len(works))
    faults: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            ready.wait(timeout=10)
            work()
        except BaseException as fault:  # noqa: BLE001 - handed on to the test
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert faults == []


def assert_consistent(obligations: int) -> None:
    with company_context(NORTH, job="test") as actor:
        assert Obligation.objects.count() == obligations
        assert LoanInstallment.objects.exclude(status="Scheduled").count() == obligations
        assert [each.difference.message for each in verify(actor=actor)] == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work_and_post_it_once() -> None:
    make_loans()
    posted: list[int] = []

    def work() -> None:
        report = post_due(actor=job_actor(company_id=NORTH, job="test"), kind=LOANS, rows=5)
        posted.append(report.posted)

    together(work, work)

    # What one worker held while the other looked is left for the next run.
    posted.append(post_due(actor=job_actor(company_id=NORTH, job="test"), kind=LOANS).posted)
    assert sum(posted) == LOANS_MADE * 4
    assert_consistent(LOANS_MADE * 4)


@pytest.mark.django_db(transaction=True)
def test_a_message_delivered_three_times_posts_once() -> None:
    make_loans()

    for _ in range(3):
        current_app.tasks[f"{post_due_installments.name}.of_company"].apply(args=[str(NORTH)])

    assert_consistent(LOANS_MADE * 4)


@pytest.mark.django_db(transaction=True)
def test_a_loan_is_cancelled_or_posted_never_both() -> None:
    numbers = make_loans()
    cancelled: list[str] = []

    def cancel() -> None:
        for number in reversed(numbers):
            try:
                with acting("manager") as manager:
                    cancel_document(actor=manager, kind=LOANS, number=number, reason="Never paid out.")
                cancelled.append(number)
            except Conflict:
                continue

    def post() -> None:
        post_due(actor=job_actor(company_id=NORTH, job="test"), kind=LOANS, rows=3)

    together(cancel, post)
    post()

    with company_context(NORTH, job="test"):
        assert DriverLoan.objects.filter(status="Cancelled").count() == len(cancelled)
    assert_consistent((LOANS_MADE - len(cancelled)) * 4)
