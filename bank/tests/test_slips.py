"""Deposit slips: cash and checks become one amount that the statement's line meets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from bank.errors import SlipNotFound
from bank.models import DepositSlip, DepositSlipItem, Explanation
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.services.slip_contents import CashOut, Content
from bank.services.slips import change_slip, close_slip, make_slip, reopen_slip, void_slip
from bank.tests.builders import book, default_account
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed
from batconnect.core.kernel.ids import uuid7
from ledger import chart
from ledger.tests.vendors.builders import balance
from ledger.treasury.errors import DrawerShort
from ledger.treasury.services.places import open_drawer
from ledger.verification import verify
from payments.models import Payment
from payments.services.returns import return_payment
from payments.services.voids import void_payment
from payments.tests.test_drawers import take
from tests.cast import acting
from tests.digest import assert_nothing_written

D = Decimal
WHY = "It was made up wrongly."
CHECKS = chart.cash("check")
OFFICE = chart.cash("cash")


def transit(actor: Actor) -> str:
    return chart.deposits_in_transit(default_account(actor).code)


def slip_of(actor: Actor, *payments: Payment, cash: str = "", **values: Any) -> DepositSlip:
    out = [CashOut(D(cash))] if cash else []
    content = Content(cash=out, payment_ids=[each.id for each in payments], **values)
    return make_slip(actor=actor, content=content)


def closed_slip(actor: Actor) -> tuple[DepositSlip, Payment, Payment]:
    """200.00 in cash, checks of 60.00 and 40.00."""
    take(actor, "250.00")
    first, second = take(actor, "60.00", method="check"), take(actor, "40.00", method="check")
    slip = slip_of(actor, first, second, cash="200.00")
    return close_slip(actor=actor, slip_id=slip.id), first, second


def explain(actor: Actor, amount: str, slip: DepositSlip, *more: Piece) -> Explanation:
    (part,) = book(actor, amount)
    piece = Piece("deposit_slip", slip.amount, source_id=str(slip.id))
    explain_part(actor=actor, part_id=part.id, pieces=[piece, *more])
    return Explanation.objects.get(part=part.id, kind="deposit_slip")


def test_a_slip_is_closed_and_meets_its_line(manager: Actor) -> None:
    slip, first, _ = closed_slip(manager)

    assert (slip.status, slip.cash, slip.checks, slip.amount) == (
        "closed",
        D("200.00"),
        D("100.00"),
        D("300.00"),
    )
    assert slip.number.startswith("SLIP-")
    assert (balance(manager, OFFICE), balance(manager, CHECKS)) == (D("50.00"), D("0.00"))
    assert balance(manager, transit(manager)) == D("300.00")
    first.refresh_from_db()
    assert first.at_bank_id == slip.id
    assert list(verify(actor=manager)) == []
    with pytest.raises(Conflict) as refused, assert_nothing_written():
        void_payment(actor=manager, payment_id=first.id, reason=WHY)
    assert refused.value.code == "at_the_bank"

    explanation = explain(manager, "300.00", slip)

    slip.refresh_from_db()
    assert slip.status == "cleared"
    assert balance(manager, transit(manager)) == balance(manager, chart.UNIDENTIFIED_RECEIPTS) == 0
    assert list(verify(actor=manager)) == []
    with pytest.raises(Conflict) as refused, assert_nothing_written():
        reopen_slip(actor=manager, slip_id=slip.id, reason=WHY)
    assert refused.value.code == "slip_not_closed"

    undo_explanation(actor=manager, explanation_id=explanation.id, reason=WHY)

    slip.refresh_from_db()
    assert slip.status == "closed"
    assert balance(manager, transit(manager)) == D("300.00")
    assert list(verify(actor=manager)) == []


@pytest.mark.parametrize(("amount", "short"), [("299.00", "-1.00"), ("302.00", "2.00")])
def test_what_the_bank_counted_otherwise_is_a_piece(manager: Actor, amount: str, short: str) -> None:
    slip, _, _ = closed_slip(manager)

    explain(manager, amount, slip, Piece("account", D(short), account_code=chart.CASH_OVER_SHORT))

    assert balance(manager, transit(manager)) == balance(manager, chart.UNIDENTIFIED_RECEIPTS) == 0
    assert balance(manager, chart.CASH_OVER_SHORT) == -D(short)
    assert list(verify(actor=manager)) == []


def test_a_line_of_another_amount_is_not_the_slip_alone(manager: Actor) -> None:
    slip, _, _ = closed_slip(manager)
    (part,) = book(manager, "299.00")

    for piece in (
        Piece("deposit_slip", D("299.00"), source_id=str(slip.id)),
        Piece("deposit_slip", D("299.00"), source_id=str(uuid7())),
        Piece("deposit_slip", D("299.00"), source_id="SLIP"),
    ):
        with pytest.raises(InvalidInput), assert_nothing_written():
            explain_part(actor=manager, part_id=part.id, pieces=[piece])


def test_a_slip_meets_one_line(manager: Actor) -> None:
    slip, _, _ = closed_slip(manager)
    explain(manager, "300.00", slip)

    with pytest.raises(InvalidInput) as refused:
        explain(manager, "300.00", slip)

    assert refused.value.code == "unknown_explanation"


def test_reopened_and_closed_again(manager: Actor) -> None:
    slip, first, second = closed_slip(manager)

    slip = reopen_slip(actor=manager, slip_id=slip.id, reason=WHY)

    assert (slip.status, slip.entry_id) == ("draft", None)
    assert (balance(manager, OFFICE), balance(manager, CHECKS)) == (D("250.00"), D("100.00"))
    assert balance(manager, transit(manager)) == 0
    assert list(verify(actor=manager)) == []
    void_payment(actor=manager, payment_id=second.id, reason=WHY)
    with pytest.raises(Conflict) as refused, assert_nothing_written():
        close_slip(actor=manager, slip_id=slip.id)
    assert refused.value.code == "check_gone"

    change_slip(actor=manager, slip_id=slip.id, content=Content([CashOut(D("210.00"))], [first.id]))
    slip = close_slip(actor=manager, slip_id=slip.id)

    assert (slip.amount, slip.closings) == (D("270.00"), 2)
    assert balance(manager, transit(manager)) == D("270.00")
    assert list(verify(actor=manager)) == []


def test_a_check_lies_on_one_slip(manager: Actor) -> None:
    payment = take(manager, "60.00", method="check")
    slip = slip_of(manager, payment)

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        slip_of(manager, payment)
    assert refused.value.code == "check_on_slip"
    assert slip.number in refused.value.message
    other = slip_of(manager)
    with pytest.raises(IntegrityError), transaction.atomic():
        DepositSlipItem.objects.create(
            company_id=manager.company_id, slip=other, kind="check", payment=payment, amount=D("60.00")
        )

    void_slip(actor=manager, slip_id=slip.id, reason=WHY)

    assert slip_of(manager, payment).amount == D("60.00")
    assert list(verify(actor=manager)) == []


def test_refuses_what_cannot_lie_on_it(manager: Actor) -> None:
    cash, euro = take(manager, "9.00"), take(manager, "8.00", method="check", currency="EUR")
    voided, back = take(manager, "7.00", method="check"), take(manager, "6.00", method="check")
    void_payment(actor=manager, payment_id=voided.id, reason=WHY)
    return_payment(actor=manager, payment_id=back.id, reason_code="NSF", amount=D("1.00"))

    for payment in (cash, euro, voided, back):
        with pytest.raises(InvalidInput) as refused, assert_nothing_written():
            slip_of(manager, payment)
        assert refused.value.code == "not_depositable"
    for content in (
        Content([CashOut(D("0.00"))]),
        Content([CashOut(D("-1.00"))]),
        Content([CashOut(D("1.00")), CashOut(D("2.00"))]),
        Content([CashOut(D("1.00"))], pieces=[(D("2.00"), 1)]),
        Content(payment_ids=[back.id, back.id]),
    ):
        with pytest.raises(InvalidInput), assert_nothing_written():
            make_slip(actor=manager, content=content)


def test_a_drawer_that_is_short(manager: Actor, cashier: Actor) -> None:
    drawer = open_drawer(actor=manager, code="till", name="Till", currency="USD", holder_id=cashier.user_id)
    take(cashier, "40.00")
    take(manager, "10.00")
    slip = make_slip(actor=cashier, content=Content([CashOut(D("40.00"), drawer.id), CashOut(D("10.01"))]))

    with pytest.raises(DrawerShort) as refused, assert_nothing_written():
        close_slip(actor=cashier, slip_id=slip.id)
    assert "10.00" in refused.value.message

    change_slip(
        actor=cashier,
        slip_id=slip.id,
        content=Content([CashOut(D("40.00"), drawer.id), CashOut(D("10.00"))], pieces=[(D("50.00"), 1)]),
    )
    close_slip(actor=cashier, slip_id=slip.id)

    assert balance(manager, "cash:cash:till") == balance(manager, OFFICE) == 0


def test_empty_and_closed_slips(manager: Actor, auditor: Actor) -> None:
    empty = slip_of(manager)
    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        close_slip(actor=manager, slip_id=empty.id)
    assert refused.value.code == "slip_empty"

    slip, _, _ = closed_slip(manager)
    for act in (
        lambda: change_slip(actor=manager, slip_id=slip.id, notes="x"),
        lambda: close_slip(actor=manager, slip_id=slip.id),
        lambda: void_slip(actor=manager, slip_id=slip.id, reason=WHY),
    ):
        with pytest.raises(Conflict) as conflict, assert_nothing_written():
            act()
        assert conflict.value.code == "slip_not_draft"
    with pytest.raises(NotAllowed), assert_nothing_written():
        slip_of(auditor)


def test_a_check_bounces_and_only_its_payment_is_touched(manager: Actor) -> None:
    slip, first, second = closed_slip(manager)

    return_payment(actor=manager, payment_id=first.id, reason_code="NSF")

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status, second.unallocated) == ("returned", "posted", D("40.00"))
    assert balance(manager, transit(manager)) == D("300.00")
    assert list(verify(actor=manager)) == []
    with pytest.raises(Conflict) as refused, assert_nothing_written():
        reopen_slip(actor=manager, slip_id=slip.id, reason=WHY)
    assert refused.value.code == "check_came_back"

    explain(manager, "300.00", slip)

    assert list(verify(actor=manager)) == []


def test_another_companys_slip_and_checks_are_not_found(manager: Actor, outsider: Actor) -> None:
    with acting("outsider") as south:
        theirs = take(south, "5.00", method="check")
        slip = slip_of(south, theirs)

    with acting("manager") as north:
        with pytest.raises(InvalidInput), assert_nothing_written():
            slip_of(north, theirs)
        with pytest.raises(SlipNotFound), assert_nothing_written():
            close_slip(actor=north, slip_id=slip.id)
        with pytest.raises(SlipNotFound), assert_nothing_written():
            reopen_slip(actor=north, slip_id=slip.id, reason=WHY)
