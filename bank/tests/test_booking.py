"""A line is booked against suspense, explained by an entry of its own, and only that is undone."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from bank.models import Explanation, LinePart
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.tests.builders import book, default_account
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from ledger import chart
from ledger.tests.vendors.builders import balance
from ledger.verification import verify
from payments.batches.tests.builders import add_customer
from payments.models import Payment
from payments.services.voids import void_payment
from tests.digest import assert_nothing_written

REASON = "It was somebody else's money"


def test_a_line_stands_on_suspense_until_it_is_explained(manager: Actor) -> None:
    customer = add_customer(manager)
    received, paid = book(manager, "100.00", "-30.00")

    assert balance(manager, chart.bank(default_account(manager).code)) == Decimal("70.00")
    assert balance(manager, chart.UNIDENTIFIED_RECEIPTS) == Decimal("-100.00")
    assert balance(manager, chart.UNEXPLAINED_PAYMENTS) == Decimal("30.00")

    explain_part(
        actor=manager,
        part_id=received.id,
        pieces=[
            Piece("payment", Decimal("103.00"), customer_id=customer.id),
            Piece("charges", Decimal("-3.00")),
        ],
    )
    explain_part(
        actor=manager,
        part_id=paid.id,
        pieces=[Piece("account", Decimal("30.00"), account_code=chart.OTHER_EXPENSES)],
    )

    payment = Payment.objects.get()
    assert (payment.unallocated, payment.at_bank_id) == (
        Decimal("103.00"),
        Explanation.objects.get(payment=payment).id,
    )
    assert balance(manager, chart.UNIDENTIFIED_RECEIPTS) == balance(manager, chart.UNEXPLAINED_PAYMENTS) == 0
    assert balance(manager, chart.BANK_CHARGES) == Decimal("3.00")
    assert list(verify(actor=manager)) == []

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        void_payment(actor=manager, payment_id=payment.id, reason=REASON)
    assert refused.value.code == "at_the_bank"

    undo_explanation(actor=manager, explanation_id=Explanation.objects.get(payment=payment).id, reason=REASON)

    payment.refresh_from_db()
    received.refresh_from_db()
    assert (payment.status, received.status, received.left) == ("voided", "open", Decimal("100.00"))
    assert balance(manager, chart.bank(default_account(manager).code)) == Decimal("70.00")
    assert list(verify(actor=manager)) == []


def test_pieces_are_the_line(manager: Actor) -> None:
    (part,) = book(manager, "100.00")

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[Piece("interest", Decimal("99.99"))])

    assert refused.value.code == "does_not_add_up"
    assert "99.99" in refused.value.message
    assert "100.00" in refused.value.message


def test_what_the_bank_said_never_changes(manager: Actor) -> None:
    (part,) = book(manager, "100.00")

    for changes in ({"amount": Decimal("1.00")}, {"explained": Decimal("100.01")}, {"status": "explained"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            LinePart.objects.filter(id=part.id).update(**changes)
