"""Transfers between own places on their page: what waits for its other side, and cash that was carried."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from bank.services.explaining import explain_part
from bank.services.kinds.interface import Piece
from bank.services.one_sided import one_sided_transfers
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.models import Entry
from ledger.tests.vendors.builders import put_in
from ledger.treasury.services.places import open_bank_account
from ledger.verification import verify
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

D = Decimal
PAGE = "/admin/bank/transfers/"


def typed(actor: Actor, **values: str) -> dict[str, str]:
    day = today(actor.company).isoformat()
    return {"direction": "to_bank", "amount": "300.00", "currency": "USD", "moved_on": day, **values}


def carry(actor: Actor, **values: str) -> Any:
    """Look at what would happen, and confirm it."""
    console, given = browser("manager"), typed(actor, **values)
    with assert_nothing_written():
        page = console.post(PAGE, given)
    assert "Nothing has happened yet" in page.content.decode(), page.content.decode()
    return console.post(PAGE, {**given, **seen_on(page)}, follow=True).content.decode()


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def test_cash_taken_to_the_bank_waits_until_its_line_comes(manager: Actor) -> None:
    put_in(manager, "300.00")

    said = carry(manager)

    assert "300.00 USD are taken to the bank. They wait for the bank&#x27;s line." in said
    assert "Left Office" in said
    (waits,) = one_sided_transfers(actor=manager)
    assert reverse("admin:ledger_entry_change", args=[waits.entry_id]) in said
    (part,) = book(manager, "300.00")
    explain_part(actor=manager, part_id=part.id, pieces=[Piece("transfer", D("300.00"))])
    assert "No transfer waits" in browser("auditor").get(PAGE).content.decode()
    assert_clean(manager)


def test_cash_meets_the_line_that_is_named(manager: Actor) -> None:
    put_in(manager, "300.00")
    parts = book(manager, "300.00", "300.00")
    for part in parts:
        explain_part(actor=manager, part_id=part.id, pieces=[Piece("transfer", D("300.00"))])
    _, meant = one_sided_transfers(actor=manager)
    page = browser("manager").get(PAGE).content.decode()
    assert page.count("300.00 USD paid in on") == 2

    said = carry(manager, transfer_id=meant.transfer_id, drawer_id="office")

    assert "The bank&#x27;s line of it is there." in said
    assert meant.transfer_id not in [each.transfer_id for each in one_sided_transfers(actor=manager)]
    assert_clean(manager)


def test_shows_both_directions_between_bank_accounts(manager: Actor) -> None:
    payroll = open_bank_account(actor=manager, code="payroll", name="Payroll", currency="USD")
    (out,) = book(manager, "-750.00")
    (into,) = book(manager, "20.00", account=payroll)
    for part, amount in ((out, "750.00"), (into, "20.00")):
        explain_part(actor=manager, part_id=part.id, pieces=[Piece("transfer", D(amount))])

    page = browser("auditor").get(PAGE).content.decode()

    assert "Arrived at" in page
    assert "Left" in page
    assert "Where it arrives" in page
    assert reverse("admin:bank_linepart_change", args=[out.id]) in page
    assert "Cash that was carried" not in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": "300.01"}, "cannot be taken"),
        ({"amount": "0.00"}, "must lie above 0.00"),
        ({"amount": "x"}, "Enter an amount in plain digits"),
        ({"direction": "up"}, "Select a valid choice"),
        ({"drawer_id": "nobody"}, "Select a valid choice"),
        ({"transfer_id": "nobody"}, "Select a valid choice"),
        ({"moved_on": "2999-01-01"}, "2999"),
        ({"moved_on": "tomorrow"}, "Enter a day"),
        ({"currency": "XXX"}, "Select a valid choice"),
        ({"note": "x" * 401}, "at most 400"),
    ],
)
def test_says_at_the_field_what_is_wrong(manager: Actor, changes: dict[str, str], said: str) -> None:
    put_in(manager, "300.00")

    with assert_nothing_written():
        answer = browser("manager").post(PAGE, typed(manager, **changes))

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Entry.objects.filter(source_type="ledger.transfer").exists()


def test_who_may_see_may_not_enter(manager: Actor) -> None:
    put_in(manager, "300.00")

    with assert_nothing_written():
        answers = [browser(each).post(PAGE, typed(manager)) for each in ("cashier", "auditor")]

    assert [each.status_code for each in answers] == [403, 403]


def test_a_second_click_enters_nothing_more(manager: Actor) -> None:
    put_in(manager, "600.00")
    console, given = browser("manager"), typed(manager)
    seen = {**given, **seen_on(console.post(PAGE, given))}

    first, again = console.post(PAGE, seen), console.post(PAGE, seen, follow=True)

    assert first.status_code == 302
    assert "Something has changed" in again.content.decode()
    assert len(one_sided_transfers(actor=manager)) == 1
