"""A payment that the bank took back is returned by its line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bank.models import Explanation, LinePart
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.tests.builders import book, default_account
from bank.tests.test_kinds_paid_out import assert_clean, paid, returned, vendor_paid
from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, Refusal
from batconnect.core.models import Approval, CompanySettings
from ledger import chart
from ledger.models import Obligation
from ledger.tests.vendors.builders import balance
from payments.models import Payment
from payments.services.refunds import refund_unallocated
from payments.tests.billing import allocate, bill, make_customer, owed, receive
from tests.digest import assert_nothing_written

D = Decimal
REASON = "It was somebody else's money"
TRANSIT = "payments_in_transit:operating"


def test_a_payment_is_taken_back_by_its_line(manager: Actor) -> None:
    customer = make_customer(manager)
    payment = receive(manager, customer, "100.00", method="check")
    invoice = bill(manager, customer, "80.00")
    allocate(manager, payment, (invoice, "80.00"))
    came, went = book(manager, "100.00", "-100.00")
    explain_part(
        actor=manager,
        part_id=came.id,
        pieces=[Piece("known_payment", D("100.00"), payment_id=payment.id)],
    )

    done = explain_part(
        actor=manager, part_id=went.id, pieces=[returned(payment, reason_code="NSF", fee="20.00")]
    )

    payment.refresh_from_db()
    assert (payment.status, payment.unallocated, payment.returned) == ("returned", D("0.00"), D("100.00"))
    assert owed(invoice) == D("80.00")
    assert Obligation.objects.get(reference_id=f"NSF-{payment.number}").original == D("20.00")
    assert balance(manager, chart.UNEXPLAINED_PAYMENTS) == balance(manager, TRANSIT) == 0
    assert balance(manager, chart.cash("check")) == 0
    (explanation,) = done.explanations
    assert (explanation.payment_id, explanation.source_type) == (payment.id, "payments.return")
    assert LinePart.objects.get(id=came.id).status == "explained"
    assert_clean(manager)

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        undo_explanation(actor=manager, explanation_id=explanation.id, reason=REASON)
    assert refused.value.code == "explanation_final"


def test_a_part_of_what_was_refunded_comes_back_by_its_line(manager: Actor) -> None:
    payment = receive(manager, make_customer(manager), "100.00", method="check")
    refund_unallocated(actor=manager, payment_id=payment.id, amount=D("100.00"), reason=REASON)
    (part,) = book(manager, "-60.00", return_code="R01")

    explain_part(actor=manager, part_id=part.id, pieces=[returned(payment, "60.00")])

    assert Obligation.objects.get(reference_id=f"RET-{payment.number}").original == D("60.00")
    assert balance(manager, chart.UNEXPLAINED_PAYMENTS) == 0
    assert_clean(manager)


def test_the_banks_code_is_needed(manager: Actor) -> None:
    payment = receive(manager, make_customer(manager), "100.00", method="check")
    (part,) = book(manager, "-100.00")

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[returned(payment)])

    assert refused.value.errors[0].field == "pieces.0.reason_code"


def test_more_than_the_payment_does_not_come_back(manager: Actor) -> None:
    payment = receive(manager, make_customer(manager), "100.00", method="check")
    (part,) = book(manager, "-100.01")

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[returned(payment, "100.01", reason_code="R01")])

    assert refused.value.code == "above_returnable"


def test_above_the_limit_another_user_decides(manager: Actor, second_manager: Actor) -> None:
    payment = receive(manager, make_customer(manager), "100.00", method="check")
    (part,) = book(manager, "-112.00")
    CompanySettings.objects.update(void_approval_limit=D("50.00"))
    from tests.cast import _actor

    limited = _actor("manager")
    pieces = [returned(payment, reason_code="R01"), Piece("charges", D("12.00"))]

    done = explain_part(actor=limited, part_id=part.id, pieces=pieces)

    assert done.waiting is not None
    assert (done.part.status, done.explanations) == ("open", ())
    assert Payment.objects.get(id=payment.id).status == "posted"
    assert balance(manager, chart.UNEXPLAINED_PAYMENTS) == D("112.00")
    with pytest.raises(Conflict) as refused, assert_nothing_written():
        explain_part(actor=limited, part_id=part.id, pieces=pieces)
    assert refused.value.code == "approval_pending"

    approve(actor=_actor("second_manager"), approval_id=done.waiting.id)

    assert LinePart.objects.get(id=part.id).status == "explained"
    assert Payment.objects.get(id=payment.id).status == "returned"
    assert {each.kind for each in Explanation.objects.all()} == {"payment_return", "charges"}
    assert balance(manager, chart.UNEXPLAINED_PAYMENTS) == 0
    assert balance(manager, chart.BANK_CHARGES) == D("12.00")
    assert_clean(manager)


def test_what_was_asked_for_is_refused_once_the_line_is_explained(
    manager: Actor, second_manager: Actor
) -> None:
    payment = receive(manager, make_customer(manager), "100.00", method="check")
    (part,) = book(manager, "-100.00")
    CompanySettings.objects.update(void_approval_limit=D("50.00"))
    from tests.cast import _actor

    limited = _actor("manager")
    done = explain_part(actor=limited, part_id=part.id, pieces=[returned(payment, reason_code="R01")])
    assert done.waiting is not None
    explain_part(actor=limited, part_id=part.id, pieces=[Piece("charges", D("100.00"))])

    with pytest.raises(Refusal) as refused, assert_nothing_written():
        approve(actor=_actor("second_manager"), approval_id=done.waiting.id)

    assert refused.value.code == "line_explained"
    assert Approval.objects.get(id=done.waiting.id).status == Approval.Status.PENDING


def test_the_account_that_it_is_booked_on(manager: Actor) -> None:
    """Each part is explained against suspense, and the bank's account keeps the bank's balance."""
    row = vendor_paid(manager)
    (part,) = book(manager, "-420.00")
    before = balance(manager, chart.bank(default_account(manager).code))

    explain_part(actor=manager, part_id=part.id, pieces=[paid(row)])

    assert balance(manager, chart.bank(default_account(manager).code)) == before == D("-420.00")
