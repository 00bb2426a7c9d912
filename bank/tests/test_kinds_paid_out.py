"""Money out that we paid, and money in that came back of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bank.models import Explanation, LinePart
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from ledger import chart
from ledger.models import Dtr
from ledger.settlement.services.payouts import pay_dtrs, return_payout
from ledger.tests.settlement.builders import WEEK, at, dtr_of, earn, make_driver, settle, settle_from
from ledger.tests.vendors.builders import BY_CHECK, balance, make_bill, make_vendor, put_in
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import PaidFrom
from ledger.treasury.services.places import open_bank_account
from ledger.vendors.services.paying import pay_bills
from ledger.verification import verify
from payments.models import Payment
from payments.services.refunds import refund_unallocated
from payments.services.returns import return_payment
from payments.tests.billing import make_customer, receive
from tests.digest import assert_nothing_written

D = Decimal
REASON = "It was somebody else's money"
TRANSIT = "payments_in_transit:operating"
COMING = "deposits_in_transit:operating"
FIRST = date(2026, 1, 4)


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def paid(row: Disbursement, amount: str | None = None) -> Piece:
    return Piece("disbursement", D(amount) if amount else row.amount, disbursement_id=row.id)


def back(row: Disbursement, **values: Any) -> Piece:
    return Piece("disbursement_return", row.amount, disbursement_id=row.id, **values)


def state(row: Disbursement) -> tuple[str, date | None]:
    return Disbursement.objects.values_list("status", "cleared_on").get(id=row.id)


def vendor_paid(actor: Actor, amount: str = "420.00") -> Disbursement:
    """A bill that is paid by check."""
    made = make_bill(actor, make_vendor(actor, f"Agency {amount}"), amount)
    return pay_bills(actor=actor, amounts={made.id: None}, paid_from=BY_CHECK).payment


def payment_returned(actor: Actor) -> Disbursement:
    """A payment that the counter recorded as returned."""
    payment = receive(actor, make_customer(actor), "80.00", method="check")
    return_payment(actor=actor, payment_id=payment.id, reason_code="NSF")
    return Disbursement.objects.get(kind="payment_return")


def refunded(actor: Actor) -> Disbursement:
    """A refund by bank transfer."""
    payment = receive(actor, make_customer(actor), "80.00")
    refund_unallocated(actor=actor, payment_id=payment.id, amount=D("30.00"), reason=REASON)
    return Disbursement.objects.get(kind="refund")


@pytest.fixture
def payout(manager: Actor) -> Dtr:
    """A DTR of which 200.00 are paid out by ACH."""
    john = make_driver(manager)
    with at("2026-01-11"):
        job = settle_from(FIRST + WEEK)
        earn(manager, john, FIRST, "700.00")
        settle(job, FIRST)
    with at("2026-01-12"):
        pay_dtrs(actor=manager, numbers=[dtr_of(john, FIRST).number], method="ach")
    return dtr_of(john, FIRST)


def cleared_payout(actor: Actor) -> Disbursement:
    """The payout, seen on a line."""
    row = Disbursement.objects.get(kind="payout")
    (part,) = book(actor, f"-{row.amount}")
    explain_part(actor=actor, part_id=part.id, pieces=[paid(row)])
    return row


def returned(payment: Payment, amount: str | None = None, **values: Any) -> Piece:
    return Piece(
        "payment_return", D(amount) if amount else payment.amount, payment_id=payment.id, values=values
    )


@pytest.mark.parametrize("pay", [vendor_paid, payment_returned, refunded])
def test_what_was_paid_clears_and_is_in_transit_again(
    manager: Actor, pay: Callable[[Actor], Disbursement]
) -> None:
    row = pay(manager)
    (part,) = book(manager, f"-{row.amount}")

    done = explain_part(actor=manager, part_id=part.id, pieces=[paid(row)])

    assert state(row) == ("cleared", part.payment_date)
    assert (done.part.status, done.warnings) == ("explained", ())
    assert balance(manager, TRANSIT) == balance(manager, chart.UNEXPLAINED_PAYMENTS) == 0
    assert_clean(manager)

    undo_explanation(actor=manager, explanation_id=done.explanations[0].id, reason=REASON)

    assert state(row) == ("in_transit", None)
    assert balance(manager, TRANSIT) == -row.amount
    assert LinePart.objects.get(id=part.id).status == "open"
    assert_clean(manager)


def test_several_on_one_line(manager: Actor) -> None:
    rows = [vendor_paid(manager, "420.00"), vendor_paid(manager, "80.00")]
    (part,) = book(manager, "-500.00")

    explain_part(actor=manager, part_id=part.id, pieces=[paid(each) for each in rows])

    assert [state(each)[0] for each in rows] == ["cleared", "cleared"]
    assert_clean(manager)


def test_another_accounts_line_clears_there_with_a_warning(manager: Actor) -> None:
    row = vendor_paid(manager)
    payroll = open_bank_account(actor=manager, code="payroll", name="Payroll", currency="USD")
    (part,) = book(manager, "-420.00", account=payroll)

    done = explain_part(actor=manager, part_id=part.id, pieces=[paid(row)])

    assert any("Payroll" in each for each in done.warnings)
    assert balance(manager, TRANSIT) == 0
    assert balance(manager, chart.bank("payroll")) == D("-420.00")
    assert state(row)[0] == "cleared"
    assert_clean(manager)


def test_refuses_a_part_of_it(manager: Actor) -> None:
    row = vendor_paid(manager)
    (part,) = book(manager, "-400.00")

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[paid(row, "400.00")])

    assert refused.value.code == "amount_differs"
    assert "420.00" in refused.value.message


def test_refuses_what_cleared_already(manager: Actor) -> None:
    row = vendor_paid(manager)
    first, second = book(manager, "-420.00", "-420.00")
    explain_part(actor=manager, part_id=first.id, pieces=[paid(row)])

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=second.id, pieces=[paid(row)])

    assert refused.value.code == "not_in_transit"


def test_refuses_money_in(manager: Actor) -> None:
    row = vendor_paid(manager)
    (part,) = book(manager, "420.00")

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[paid(row)])

    assert refused.value.code == "wrong_direction"


def test_a_payout_that_comes_back_by_its_line_is_due_again(manager: Actor, payout: Dtr) -> None:
    row = cleared_payout(manager)
    (part,) = book(manager, "200.00")

    done = explain_part(actor=manager, part_id=part.id, pieces=[back(row, values={"reason_code": "R03"})])

    payout.refresh_from_db()
    assert (payout.status, payout.returned_payouts) == ("Finalized", 1)
    assert state(row)[0] == "stopped"
    assert balance(manager, chart.UNIDENTIFIED_RECEIPTS) == balance(manager, COMING) == 0
    assert balance(manager, chart.DRIVER_EARNINGS_PAYABLE) == D("-200.00")
    assert_clean(manager)

    undo_explanation(actor=manager, explanation_id=done.explanations[0].id, reason=REASON)

    # It did come back; the line is open, and what came back is on its way again.
    payout.refresh_from_db()
    assert payout.status == "Finalized"
    assert balance(manager, COMING) == D("200.00")
    assert balance(manager, chart.UNIDENTIFIED_RECEIPTS) == D("-200.00")
    assert_clean(manager)

    explain_part(actor=manager, part_id=part.id, pieces=[back(row)])

    assert balance(manager, COMING) == balance(manager, chart.UNIDENTIFIED_RECEIPTS) == 0
    assert_clean(manager)


def test_a_payout_recorded_as_returned_meets_its_line(manager: Actor, payout: Dtr) -> None:
    row = cleared_payout(manager)
    return_payout(actor=manager, number=payout.number, reason=REASON)
    assert balance(manager, COMING) == D("200.00")
    first, second = book(manager, "200.00", "200.00")

    done = explain_part(actor=manager, part_id=first.id, pieces=[back(row)])

    assert balance(manager, COMING) == 0
    assert_clean(manager)
    with pytest.raises(Conflict) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=second.id, pieces=[back(row)])
    assert "another line" in refused.value.message

    undo_explanation(actor=manager, explanation_id=done.explanations[0].id, reason=REASON)

    assert balance(manager, COMING) == D("200.00")
    assert_clean(manager)


def test_a_payout_the_bank_never_showed_has_not_come_back(manager: Actor, payout: Dtr) -> None:
    row = Disbursement.objects.get(kind="payout")
    (part,) = book(manager, "200.00")

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[back(row)])

    assert refused.value.code == "not_in_transit"


def test_that_it_reached_the_bank_stays_once_it_came_back(manager: Actor, payout: Dtr) -> None:
    cleared_payout(manager)
    return_payout(actor=manager, number=payout.number, reason=REASON)

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        undo_explanation(
            actor=manager, explanation_id=Explanation.objects.get(kind="disbursement").id, reason=REASON
        )

    assert refused.value.code == "explanation_final"


def test_what_was_stopped_before_never_comes_back(manager: Actor, payout: Dtr) -> None:
    row = Disbursement.objects.get(kind="payout")
    return_payout(actor=manager, number=payout.number, reason=REASON)
    (part,) = book(manager, "200.00")

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[back(row)])

    assert "stopped" in refused.value.message


def test_cash_never_comes_back_by_the_bank(manager: Actor) -> None:
    put_in(manager, "50.00")
    row = pay_bills(
        actor=manager,
        amounts={make_bill(manager, make_vendor(manager), "50.00").id: None},
        paid_from=PaidFrom(method="cash"),
    ).payment
    (part,) = book(manager, "50.00")

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[back(row)])

    assert refused.value.code == "not_in_transit"
