"""No page ends nowhere: empty lists, refused and unknown pages, and pages that confirm say where it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from django.contrib import admin
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.subject import find_subject
from batconnect.core.kernel.words import format_day
from batconnect.directory.models import Customer
from console.empty_lists import all_lists
from console.pages import registered_pages
from console.tests.conftest import ConsoleClient
from payments.models import Payment
from tests.console import browser

NOBODYS: Final = "01900000-0000-7000-8000-0000000000ff"


def test_every_list_says_what_belongs_there() -> None:
    tables = {model._meta.label for model in admin.site._registry}

    assert set(all_lists()) == tables
    for says in all_lists().values():
        assert says.sentence.endswith(".")
        if "." in says.made_on:
            assert find_subject(says.made_on)
        elif says.made_on:
            assert says.made_on in registered_pages()


def test_an_empty_list_leads_to_where_its_rows_are_made(manager: Actor) -> None:
    page = browser("manager").get(reverse("admin:payments_invoice_changelist")).content.decode()

    assert "Nothing here yet" in page
    assert "What customers were billed." in page
    assert f'href="{reverse("admin:new_invoice")}">Issue an invoice</a>' in page


def test_an_empty_list_offers_nobody_what_is_not_for_them(manager: Actor) -> None:
    page = browser("auditor").get(reverse("admin:payments_invoice_changelist")).content.decode()

    assert "What customers were billed." in page
    assert reverse("admin:new_invoice") not in page


def test_a_filter_that_leaves_nothing_says_so(manager: Actor) -> None:
    page = (
        browser("manager").get(f"{reverse('admin:payments_invoice_changelist')}?q=nothing").content.decode()
    )

    assert "Nothing matches" in page
    assert "Show all" in page


@pytest.mark.parametrize(
    "address",
    [
        f"/admin/payments/payment/{NOBODYS}/change/",
        "/admin/payments/payment/12-34/change/",
        f"/admin/payments/payment/{NOBODYS}/void",
        f"/admin/customers/{NOBODYS}/",
        f"/admin/counter/charge/{NOBODYS}/",
        f"/admin/counter/invoice/{NOBODYS}/",
        f"/admin/counter/credit/{NOBODYS}/",
        "/admin/nowhere/at/all/",
    ],
)
def test_what_is_not_there_is_said_in_the_frame(manager: Actor, address: str) -> None:
    answer = browser("manager").get(address)
    page = answer.content.decode()

    assert answer.status_code == 404
    assert "There is nothing at this address" in page
    assert 'id="nav-sidebar"' in page or "Take a payment" in page
    if "/payments/payment/" in address:
        assert f'href="{reverse("admin:payments_payment_changelist")}"' in page


def test_what_is_not_allowed_is_said_in_the_frame(manager: Actor) -> None:
    answer = browser("cashier").get(reverse("admin:new_charge"))
    page = answer.content.decode()

    assert answer.status_code == 403
    assert "(Cashier) do not include this" in page
    assert "Take a payment" in page


def test_another_companys_row_is_not_there(world: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    payment = Payment.objects.order_by("pk")[0]

    answer = console_of("outsider").get(reverse("admin:payments_payment_change", args=[payment.pk]))

    assert answer.status_code == 404
    assert payment.number not in answer.content.decode()


def test_who_confirms_sees_the_row(world: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    payment = Payment.objects.filter(status="posted").select_related("customer").order_by("pk")[0]
    Customer.objects.filter(pk=payment.customer_id).update(name="שלום <b>" + "W" * 190)
    address, client = reverse("admin:payments_payment_void", args=[payment.pk]), console_of("manager")

    form = client.get(address).content.decode()
    shown = client.post(address, {"reason": "Entered for the wrong driver."}).content.decode()

    for page in (form, shown):
        assert f"{payment.amount:,.2f}" in page
        assert "שלום &lt;b&gt;" in page
        assert format_day(payment.payment_date) in page
