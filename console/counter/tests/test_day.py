"""The counter's day from its page: a cashier opens the drawer, counts it, and hands a slip over."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.urls import reverse

from bank.models import DepositSlip, DrawerSession
from batconnect.core.kernel.actors import Actor
from ledger.treasury.services.places import open_bank_account, open_drawer
from ledger.verification import verify
from payments.tests.test_drawers import take
from tests.console import browser, seen_on

D = Decimal
PAGE = "/admin/counter/drawer/"
WHY = "A driver was given too much change."


def links(page: Any, text: str) -> list[str]:
    """Where the links with this text lead."""
    html = page.content.decode()
    found = re.findall(r'<a[^>]*href="([^"]+)"[^>]*>(.*?)</a>', html, re.DOTALL)
    return [
        address.replace("&amp;", "&")
        for address, inside in found
        if re.sub(r"<[^>]+>", "", inside).strip() == text
    ]


def confirm(client: Any, path: str, **values: str) -> Any:
    """Look at what would happen, confirm it, and go where that leads."""
    preview = client.post(path, values)
    return client.post(path, {**values, **seen_on(preview)}, follow=True)


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def test_a_cashiers_day_from_one_page(manager: Actor) -> None:
    take(manager, "340.00")
    check = take(manager, "60.00", method="check")
    cashier = browser("cashier")
    (opens,) = links(cashier.get(PAGE), "Open the drawer in USD")

    page = confirm(cashier, opens, pieces_10000="3", pieces_2000="2")
    assert page.redirect_chain[-1][0] == PAGE
    assert links(page, "Open the drawer in USD") == []
    (counts,) = links(page, "Count it")

    page = confirm(
        cashier, counts, pieces_10000="3", pieces_2000="1", checks="1", checks_amount="60.00", reason=WHY
    )
    assert page.redirect_chain[-1][0] == PAGE
    session = DrawerSession.objects.get()
    assert (session.status, session.difference, session.checks_expected_amount) == (
        "counted",
        D("-20.00"),
        D("60.00"),
    )
    told = page.content.decode()
    assert "-20.00 USD" in told
    assert told.count(WHY) >= 2
    assert "1 check over 60.00 lies on no slip." in told

    (makes,) = links(page, "Make up a slip in USD")
    form = re.search(
        r'name="bank_account".*?<option value="([^"]+)"', cashier.get(makes).content.decode(), re.DOTALL
    )
    assert form
    page = confirm(
        cashier, makes, **{"bank_account": form[1], "cash_office": "320.00", f"check_{check.id.hex}": "on"}
    )
    (closes,) = links(page, "Close")
    page = confirm(cashier, closes)

    slip = DepositSlip.objects.get()
    assert (slip.status, slip.amount) == ("closed", D("380.00"))
    assert links(page, "Close") == []
    (pdf,) = links(page, "PDF")
    assert cashier.get(pdf).content.startswith(b"%PDF-")
    assert "0 checks over 0.00 lie on no slip." in page.content.decode()
    assert_clean(manager)


def test_a_drawer_of_another_currency(manager: Actor) -> None:
    open_bank_account(actor=manager, code="euro", name="Euro account", currency="EUR")
    cashier = browser("cashier")
    page = cashier.get(PAGE)
    (opens,), (makes,) = links(page, "Open the drawer in EUR"), links(page, "Make up a slip in EUR")
    form = cashier.get(opens).content.decode()
    assert "× 500.00" in form
    assert "Euro account" in cashier.get(makes).content.decode()

    page = confirm(cashier, opens, currency="EUR", pieces_50000="0", amount="0.00")

    session = DrawerSession.objects.get()
    assert (session.currency, session.opening_counted) == ("EUR", D("0.00"))
    assert links(page, "Open the drawer in EUR") == []
    assert len(links(page, "Open the drawer in USD")) == 1


def test_the_own_drawer_goes_before_the_offices(manager: Actor, cashier: Actor) -> None:
    open_drawer(actor=manager, code="front", name="Front", currency="USD", holder_id=cashier.user_id)
    console = browser("cashier")
    (opens,) = links(console.get(PAGE), "Open the drawer in USD")

    page = confirm(console, opens, amount="0.00")

    assert "Front, USD" in page.content.decode()
    # The office's drawer is still closed, and so is the manager's page.
    assert len(links(browser("manager").get(PAGE), "Open the drawer in USD")) == 1


def test_a_currency_that_is_not_offered_is_the_companys(manager: Actor) -> None:
    path = f"{reverse('admin:bank_drawersession_open_till')}?currency=XXX"

    confirm(browser("cashier"), path, amount="0.00")

    assert DrawerSession.objects.get().currency == "USD"


def test_an_auditor_is_kept_out(manager: Actor) -> None:
    assert browser("auditor").get(PAGE).status_code == 403
