"""Two workers at once, a message delivered three times, a hold and a cancel that meet a run: real connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from celery import current_app
from django.db import connection

from batconnect.core.database.tenancy import company_context, job_actor
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.kernel.errors import Conflict
from ledger.models import Obligation
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import cancel_document
from ledger.tests.builders import make_debtor
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import PaidFrom
from ledger.verification import verify
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment
from loans.services import hand_over_loan, pay_off_loan, prepay_loan, undo_pay_off
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


@pytest.mark.django_db(transaction=True)
def test_two_at_once_hand_a_loan_over_once() -> None:
    number = make_loans()[0]

    refused = at_once(
        lambda actor: hand_over_loan(actor=actor, loan_id=number, paid_from=PaidFrom(method="check"))
    )

    assert refused == ["handed_over"]
    with company_context(NORTH, job="test") as actor:
        assert Disbursement.objects.count() == 1
        assert [each.difference.message for each in verify(actor=actor)] == []


@pytest.mark.django_db(transaction=True)
def test_a_payoff_is_undone_once() -> None:
    number = make_loans()[0]
    with acting("manager") as manager:
        pay_off_loan(actor=manager, loan_id=number)

    refused = at_once(
        lambda actor: undo_pay_off(actor=actor, loan_id=number, reason="The driver asked for it.")
    )

    assert refused == ["not_paid_off"]
    with company_context(NORTH, job="test") as actor:
        assert [each.difference.message for each in verify(actor=actor)] == []


@pytest.mark.django_db(transaction=True)
def test_prepayments_at_once_are_both_taken_off() -> None:
    with acting("manager") as manager:
        number = lend(manager, make_debtor(manager), "1200.00").number

    refused = at_once(lambda actor: prepay_loan(actor=actor, loan_id=number, amount=Decimal("300.00")))

    assert refused == []
    with company_context(NORTH, job="test") as actor:
        assert LoanInstallment.objects.filter(prepaid_on__isnull=False, status="Posted").count() == 2
        assert [each.difference.message for each in verify(actor=actor)] == []


def at_once(action: Callable[[Actor], object]) -> list[str]:
    """The codes of what is refused when two managers do it at once."""
    refused: list[str] = []

    def act() -> None:
        try:
            with acting("manager") as manager:
                action(manager)
        except Conflict as refusal:
            refused.append(refusal.code)

    together(act, act)
    return refused
