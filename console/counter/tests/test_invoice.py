"""Issuing an invoice in the console: to the cent what the API's call issues, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Customer
from console.counter.tests.conftest import Counter, words
from payments.models import Invoice
from tests.console import browser
from tests.digest import assert_nothing_written


@pytest.fixture
def garage(manager: Actor) -> Customer:
    """A customer who does not drive."""
    return Customer.objects.create(company_id=manager.company_id, name="Lexington Garage")


@pytest.fixture
def billing(garage: Customer) -> Callable[[], Counter]:
    """The manager's form for the garage."""
    return lambda: Counter(browser("manager"), "new_invoice", f"customer={garage.pk}")


def invoice(actor: Actor, **changes: str) -> dict[str, str]:
    """Dispatch service and two keys, as it is typed."""
    day = today(actor.company)
    typed = {
        "issue_date": day.isoformat(),
        "due_date": (day + timedelta(days=30)).isoformat(),
        "currency": "USD",
        "line-0-description": "Dispatch service",
        "line-0-quantity": "1",
        "line-0-unit_price": "1,000.00",
        "line-0-tax_name": "NY sales tax",
        "line-0-tax_rate": "8.875",
        "line-2-description": "Keys",
        "line-2-quantity": "2",
        "line-2-unit_price": "12.3456",
        "notes": "For September.",
    }
    return {**typed, **{name.replace("__", "-"): text for name, text in changes.items()}}


def test_issues_what_was_shown(billing: Any, garage: Customer, manager: Actor) -> None:
    counter = billing()

    page = counter.check(**invoice(manager))
    done = counter.confirm(page)
    made = counter.client.get(done["Location"])

    issued = Invoice.objects.get()
    assert (issued.customer_id, issued.total, issued.tax_total) == (
        garage.pk,
        Decimal("1113.44"),
        Decimal("88.75"),
    )
    assert [(line.description, line.net) for line in issued.lines.order_by("line")] == [
        ("Dispatch service", Decimal("1000.00")),
        ("Keys", Decimal("24.69")),
    ]
    assert "An invoice of 1,113.44 USD" in words(page)
    assert "NY sales tax 8.875 %: 88.75" in words(page)
    assert "Receivable, Invoice 1,113.44" in words(page)
    assert done["Location"] == reverse("admin:invoice_made", args=[issued.pk])
    assert issued.number in words(made)


def test_issues_one_whatever_is_pressed(billing: Any, manager: Actor) -> None:
    counter = billing()
    page = counter.check(**invoice(manager))

    first, second = counter.confirm(page), counter.confirm(page)

    assert first["Location"] == second["Location"]
    assert Invoice.objects.count() == 1


def test_two_forms_issue_two_invoices(billing: Any, manager: Actor) -> None:
    one, two = billing(), billing()
    pages = [each.check(**invoice(manager)) for each in (one, two)]

    for counter, page in zip((one, two), pages, strict=True):
        counter.confirm(page)

    assert len(set(Invoice.objects.values_list("number", flat=True))) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"line__2__quantity": "0"}, "0 is not above 0"),
        ({"line__2__quantity": ""}, "Enter a number in plain digits"),
        ({"line__2__unit_price": "12,5"}, "12.5"),
        ({"line__2__unit_price": "NaN"}, "Enter a number in plain digits"),
        ({"line__2__unit_price": "-1"}, "-1.00 is below 0"),
        ({"line__0__tax_rate": "101"}, "101 is above 100"),
        ({"line__0__tax_name": ""}, "may not be blank"),
        ({"line__0__description": "D" * 201}, "200 characters"),
        ({"due_date": "2000-01-01"}, "is before the issue date"),
        ({"currency": "XXX"}, "is not offered"),
        ({"early_payment_discount_percent": "2"}, "days"),
        ({"notes": "N" * 501}, "500 characters"),
    ],
)
def test_says_beside_the_field_what_is_wrong(
    billing: Any, manager: Actor, changes: dict[str, str], said: str
) -> None:
    with assert_nothing_written():
        page = billing().check(**invoice(manager, **changes))

    assert "counter-error" in page.content.decode()
    assert said in words(page)
    assert 'value="Keys"' in page.content.decode()


def test_asks_for_a_line(billing: Any, manager: Actor) -> None:
    typed = {name: text for name, text in invoice(manager).items() if "line" not in name}

    with assert_nothing_written():
        page = billing().check(**typed)

    assert "Say on at least one line what is billed." in words(page)


def test_refuses_a_number_that_is_taken(billing: Any, manager: Actor) -> None:
    counter = billing()
    counter.confirm(counter.check(**invoice(manager, number="G-1")))

    with assert_nothing_written():
        page = billing().check(**invoice(manager, number="G-1"))

    assert "There already is an invoice G-1." in words(page)


def test_opens_as_many_lines_as_were_filled_in(billing: Any, manager: Actor) -> None:
    page = billing().check(**invoice(manager, line__19__description="Last", line__19__unit_price="x"))

    html = page.content.decode()
    assert "Enter a number in plain digits" in html
    assert "More lines" not in html
    assert html.count('class="counter-invoice-line"') == 20


def test_ignores_lines_that_no_form_has(billing: Any, manager: Actor) -> None:
    counter = billing()

    counter.confirm(counter.check(**invoice(manager, line__20__description="More", line__99__unit_price="5")))

    assert Invoice.objects.get().total == Decimal("1113.44")
