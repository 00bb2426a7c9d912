"""Two who give the same code or number at the same moment: one has it, the other is told that it is taken."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from ledger.clearing.services.taxes import open_authority
from ledger.general.services.accounts import name_account
from ledger.models import Account
from ledger.treasury.services.places import open_bank_account, open_drawer
from ledger.vendors.services.vendors import add_vendor
from tests.cast import acting

pytestmark = pytest.mark.django_db(transaction=True)


def name(code: str) -> Callable[[Actor], Any]:
    def run(actor: Actor) -> Any:
        account = Account.objects.get(code=code, currency="USD")
        return name_account(actor=actor, account_id=account.id, own_number="6900")

    return run


def drawer(code: str, holder: bool) -> Callable[[Actor], Any]:
    return lambda actor: open_drawer(
        actor=actor, code=code, name=code, currency="USD", holder_id=actor.user_id if holder else None
    )


def vendor(actor: Actor) -> Any:
    return add_vendor(actor=actor, name="City", number="V-1")


def authority(actor: Actor) -> Any:
    return open_authority(actor=actor, code="nys", name="New York")


def bank(actor: Actor) -> Any:
    return open_bank_account(actor=actor, code="second", name="Second", currency="USD")


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (vendor, vendor, "vendor_taken"),
        (authority, authority, "tax_authority_taken"),
        (bank, bank, "code_taken"),
        (drawer("till", False), drawer("till", False), "code_taken"),
        (drawer("till", True), drawer("desk", True), "code_taken"),
        (name("expenses:other"), name("accrued_expenses"), "own_number_taken"),
    ],
)
def test_the_second_is_told_that_it_is_taken(
    first: Callable[[Actor], Any], second: Callable[[Actor], Any], code: str
) -> None:
    outcome: list[str] = []
    begun = Event()

    def run() -> None:
        try:
            with acting("manager") as actor:
                begun.set()
                second(actor)
                outcome.append("done")
        except Refusal as refusal:
            outcome.append(refusal.code)
        finally:
            connection.close()

    with acting("manager") as actor:
        first(actor)
        thread = Thread(target=run)
        thread.start()
        assert begun.wait(20)
        # It looks, finds nothing, and waits for us at its insert.
        thread.join(timeout=0.7)
        assert thread.is_alive()
    thread.join(timeout=20)

    assert outcome == [code]
