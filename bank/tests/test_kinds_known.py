"""Money in that was recorded before: at the counter, by the API, by a gateway. There is no second payment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from bank.models import Explanation, LinePart
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.tests.builders import book, default_account
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput, Refusal
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer
from ledger import chart
from ledger.models import Entry
from ledger.tests.vendors.builders import balance
from ledger.treasury.services.places import open_drawer
from ledger.verification import verify
from payments.models import Payment
from payments.services.recording import record_payment
from payments.services.refunds import refund_unallocated
from payments.services.returns import return_payment
from payments.services.voids import void_payment
from payments.tests.billing import make_customer, receive
from tests.digest import assert_nothing_written

D = Decimal
REASON = "It was somebody else's money"


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """A customer of north."""
    return make_customer(manager)


def known(payment: Payment, amount: str | None = None) -> Piece:
    return Piece("known_payment", D(amount) if amount else payment.amount, payment_id=payment.id)


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def at_bank(payment: Payment) -> object:
    return Payment.objects.values_list("at_bank_id", flat=True).get(id=payment.id)


def test_a_payment_that_is_known_is_not_recorded_again(manager: Actor, acme: Customer) -> None:
    payment = receive(manager, acme, "100.00")
    (part,) = book(manager, "100.00")

    done = explain_part(actor=manager, part_id=part.id, pieces=[known(payment)])

    (explanation,) = done.explanations
    assert Payment.objects.count() == 1
    assert at_bank(payment) == explanation.id
    assert (done.part.status, explanation.customer_id) == ("explained", acme.id)
    assert balance(manager, chart.cash("bank_transfer")) == 0
    assert balance(manager, chart.UNIDENTIFIED_RECEIPTS) == 0
    assert balance(manager, chart.bank(default_account(manager).code)) == D("100.00")
    assert_clean(manager)

    part = undo_explanation(actor=manager, explanation_id=explanation.id, reason=REASON)  # type: ignore[assignment]

    assert (part.status, part.explained, at_bank(payment)) == ("open", D("0.00"), None)
    assert balance(manager, chart.cash("bank_transfer")) == D("100.00")
    assert Payment.objects.get(id=payment.id).status == "posted"
    assert_clean(manager)
    void_payment(actor=manager, payment_id=payment.id, reason=REASON)
    assert_clean(manager)


def test_it_may_be_explained_again_after_an_undo(manager: Actor, acme: Customer) -> None:
    payment = receive(manager, acme, "100.00")
    first, second = book(manager, "100.00", "100.00")
    done = explain_part(actor=manager, part_id=first.id, pieces=[known(payment)])
    undo_explanation(actor=manager, explanation_id=done.explanations[0].id, reason=REASON)

    explain_part(actor=manager, part_id=second.id, pieces=[known(payment)])

    assert LinePart.objects.get(id=first.id).status == "open"
    assert at_bank(payment) is not None
    assert_clean(manager)


def test_several_payments_of_the_counter_and_a_count_that_differs(manager: Actor, acme: Customer) -> None:
    checks = [
        receive(manager, acme, "60.00", method="check"),
        receive(manager, acme, "40.00", method="check"),
    ]
    (part,) = book(manager, "99.00")

    explain_part(
        actor=manager,
        part_id=part.id,
        pieces=[
            *(known(each) for each in checks),
            Piece("account", D("-1.00"), account_code=chart.CASH_OVER_SHORT),
        ],
    )

    assert balance(manager, chart.cash("check")) == 0
    assert balance(manager, chart.CASH_OVER_SHORT) == D("1.00")
    assert all(at_bank(each) for each in checks)
    assert_clean(manager)
    live = Explanation.objects.filter(status="live")
    assert len({each.operation_id for each in live}) == 1

    undo_explanation(actor=manager, explanation_id=live[0].id, reason=REASON)

    assert not Explanation.objects.filter(status="live").exists()
    assert balance(manager, chart.CASH_OVER_SHORT) == 0
    assert balance(manager, chart.cash("check")) == D("100.00")
    assert not any(at_bank(each) for each in checks)
    assert_clean(manager)


def test_cash_of_a_drawer_is_taken_from_that_drawer(manager: Actor, acme: Customer) -> None:
    open_drawer(actor=manager, code="till", name="Till", currency="USD", holder_id=manager.user_id)
    payment = receive(manager, acme, "30.00", method="cash")
    (part,) = book(manager, "30.00")

    explain_part(actor=manager, part_id=part.id, pieces=[known(payment)])

    assert balance(manager, chart.drawer("till")) == 0
    assert balance(manager, chart.cash("cash")) == 0
    assert_clean(manager)


def test_a_gateways_deposit_is_its_payments_less_the_fee(manager: Actor, acme: Customer) -> None:
    card = receive(manager, acme, "200.00", method="card")
    upi = receive(manager, acme, "50.00", method="upi")
    (part,) = book(manager, "243.50")
    piece = Piece("gateway", D("243.50"), values={"payment_ids": [str(card.id), upi.id], "fee": D("6.50")})

    done = explain_part(actor=manager, part_id=part.id, pieces=[piece])

    (explanation,) = done.explanations
    assert at_bank(card) == at_bank(upi) == explanation.id
    assert balance(manager, chart.cash("card")) == balance(manager, chart.cash("upi")) == 0
    assert balance(manager, chart.CARD_FEES) == D("6.50")
    assert_clean(manager)
    with pytest.raises(Conflict) as refused, assert_nothing_written():
        void_payment(actor=manager, payment_id=card.id, reason=REASON)
    assert refused.value.code == "at_the_bank"

    undo_explanation(actor=manager, explanation_id=explanation.id, reason=REASON)

    assert at_bank(card) is at_bank(upi) is None
    assert balance(manager, chart.cash("card")) == D("200.00")
    assert balance(manager, chart.CARD_FEES) == 0
    assert_clean(manager)


@pytest.mark.parametrize(
    ("fee", "code"), [("6.49", "amount_differs"), ("", "amount_differs"), ("-6.50", "amount_differs")]
)
def test_a_gateways_fee_is_given_not_what_remains(
    manager: Actor, acme: Customer, fee: str, code: str
) -> None:
    card = receive(manager, acme, "250.00", method="card")
    (part,) = book(manager, "243.50")
    piece = Piece("gateway", D("243.50"), values={"payment_ids": [card.id], "fee": fee})

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[piece])

    assert refused.value.code == code
    assert "250.00" in refused.value.message
    assert refused.value.errors[0].field == "pieces.0.fee"


@pytest.mark.parametrize("method", ["cash", "check"])
def test_no_gateway_deposits_cash(manager: Actor, acme: Customer, method: str) -> None:
    payment = receive(manager, acme, "250.00", method=method)
    (part,) = book(manager, "250.00")

    with pytest.raises(InvalidInput), assert_nothing_written():
        explain_part(
            actor=manager,
            part_id=part.id,
            pieces=[Piece("gateway", D("250.00"), values={"payment_ids": [payment.id]})],
        )


Prepare = Callable[[Actor, Payment], object]


def _void(actor: Actor, payment: Payment) -> None:
    void_payment(actor=actor, payment_id=payment.id, reason=REASON)


def _other_line(actor: Actor, payment: Payment) -> None:
    (part,) = book(actor, str(payment.amount))
    explain_part(actor=actor, part_id=part.id, pieces=[known(payment)])


@pytest.mark.parametrize(
    ("prepare", "code"),
    [(_void, "payment_not_posted"), (_other_line, "at_the_bank")],
    ids=["voided", "on another line"],
)
def test_refuses_what_cannot_have_come(manager: Actor, acme: Customer, prepare: Prepare, code: str) -> None:
    payment = receive(manager, acme, "100.00")
    prepare(manager, payment)
    (part,) = book(manager, "100.00")

    with pytest.raises(Refusal) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[known(payment)])

    assert refused.value.code == code


def test_refuses_another_amount_and_names_both(manager: Actor, acme: Customer) -> None:
    payment = receive(manager, acme, "100.00")
    (part,) = book(manager, "97.00")

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[known(payment, "97.00")])

    assert refused.value.code == "amount_differs"
    assert "100.00" in refused.value.message
    assert "97.00" in refused.value.message


def test_refuses_a_payment_that_is_named_twice(manager: Actor, acme: Customer) -> None:
    payment = receive(manager, acme, "50.00")
    (part,) = book(manager, "100.00")

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[known(payment), known(payment)])

    assert refused.value.code == "named_twice"


def test_refuses_a_payment_of_another_company(manager: Actor, acme: Customer, outsider: Actor) -> None:
    theirs = receive(outsider, make_customer(outsider), "100.00")
    from batconnect.core.database.tenancy import set_company
    from tests.cast import NORTH

    set_company(NORTH, metadata={"job": "test"})
    (part,) = book(manager, "100.00")

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[known(theirs)])

    assert refused.value.code == "unknown_explanation"
    assert refused.value.errors[0].field == "pieces.0.payment_id"


def test_a_refund_leaves_the_line_explained(manager: Actor, acme: Customer) -> None:
    payment = receive(manager, acme, "100.00")
    (part,) = book(manager, "100.00")
    done = explain_part(actor=manager, part_id=part.id, pieces=[known(payment)])

    refund_unallocated(actor=manager, payment_id=payment.id, amount=D("40.00"), reason=REASON)

    assert LinePart.objects.get(id=part.id).status == "explained"
    assert at_bank(payment) == done.explanations[0].id
    assert_clean(manager)


def test_a_payment_that_came_back_since_had_come_first(manager: Actor, acme: Customer) -> None:
    payment = receive(manager, acme, "100.00")
    return_payment(actor=manager, payment_id=payment.id, reason_code="R01")
    (part,) = book(manager, "100.00")

    done = explain_part(actor=manager, part_id=part.id, pieces=[known(payment)])

    assert any("came back" in each for each in done.warnings)
    assert balance(manager, chart.cash("bank_transfer")) == 0
    assert_clean(manager)


def test_it_is_effective_on_the_banks_day_or_the_first_open_one(manager: Actor, acme: Customer) -> None:
    day = today(manager.company)
    payment = record_payment(
        actor=manager,
        customer_id=acme.pk,
        amount=D("100.00"),
        method="bank_transfer",
        payment_date=day - timedelta(days=9),
    ).payment
    (part,) = book(manager, "100.00", day=day - timedelta(days=8))
    CompanySettings.objects.update(closed_until=day - timedelta(days=3))
    from tests.cast import _actor

    later = _actor("manager")

    done = explain_part(actor=later, part_id=part.id, pieces=[known(payment)])

    entry = Entry.objects.get(id=done.explanations[0].entry_id)
    assert entry.effective_on == day - timedelta(days=2)
    undo_explanation(actor=later, explanation_id=done.explanations[0].id, reason=REASON)
    undone = Explanation.objects.get(id=done.explanations[0].id)
    assert Entry.objects.get(id=undone.undone_entry_id).effective_on == day
    assert_clean(later)
