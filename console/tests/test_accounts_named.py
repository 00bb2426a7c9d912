"""Accounts are named wherever a row knows them by their code."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

from django.contrib import admin

from batconnect.core.kernel.actors import Actor
from console.tests.conftest import ConsoleClient
from console.tests.test_matrix import path_of
from ledger.clearing.models import Remittance
from ledger.models import Account
from ledger.vendors.models import VendorBill, VendorBillLine


def test_no_page_shows_an_account_by_its_code_alone(
    world: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    shown = [
        (model._meta.label, name)
        for model, page in admin.site._registry.items()
        for shows, names in [
            (model, page.list_display),
            *((each.model, each.fields or ()) for each in page.inlines),
        ]
        for name in names
        if name in ("account", "account_code") and not shows._meta.get_field(name).is_relation
    ]
    remittance, line = Remittance.objects.get(), VendorBillLine.objects.all()[0]
    name = Account.objects.get(code=remittance.account, currency=remittance.currency).name
    expense = Account.objects.get(code=line.account, currency=line.bill.currency).name
    client = console_of("manager")

    remittances = client.get(path_of(Remittance, "changelist")).content.decode()
    bill = client.get(path_of(VendorBill, "change", line.bill_id)).content.decode()

    assert shown == []
    assert f"{name} ({remittance.account})" in unescape(remittances)
    assert f"{expense} ({line.account})" in unescape(bill)
