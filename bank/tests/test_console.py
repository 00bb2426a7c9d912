"""The console's page of lines to explain."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse

from bank.models import LinePart
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.batches.tests.builders import bill
from payments.models import Payment
from tests.console import browser, seen_on


def page(action: str, part: LinePart) -> str:
    return reverse(f"admin:bank_linepart_{action}", args=[part.id])


def confirm(client: Any, path: str, **values: str) -> Any:
    """Fill the form, look at what would happen, and confirm it."""
    preview = client.post(path, values)
    return client.post(path, {**values, **seen_on(preview)})


def test_a_line_is_matched_to_a_customer(manager: Actor, acme: Customer) -> None:
    bill(manager, acme, "120.00")
    (part,) = book(manager, "120.00", payer_name="Acme Ins.")
    console = browser("manager")

    html = console.get(page("change", part)).content.decode()
    confirm(console, page("match", part), customer="ACME-001")

    assert "is open with exactly 120.00" in html
    assert Payment.objects.get().amount == Decimal("120.00")
    assert LinePart.objects.get().status == "explained"


def test_money_that_went_out_is_nobodys_payment(manager: Actor, acme: Customer) -> None:
    (part,) = book(manager, "-120.00")
    console = browser("manager")

    answer = console.post(page("match", part), {"customer": "ACME-001"})

    assert page("match", part) not in console.get(page("change", part)).content.decode()
    assert "There is no unidentified receipt" in answer.content.decode()
    assert not Payment.objects.exists()
