"""The states of a loan: held, released, cancelled, paid off; paid, closed and reopened.

Rule: docs/domain.md#loans-and-repairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from batconnect.core.models import AuditEvent
from ledger.models import Entry, Obligation
from ledger.querysets import trial_balance
from ledger.repayment.querysets import find_document
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import cancel_document, hold_document, release_document
from ledger.services import void_obligation, void_posting, write_off
from ledger.tests.builders import Debtor
from ledger.verification import verify
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment
from loans.services import pay_off_loan
from loans.tests.builders import lend
from tests.digest import assert_nothing_written

REASON = "The driver asked for it."
FIRST_SUNDAY = date(2025, 10, 5)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2025-10-01T16:00:00Z", tick=False) as traveler:
        yield traveler


@pytest.fixture
def loan(clock: Any, manager: Actor, debtor: Debtor) -> DriverLoan:
    return lend(manager, debtor, "1200.00", interest_rate=Decimal(10), start_week=FIRST_SUNDAY)


def settle(actor: Actor, obligation: Obligation) -> None:
    # Together the rows of a loan are more than one person may write off in a day.
    company = replace(actor.company, write_off_approval_limit=Decimal("10000.00"))
    generous = replace(actor, company=company)
    write_off(actor=generous, obligation_id=obligation.id, amount=obligation.outstanding, reason=REASON)


def status(loan: DriverLoan) -> str:
    return str(DriverLoan.objects.get(id=loan.id).status)


def statuses() -> list[str]:
    return list(LoanInstallment.objects.order_by("number").values_list("status", flat=True))


def is_clean(actor: Actor) -> bool:
    differences = [f"{each.difference.subject}: {each.difference.message}" for each in verify(actor=actor)]
    assert differences == []
    return True


def test_cancels_while_nothing_is_posted(manager: Actor, loan: DriverLoan) -> None:
    cancel_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)

    assert status(loan) == "Cancelled"
    entry = Entry.objects.get(event="loan_cancelled")
    assert entry.is_full_reversal
    assert {line.code for line in trial_balance(actor=manager) if line.balance} == set()
    row, _ = find_document(actor=manager, kind=LOANS, number=loan.number)
    assert (row["remaining_balance"], row["total_paid"]) == (Decimal("0.00"), Decimal("0.00"))
    assert is_clean(manager)


def test_a_cancelled_loan_is_never_posted(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    cancel_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)
    clock.move_to("2025-11-01T16:00:00Z")

    report = post_due(actor=manager, kind=LOANS)

    assert report.processed == 0
    assert not Obligation.objects.exists()


def test_cancels_from_hold(manager: Actor, loan: DriverLoan) -> None:
    hold_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)
    cancel_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)

    assert status(loan) == "Cancelled"


def test_refuses_to_cancel_once_posted(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=LOANS)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        cancel_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)

    assert refused.value.code == "installments_posted"


@pytest.mark.parametrize("action", [hold_document, release_document, cancel_document])
def test_a_cancelled_loan_stays_cancelled(manager: Actor, loan: DriverLoan, action: Any) -> None:
    cancel_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        action(actor=manager, kind=LOANS, number=loan.number, reason=REASON)

    assert refused.value.code == "document_state"


@pytest.mark.parametrize(
    ("action", "reason"), [(hold_document, " a "), (cancel_document, "too short"), (hold_document, "x" * 501)]
)
def test_refuses_reasons_of_the_wrong_length(
    manager: Actor, loan: DriverLoan, action: Any, reason: str
) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        action(actor=manager, kind=LOANS, number=loan.number, reason=reason)

    assert refused.value.code == "reason_length"


@pytest.mark.parametrize("action", [hold_document, release_document, cancel_document])
def test_needs_the_right(loan: DriverLoan, cashier: Actor, action: Any) -> None:
    with assert_nothing_written(), pytest.raises(NotAllowed):
        action(actor=cashier, kind=LOANS, number=loan.number, reason=REASON)


def test_refuses_to_hold_what_is_wholly_posted(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    clock.move_to("2025-12-01T16:00:00Z")
    post_due(actor=manager, kind=LOANS)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        hold_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)

    assert refused.value.code == "nothing_scheduled"


def test_tells_the_trail_who_did_it_and_why(manager: Actor, loan: DriverLoan) -> None:
    hold_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)

    event = AuditEvent.objects.get(action="loans.held")
    assert (event.actor, event.reason, event.details) == ("Mara", REASON, {"number": loan.number})


def test_closes_when_everything_is_settled_and_reopens_by_a_void(
    clock: Any, manager: Actor, loan: DriverLoan
) -> None:
    clock.move_to("2025-12-01T16:00:00Z")
    post_due(actor=manager, kind=LOANS)
    obligations = list(Obligation.objects.order_by("due_date"))

    for obligation in obligations[:-1]:
        settle(manager, obligation)
    assert (status(loan), statuses()) == ("Open", ["Paid"] * 4 + ["Posted"])
    settle(manager, obligations[-1])
    assert (status(loan), statuses()) == ("Closed", ["Paid"] * 5)
    assert is_clean(manager)

    line = obligations[2].postings.get(amount__lt=0)
    void_posting(actor=manager, posting_id=line.id, reason=REASON)

    assert (status(loan), statuses()) == ("Open", ["Paid", "Paid", "Posted", "Paid", "Paid"])
    assert DriverLoan.objects.get(id=loan.id).closed_at is None
    assert is_clean(manager)
    actions = (
        AuditEvent.objects.filter(action__startswith="loans.").order_by("id").values_list("action", flat=True)
    )
    assert list(actions) == ["loans.closed", "loans.reopened"]


def test_stays_open_while_something_is_scheduled(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=LOANS)

    settle(manager, Obligation.objects.get())

    assert (status(loan), statuses()) == ("Open", ["Paid"] + ["Scheduled"] * 4)


def test_a_posted_installment_is_not_voided(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=LOANS)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        void_obligation(actor=manager, obligation_id=Obligation.objects.get().id, reason=REASON)

    assert refused.value.code == "owned_by_document"


def test_nor_is_the_opening_of_a_loan(manager: Actor, loan: DriverLoan) -> None:
    line = Entry.objects.get(event="loan_opened").postings.first()
    assert line is not None

    with assert_nothing_written(), pytest.raises(Conflict):
        void_posting(actor=manager, posting_id=line.id, reason=REASON)


def test_pays_off_early_with_interest_up_to_today(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=LOANS)
    clock.move_to("2025-10-09T16:00:00Z")

    pay_off_loan(actor=manager, loan_id=loan.number)

    rows = list(
        LoanInstallment.objects.order_by("number").values_list("principal", "interest", "due_date", "status")
    )
    assert rows == [
        (Decimal("250.00"), Decimal("1.32"), FIRST_SUNDAY, "Posted"),
        # 950.00 × 10 % × 4 / 365
        (Decimal("250.00"), Decimal("1.04"), date(2025, 10, 9), "Posted"),
        (Decimal("250.00"), Decimal("0.00"), date(2025, 10, 9), "Posted"),
        (Decimal("250.00"), Decimal("0.00"), date(2025, 10, 9), "Posted"),
        (Decimal("200.00"), Decimal("0.00"), date(2025, 10, 9), "Posted"),
    ]
    assert sum(Obligation.objects.values_list("outstanding", flat=True)) == Decimal("1202.36")
    assert is_clean(manager)


def test_pays_off_before_anything_fell_due(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    clock.move_to("2025-10-03T16:00:00Z")

    pay_off_loan(actor=manager, loan_id=loan.number)

    # 1,200.00 × 10 % × 2 / 365
    assert LoanInstallment.objects.get(number=1).interest == Decimal("0.66")
    assert set(statuses()) == {"Posted"}
    assert is_clean(manager)


def test_refuses_a_payoff_on_hold_or_twice(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    hold_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)
    with assert_nothing_written(), pytest.raises(Conflict) as held:
        pay_off_loan(actor=manager, loan_id=loan.number)
    release_document(actor=manager, kind=LOANS, number=loan.number)
    pay_off_loan(actor=manager, loan_id=loan.number)
    with assert_nothing_written(), pytest.raises(Conflict) as twice:
        pay_off_loan(actor=manager, loan_id=loan.number)

    assert (held.value.code, twice.value.code) == ("document_state", "nothing_scheduled")


def test_finds_no_loan_of_another_company(loan: DriverLoan, outsider: Actor) -> None:
    with pytest.raises(NotFound):
        hold_document(actor=outsider, kind=LOANS, number=loan.number, reason=REASON)
