"""Loans that are credited before their principal is given, or closed as not given (docs/domain.md#hand-over)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from console.reports.hand_overs import NotHandedOver
from ledger.chart import Category
from ledger.models import Entry, Obligation
from ledger.postings import WRITE_OFF
from ledger.querysets import trial_balance
from ledger.repayment.services.posting import post_due
from ledger.services import write_off
from ledger.services.corrections import undo_write_off
from ledger.settlement.services.dtrs import generate_dtrs
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import settle_from
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import PaidFrom
from ledger.verification import verify
from loans.kind import LOANS
from loans.models import DriverLoan
from loans.services import close_as_not_given, hand_over_loan, stop_hand_over
from loans.tests.builders import lend
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo
from payments.credit_memos.services.voiding import void_memo
from payments.models import CreditMemo, Payment
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.services.voids import void_payment
from tests.digest import assert_nothing_written

REASON = "The driver never fetched it."
CHECK = PaidFrom(method="check", reference="1042")
D = Decimal


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2025-10-01T16:00:00Z", tick=False) as traveler:
        yield traveler


@pytest.fixture
def loan(clock: Any, manager: Actor, debtor: Debtor) -> DriverLoan:
    """1,200.00 at 10 %, of which the first two installments have fallen due."""
    made = lend(manager, debtor, "1200.00", interest_rate=D(10), start_week=date(2025, 10, 5))
    clock.move_to("2025-10-12T16:00:00Z")
    post_due(actor=manager, kind=LOANS)
    return made


def item(loan: DriverLoan, number: int = 1) -> Obligation:
    return Obligation.objects.get(reference_id=f"{loan.number}-{number:02d}")


def principal(loan: DriverLoan, number: int = 1) -> Decimal:
    return loan.installments.get(number=number).principal


def interest(loan: DriverLoan, number: int = 1) -> Decimal:
    return loan.installments.get(number=number).interest


def pay(actor: Actor, debtor: Debtor, owed: Obligation, amount: Decimal) -> Payment:
    applied = record_interim_payment(
        actor=actor,
        driver_id=debtor.driver.pk,
        lease=debtor.lease.pk,
        amount=amount,
        method="ACH",
        payment_date=date(2025, 10, 12),
        allocations=[ChosenAllocation(Category.LOANS, owed.reference_id, amount)],
    )
    return applied.payment


def credit(actor: Actor, owed: Obligation, amount: Decimal | None = None) -> CreditMemo:
    request = MemoRequest(reason=REASON, obligation_id=owed.id, amount=amount)
    memo = issue_credit_memo(actor=actor, request=request).memo
    assert memo is not None
    return memo


def balances(actor: Actor) -> dict[str, Decimal]:
    return {line.code: line.balance for line in trial_balance(actor=actor) if line.balance}


def assert_clean(actor: Actor) -> None:
    assert [f"{each.difference.subject}: {each.difference.message}" for each in verify(actor=actor)] == []


@pytest.mark.parametrize("left", ["0.00", "60.00"])
def test_what_was_paid_of_a_loan_that_was_not_given_is_the_drivers_credit(
    manager: Actor, debtor: Debtor, loan: DriverLoan, left: str
) -> None:
    first = item(loan)
    paid = first.original - D(left)
    pay(manager, debtor, first, paid)

    closed = close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)

    memo = CreditMemo.objects.get()
    assert closed.status == "Cancelled"
    assert (memo.amount, memo.left, memo.lease_id, memo.reason) == (
        first.original,
        paid,
        debtor.lease.pk,
        REASON,
    )
    assert {line.account: line.amount for line in memo.lines.all()} == {
        "income:interest": interest(loan),
        "disbursements_payable": principal(loan),
    }
    assert balances(manager) == {"cash:ach": paid, "customer_credits": -paid}
    # The first is settled; the second was untouched, so it is void.
    assert item(loan).status == "settled"
    assert item(loan, 2).status == "voided"
    assert_clean(manager)


def test_what_a_dtr_recovered_of_it_is_too(
    clock: Any, manager: Actor, debtor: Debtor, loan: DriverLoan
) -> None:
    job = settle_from(date(2025, 10, 5))
    row = EarningRow(debtor.driver.pk, debtor.lease.pk, date(2025, 10, 5), D("150.00"))
    import_earnings(actor=manager, rows=[row])
    generate_dtrs(actor=job, week=date(2025, 10, 5))
    recovered = sum((each.original - each.outstanding for each in (item(loan), item(loan, 2))), D("0.00"))
    assert recovered == D("150.00")

    close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)

    assert sum((memo.left for memo in CreditMemo.objects.all()), D("0.00")) == D("150.00")
    left = balances(manager)
    assert {code: left.get(code) for code in ("customer_credits", "earnings_clearing")} == {
        "customer_credits": D("-150.00"),
        "earnings_clearing": D("150.00"),
    }
    assert not {"loan_principal", "disbursements_payable", "receivable:LOANS", "income:interest"} & set(left)
    assert_clean(manager)


def test_a_later_one_that_was_repaid_first(manager: Actor, debtor: Debtor, loan: DriverLoan) -> None:
    pay(manager, debtor, item(loan, 2), D("50.00"))

    close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)

    assert balances(manager) == {"cash:ach": D("50.00"), "customer_credits": D("-50.00")}
    assert_clean(manager)


def test_one_that_is_wholly_repaid(clock: Any, manager: Actor, debtor: Debtor) -> None:
    small = lend(manager, debtor, "90.00", start_week=date(2025, 10, 5))
    clock.move_to("2025-10-12T16:00:00Z")
    post_due(actor=manager, kind=LOANS)
    for row in small.installments.order_by("number"):
        pay(manager, debtor, item(small, row.number), row.total_due)
    small.refresh_from_db()
    assert small.status == "Closed"
    assert_clean(manager)

    close_as_not_given(actor=manager, loan_id=small.number, reason=REASON)

    assert balances(manager) == {"cash:ach": D("90.00"), "customer_credits": D("-90.00")}
    small.refresh_from_db()
    assert (small.status, small.closed_at) == ("Cancelled", None)
    assert_clean(manager)


def test_a_payment_that_fails_afterwards_is_owed_against_the_credit(
    manager: Actor, debtor: Debtor, loan: DriverLoan
) -> None:
    payment = pay(manager, debtor, item(loan), item(loan).original)
    close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)

    void_payment(actor=manager, payment_id=payment.id, reason=REASON)

    assert balances(manager) == {
        "receivable:LOANS": item(loan).original,
        "customer_credits": -item(loan).original,
    }
    assert_clean(manager)


def test_credits_of_a_loan_that_was_not_given_stand(manager: Actor, debtor: Debtor, loan: DriverLoan) -> None:
    pay(manager, debtor, item(loan), D("60.00"))
    close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)

    with assert_nothing_written(), pytest.raises(Conflict) as voided:
        void_memo(actor=manager, memo_id=CreditMemo.objects.get().id, reason=REASON)
    with assert_nothing_written(), pytest.raises(Conflict) as again:
        credit(manager, item(loan))
    with assert_nothing_written(), pytest.raises(Conflict) as twice:
        close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)
    with assert_nothing_written(), pytest.raises(Conflict) as given:
        hand_over_loan(actor=manager, loan_id=loan.number, paid_from=CHECK)

    assert [each.value.code for each in (voided, again, twice, given)] == [
        "credit_final",
        "not_creditable",
        "document_state",
        "document_state",
    ]


def test_what_was_written_off_is_undone_first(manager: Actor, debtor: Debtor, loan: DriverLoan) -> None:
    pay(manager, debtor, item(loan), D("60.00"))
    write_off(actor=manager, obligation_id=item(loan).id, amount=D("10.00"), reason=REASON)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)

    assert refused.value.code == "loan_written_off"
    assert refused.value.message == (
        f"10.00 USD of {loan.number} has been written off ({loan.number}-01): undo the write-off first."
    )
    off = Entry.objects.get(source_type=WRITE_OFF)
    with transaction.atomic():
        undo_write_off(actor=manager, entry=off, reason=REASON)
    close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)
    assert balances(manager) == {"cash:ach": D("60.00"), "customer_credits": D("-60.00")}
    assert_clean(manager)


def test_what_is_credited_before_is_not_handed_over(
    clock: Any, manager: Actor, debtor: Debtor, loan: DriverLoan
) -> None:
    memo = credit(manager, item(loan))
    rest = D("1200.00") - principal(loan)

    assert {line.account: line.amount for line in memo.lines.all()} == {
        "income:interest": interest(loan),
        "disbursements_payable": principal(loan),
    }
    assert balances(manager)["disbursements_payable"] == -rest
    assert_clean(manager)
    assert _report(manager) == [(loan.number, rest)]

    hand_over_loan(actor=manager, loan_id=loan.number, paid_from=CHECK)

    assert Disbursement.objects.get().amount == rest
    assert "disbursements_payable" not in balances(manager)
    assert _report(manager) == []
    assert_clean(manager)
    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        void_memo(actor=manager, memo_id=memo.id, reason=REASON)
    assert refused.value.code == "credit_final"

    stop_hand_over(actor=manager, loan_id=loan.number, reason=REASON)

    assert balances(manager)["disbursements_payable"] == -rest
    assert_clean(manager)
    void_memo(actor=manager, memo_id=memo.id, reason=REASON)
    assert balances(manager)["disbursements_payable"] == D("-1200.00")
    assert_clean(manager)
    hand_over_loan(actor=manager, loan_id=loan.number, paid_from=CHECK)
    assert Disbursement.objects.get(status="in_transit").amount == D("1200.00")
    assert_clean(manager)


def test_what_is_handed_over_is_credited_for_its_interest_alone(manager: Actor, loan: DriverLoan) -> None:
    hand_over_loan(actor=manager, loan_id=loan.number, paid_from=CHECK)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        credit(manager, item(loan), interest(loan) + D("0.01"))
    memo = credit(manager, item(loan), interest(loan))

    assert refused.value.code == "principal_handed_over"
    assert [line.account for line in memo.lines.all()] == ["income:interest"]
    assert_clean(manager)
    void_memo(actor=manager, memo_id=memo.id, reason=REASON)
    assert_clean(manager)


def test_a_part_that_was_credited_before_is_not_credited_again(
    manager: Actor, debtor: Debtor, loan: DriverLoan
) -> None:
    pay(manager, debtor, item(loan), item(loan).original)
    credit(manager, item(loan), D("20.00"))

    close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)

    assert balances(manager) == {"cash:ach": item(loan).original, "customer_credits": -item(loan).original}
    assert sum((memo.amount for memo in CreditMemo.objects.all()), D("0.00")) == item(loan).original
    assert_clean(manager)


def test_nothing_is_left_to_hand_over(clock: Any, manager: Actor, debtor: Debtor) -> None:
    small = lend(manager, debtor, "90.00", start_week=date(2025, 10, 5))
    clock.move_to("2025-10-12T16:00:00Z")
    post_due(actor=manager, kind=LOANS)
    for row in small.installments.order_by("number"):
        credit(manager, item(small, row.number))

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        hand_over_loan(actor=manager, loan_id=small.number, paid_from=CHECK)
    close_as_not_given(actor=manager, loan_id=small.number, reason=REASON)

    assert refused.value.code == "nothing_to_give"
    assert balances(manager) == {}
    assert_clean(manager)


def _report(actor: Actor) -> list[tuple[str, Decimal]]:
    values: dict[str, Any] = {"as_of": date(2025, 10, 12), "currency": "", "customer_ids": None}
    query = NotHandedOver().query(actor=actor, values=values)
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.values)
        names = [each.name for each in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [(row["number"], row["to_pay"]) for row in rows]
