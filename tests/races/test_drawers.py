"""Two who pay out of one drawer at the same moment: what is in it is paid once (docs/domain.md#bank-accounts)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Event

import pytest
from django.db import connection
from django.db.models import Sum

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from ledger.models import Posting
from ledger.tests.treasury.builders import pay_out, put_in
from ledger.treasury.models import Disbursement
from ledger.treasury.services.changing import change_bank_account, change_drawer
from ledger.treasury.services.paying import taking_account
from ledger.treasury.services.places import open_bank_account, open_drawer
from ledger.verification import verify
from tests.cast import acting
from tests.races.test_raising import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("account", ["cash:cash", "cash:cash:till"])
def test_two_payments_at_once_do_not_take_more_than_is_there(account: str) -> None:
    with acting("manager") as actor:
        drawer = open_drawer(actor=actor, code="till", name="Till", currency="USD")
        put_in(actor, "100.00", account=account)

    def pay(actor: Actor) -> str:
        named = drawer.id if account.endswith("till") else None
        return str(pay_out(actor, "60.00", method="cash", drawer_id=named).status)

    outcomes = at_once(pay, pay)

    assert sorted(outcomes) == ["drawer_short", "paid"]
    with acting("manager") as actor:
        left = Posting.objects.filter(account__code=account).aggregate(total=Sum("amount"))["total"]
        assert (left, Disbursement.objects.count()) == (Decimal("40.00"), 1)
        assert list(verify(actor=actor)) == []


@pytest.mark.parametrize("place", ["bank", "drawer"])
@pytest.mark.parametrize("pays_first", [True, False])
def test_nobody_closes_what_money_is_posted_to(place: str, pays_first: bool) -> None:
    with acting("manager") as actor:
        if place == "bank":
            key = open_bank_account(actor=actor, code="second", name="Second", currency="USD").id
        else:
            mine = open_drawer(actor=actor, code="till", name="Till", currency="USD", holder_id=actor.user_id)
            key = mine.id

    def use(actor: Actor) -> str:
        if place == "bank":
            return str(pay_out(actor, "60.00", bank_account_id=key).status)
        account = taking_account(actor=actor, method="cash", currency="USD")
        put_in(actor, "60.00", account=account)
        return account

    def close(actor: Actor) -> str:
        if place == "bank":
            change_bank_account(actor=actor, bank_account_id=key, is_active=False)
        else:
            change_drawer(actor=actor, drawer_id=key, is_active=False)
        return "closed"

    first, second = (use, close) if pays_first else (close, use)
    begun = Event()

    def run() -> str:
        try:
            with acting("manager") as actor:
                begun.set()
                return second(actor)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with acting("manager") as actor:
            done = first(actor)
            later = pool.submit(run)
            assert begun.wait(20)
            with pytest.raises(TimeoutError):
                later.result(timeout=0.7)
        outcome = later.result(timeout=20)

    used, at_last = {"bank": ("in_transit", "wrong_place"), "drawer": ("cash:cash:till", "cash:cash")}[place]
    assert (done, outcome) == ((used, "not_empty") if pays_first else ("closed", at_last))
