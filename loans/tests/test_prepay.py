"""Prepaying a part of a loan, and undoing an early payoff (docs/domain.md#prepayment)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed
from batconnect.core.models import AuditEvent
from ledger.models import Obligation
from ledger.querysets import trial_balance
from ledger.repayment.querysets import find_document
from ledger.repayment.rules import Prepaid, interest_anew, take_off
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import hold_document
from ledger.services import write_off
from ledger.tests.builders import Debtor
from ledger.verification import verify
from loans.kind import LOANS
from loans.models import DriverLoan
from loans.services import pay_off_loan, prepay_loan, undo_pay_off
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
    """Interest of 1.32, 1.82, 1.34, 0.86 and 0.38."""
    return lend(manager, debtor, "1200.00", interest_rate=Decimal(10), start_week=FIRST_SUNDAY)


def is_clean(actor: Actor) -> bool:
    differences = [f"{each.difference.subject}: {each.difference.message}" for each in verify(actor=actor)]
    assert differences == []
    return True


def schedule(actor: Actor, loan: DriverLoan) -> list[tuple[str, date, str, str, str]]:
    row, rows = find_document(actor=actor, kind=LOANS, number=loan.number)
    assert sum((each.principal_amount for each in rows), Decimal(0)) == row["amount"]
    return [
        (
            each.installment_id.rsplit("-", 1)[1],
            each.due_date,
            str(each.principal_amount),
            str(each.interest_amount),
            each.status,
        )
        for each in rows
    ]


def balances(actor: Actor) -> dict[str, Decimal]:
    return {line.code: line.balance for line in trial_balance(actor=actor) if line.balance}


def test_takes_what_is_prepaid_off_the_last_rows(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=LOANS)
    clock.move_to("2025-10-09T16:00:00Z")

    prepay_loan(actor=manager, loan_id=loan.number, amount=Decimal("300.00"))

    assert schedule(manager, loan) == [
        ("01", FIRST_SUNDAY, "250.00", "1.32", "Posted"),
        ("07", date(2025, 10, 9), "300.00", "0.00", "Posted"),
        # (950.00 × 4 days + 650.00 × 3 days) × 10 % / 365
        ("02", date(2025, 10, 12), "250.00", "1.58", "Scheduled"),
        # 400.00 × 7 × 10 % / 365
        ("03", date(2025, 10, 19), "250.00", "0.77", "Scheduled"),
        # 150.00 × 7 × 10 % / 365
        ("06", date(2025, 10, 26), "150.00", "0.29", "Scheduled"),
    ]
    owed = Obligation.objects.get(reference_id=f"{loan.number}-07")
    assert (owed.original, owed.issue_date, owed.due_date) == (
        Decimal("300.00"),
        date(2025, 10, 9),
        date(2025, 10, 9),
    )
    assert balances(manager) == {
        "disbursements_payable": Decimal("-1200.00"),
        "loan_principal": Decimal("650.00"),
        "receivable:LOANS": Decimal("551.32"),
        "income:interest": Decimal("-1.32"),
    }
    loan.refresh_from_db()
    assert (loan.amount, loan.installment_count) == (Decimal("1200.00"), 5)
    assert is_clean(manager)


def test_prepays_twice_in_a_week_and_then_pays_off(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    clock.move_to("2025-10-06T16:00:00Z")
    prepay_loan(actor=manager, loan_id=loan.number, amount=Decimal("100.00"))
    clock.move_to("2025-10-08T16:00:00Z")
    prepay_loan(actor=manager, loan_id=loan.number, amount=Decimal("450.00"))

    assert schedule(manager, loan) == [
        # It had fallen due, and is posted first.
        ("01", FIRST_SUNDAY, "250.00", "1.32", "Posted"),
        ("07", date(2025, 10, 6), "100.00", "0.00", "Posted"),
        ("09", date(2025, 10, 8), "450.00", "0.00", "Posted"),
        # (950.00 × 1 + 850.00 × 2 + 400.00 × 4) × 10 % / 365
        ("02", date(2025, 10, 12), "250.00", "1.16", "Scheduled"),
        # 150.00 × 7 × 10 % / 365
        ("08", date(2025, 10, 19), "150.00", "0.29", "Scheduled"),
    ]
    clock.move_to("2025-10-09T16:00:00Z")
    pay_off_loan(actor=manager, loan_id=loan.number)

    # (950.00 × 1 + 850.00 × 2 + 400.00 × 1) × 10 % / 365
    assert ("02", date(2025, 10, 9), "250.00", "0.84", "Posted") in schedule(manager, loan)
    undo_pay_off(actor=manager, loan_id=loan.number, reason=REASON)
    assert schedule(manager, loan)[3:] == [
        ("10", date(2025, 10, 12), "250.00", "1.16", "Scheduled"),
        ("11", date(2025, 10, 19), "150.00", "0.29", "Scheduled"),
    ]
    assert is_clean(manager)


@pytest.mark.parametrize("amount", ["0.00", "1200.00", "1200.01"])
def test_refuses_what_is_no_part_of_what_is_scheduled(manager: Actor, loan: DriverLoan, amount: str) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        prepay_loan(actor=manager, loan_id=loan.number, amount=Decimal(amount))

    assert refused.value.code == "above_scheduled"
    assert "1,200.00" in refused.value.message


def test_refuses_a_prepayment_on_hold_of_a_cashier_and_of_nothing(
    manager: Actor, cashier: Actor, loan: DriverLoan
) -> None:
    amount = Decimal("100.00")
    with assert_nothing_written(), pytest.raises(NotAllowed):
        prepay_loan(actor=cashier, loan_id=loan.number, amount=amount)
    hold_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)
    with assert_nothing_written(), pytest.raises(Conflict) as held:
        prepay_loan(actor=manager, loan_id=loan.number, amount=amount)

    assert held.value.code == "document_state"


def test_undoes_an_early_payoff_after_which_nothing_has_come(
    clock: Any, manager: Actor, loan: DriverLoan
) -> None:
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=LOANS)
    before = balances(manager)
    clock.move_to("2025-10-09T16:00:00Z")
    pay_off_loan(actor=manager, loan_id=loan.number)

    undo_pay_off(actor=manager, loan_id=loan.number, reason=REASON)

    assert schedule(manager, loan) == [
        ("01", FIRST_SUNDAY, "250.00", "1.32", "Posted"),
        ("06", date(2025, 10, 12), "250.00", "1.82", "Scheduled"),
        ("07", date(2025, 10, 19), "250.00", "1.34", "Scheduled"),
        ("08", date(2025, 10, 26), "250.00", "0.86", "Scheduled"),
        ("09", date(2025, 11, 2), "200.00", "0.38", "Scheduled"),
    ]
    assert balances(manager) == before
    assert Obligation.objects.filter(status="voided").count() == 4
    row, _ = find_document(actor=manager, kind=LOANS, number=loan.number)
    assert (row["total_paid"], row["remaining_balance"]) == (Decimal("0.00"), Decimal("1205.72"))
    event = AuditEvent.objects.get(action="loans.payoff_undone")
    assert event.details["installments"] == [f"{loan.number}-0{place}" for place in (2, 3, 4, 5)]
    assert is_clean(manager)


def test_what_was_put_back_is_posted_and_paid_off_anew(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    pay_off_loan(actor=manager, loan_id=loan.number)
    undo_pay_off(actor=manager, loan_id=loan.number, reason=REASON)
    clock.move_to("2025-10-12T16:00:00Z")

    report = post_due(actor=manager, kind=LOANS)
    pay_off_loan(actor=manager, loan_id=loan.number)

    assert (report.posted, report.failed) == (2, 0)
    assert {status for *_, status in schedule(manager, loan)} == {"Posted"}
    assert is_clean(manager)


def test_refuses_to_undo_a_payoff_once_something_came_after(
    clock: Any, manager: Actor, loan: DriverLoan
) -> None:
    clock.move_to("2025-10-09T16:00:00Z")
    pay_off_loan(actor=manager, loan_id=loan.number)
    owed = Obligation.objects.get(reference_id=f"{loan.number}-03")
    write_off(actor=manager, obligation_id=owed.id, amount=Decimal("50.00"), reason=REASON)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        undo_pay_off(actor=manager, loan_id=loan.number, reason=REASON)

    assert refused.value.code == "installment_used"
    assert f"50.00 of the 250.00 of {loan.number}-03" in refused.value.message


def test_refuses_to_undo_a_payoff_twice_or_without_one(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    with assert_nothing_written(), pytest.raises(Conflict) as never:
        undo_pay_off(actor=manager, loan_id=loan.number, reason=REASON)
    pay_off_loan(actor=manager, loan_id=loan.number)
    undo_pay_off(actor=manager, loan_id=loan.number, reason=REASON)
    with assert_nothing_written(), pytest.raises(Conflict) as twice:
        undo_pay_off(actor=manager, loan_id=loan.number, reason=REASON)

    assert {never.value.code, twice.value.code} == {"not_paid_off"}


def test_takes_off_from_the_end() -> None:
    rows = [Decimal(250), Decimal(250), Decimal(200)]

    whole = take_off(principals=rows, amount=Decimal(200))
    assert (whole.kept, whole.rest) == (2, 0)
    taken = take_off(principals=rows, amount=Decimal("200.01"))
    assert (taken.kept, taken.rest) == (1, Decimal("249.99"))
    assert take_off(principals=rows, amount=Decimal(700)).kept == 0


def test_interest_made_anew_is_of_the_days_between() -> None:
    day = date(2025, 10, 5)
    twice = [Prepaid(day, Decimal(500)), Prepaid(day, Decimal(500))]

    assert interest_anew(rows=[(day, Decimal(36_500))], rate=Decimal(100), since=day) == [Decimal(0)]
    same_day = interest_anew(
        rows=[(day, Decimal(36_500))], rate=Decimal(100), since=day - timedelta(days=1), prepaid=twice
    )
    assert same_day == [Decimal("102.74")]


def test_interest_made_anew_without_a_prepayment_is_the_schedules() -> None:
    rows = [(date(2025, 10, 5), Decimal(600)), (date(2025, 10, 12), Decimal(600))]

    plain = interest_anew(rows=rows, rate=Decimal(10), since=date(2025, 10, 1))
    long_ago = [Prepaid(date(2025, 10, 1), Decimal(500))]

    assert plain == [Decimal("1.32"), Decimal("1.15")]
    assert interest_anew(rows=rows, rate=Decimal(10), since=date(2025, 10, 1), prepaid=long_ago) == plain
