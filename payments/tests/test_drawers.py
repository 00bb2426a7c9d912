"""Cash goes to the drawer of whoever takes it (docs/domain.md#bank-accounts)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db.models import Sum

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.models import Posting
from ledger.tests.builders import charge, make_debtor
from ledger.tests.treasury.builders import pay_out
from ledger.treasury.errors import DrawerShort
from ledger.treasury.services.changing import change_drawer
from ledger.treasury.services.places import open_drawer
from ledger.verification import verify
from payments.models import Payment
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.services.recording import record_payment
from payments.services.voids import void_payment
from payments.tests.billing import make_customer

WHY = "It was counted twice."


def take(actor: Actor, amount: str, method: str = "cash", currency: str = "USD") -> Payment:
    return record_payment(
        actor=actor,
        customer_id=make_customer(actor, f"Payer {amount}").pk,
        amount=Decimal(amount),
        method=method,
        payment_date=today(actor.company),
        currency=currency,
    ).payment


def stands(code: str, currency: str = "USD") -> str:
    rows = Posting.objects.filter(account__code=code, account__currency=currency)
    return f"{rows.aggregate(total=Sum('amount'))['total'] or 0:.2f}"


def test_cash_goes_to_the_takers_drawer_and_other_money_does_not(manager: Actor) -> None:
    open_drawer(actor=manager, code="till", name="Till", currency="USD", holder_id=manager.user_id)

    take(manager, "40.00")
    take(manager, "7.00", method="check")
    take(manager, "3.00", currency="EUR")

    assert stands("cash:cash:till") == "40.00"
    assert (stands("cash:cash"), stands("cash:check"), stands("cash:cash", "EUR")) == ("0.00", "7.00", "3.00")
    assert list(verify(actor=manager)) == []


def test_whoever_holds_no_drawer_takes_it_into_the_offices(manager: Actor, cashier: Actor) -> None:
    drawer = open_drawer(actor=manager, code="till", name="Till", currency="USD", holder_id=manager.user_id)

    take(cashier, "40.00")
    change_drawer(actor=manager, drawer_id=drawer.id, is_active=False)
    take(manager, "5.00")

    assert (stands("cash:cash:till"), stands("cash:cash")) == ("0.00", "45.00")


def test_an_interim_payment_in_cash_too(manager: Actor) -> None:
    open_drawer(actor=manager, code="till", name="Till", currency="USD", holder_id=manager.user_id)
    debtor = make_debtor(manager)
    charge(manager, debtor, reference_id="T-9", amount="25.00")

    record_interim_payment(
        actor=manager,
        driver_id=debtor.driver.pk,
        lease=debtor.lease.pk,
        amount=Decimal("25.00"),
        method="Cash",
        payment_date=today(manager.company),
        allocations=[ChosenAllocation(category="EZPASS", reference_id="T-9", amount=Decimal("25.00"))],
    )

    assert stands("cash:cash:till") == "25.00"


def test_a_void_gives_it_back_from_where_it_went(manager: Actor) -> None:
    drawer = open_drawer(actor=manager, code="till", name="Till", currency="USD", holder_id=manager.user_id)
    taken = take(manager, "40.00")
    change_drawer(actor=manager, drawer_id=drawer.id, holder_id=None)

    void_payment(actor=manager, payment_id=taken.id, reason=WHY)

    assert (stands("cash:cash:till"), stands("cash:cash")) == ("0.00", "0.00")
    assert list(verify(actor=manager)) == []


def test_a_drawer_that_paid_the_money_out_does_not_give_it_back(manager: Actor) -> None:
    open_drawer(actor=manager, code="till", name="Till", currency="USD", holder_id=manager.user_id)
    taken = take(manager, "40.00")
    pay_out(manager, "15.00", method="cash")

    with pytest.raises(DrawerShort, match=r"40\.00 USD .* holds 25\.00"):
        void_payment(actor=manager, payment_id=taken.id, reason=WHY)

    assert Payment.objects.get(id=taken.id).status == "posted"
    assert stands("cash:cash:till") == "25.00"
