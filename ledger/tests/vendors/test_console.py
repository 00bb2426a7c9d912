"""The console's pages of what is bought and held: each action shows what it posts, then does exactly that."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.test import Client
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.models import Remittance, SecurityDeposit, TaxAuthority, Vendor, VendorBill, VendorCredit
from ledger.tests.vendors.builders import make_bill, make_vendor, put_in
from tests.console import browser, seen_on


def confirm(client: Client, name: str, form: dict[str, Any], *args: Any) -> Any:
    """Send the form, then what its preview shows."""
    address = reverse(f"admin:{name}", args=args)
    shown = client.post(address, form)
    assert shown.status_code == 200, shown
    preview = shown.context["preview"]
    assert preview is not None, shown.context["form"].errors
    done = client.post(address, {**form, **seen_on(shown)})
    assert done.status_code == 302, done.content
    return preview


def test_from_a_vendor_to_a_paid_bill(manager: Actor) -> None:
    client, day = browser("manager"), today(manager.company).isoformat()
    added = client.post(
        reverse("admin:ledger_vendor_add"),
        {"name": "E-ZPass New York", "kind": "agency", "currency": "USD", "number": ""},
    )
    vendor = Vendor.objects.get()
    bill_form = {"vendor": str(vendor.id), "number": "2026-01", "issue_date": day, "EZPASS": "420.00"}

    confirm(client, "ledger_vendorbill_enter", bill_form)
    bill = VendorBill.objects.get()
    paid = {"amount": "20.00", "method": "check", "place": "", "reference_number": "1042", "paid_on": day}
    shown = confirm(client, "ledger_vendorbill_pay", paid, bill.id)
    confirm(client, "ledger_vendor_top_up", {**paid, "amount": "500.00"}, vendor.id)
    credit = VendorCredit.objects.get()
    confirm(client, "ledger_vendorbill_use_credit", {"credit": str(credit.id)}, bill.id)
    closed = client.post(
        reverse("admin:ledger_vendor_change", args=[vendor.id]), {"name": "E-ZPass", "kind": "agency"}
    )

    bill.refresh_from_db()
    vendor.refresh_from_db()
    assert (added.status_code, closed.status_code) == (302, 302)
    assert (bill.open, bill.status) == (Decimal("0.00"), "paid")
    assert (vendor.name, vendor.is_active) == ("E-ZPass", False)
    assert [row[1] for row in shown.rows] == ["Vendors payable", "Payments in transit, Operating"]


def test_a_bill_is_voided(manager: Actor) -> None:
    bill = make_bill(manager, make_vendor(manager))

    confirm(browser("manager"), "ledger_vendorbill_void", {"reason": "It is another company's"}, bill.id)

    assert VendorBill.objects.get().status == "voided"


def test_taxes_are_remitted_and_taken_back(manager: Actor) -> None:
    client, day = browser("manager"), today(manager.company).isoformat()
    put_in(manager, "-100.00", code="taxes_held:other")
    client.post(reverse("admin:ledger_taxauthority_add"), {"code": "nys", "name": "New York State"})
    form = {"account": "taxes_held:other", "amount": "60.00", "method": "ach", "place": "", "paid_on": day}

    refused = client.post(reverse("admin:ledger_remittance_remit"), {**form, "amount": "100.01"})
    confirm(client, "ledger_remittance_remit", form)
    remittance = Remittance.objects.get()
    confirm(client, "ledger_remittance_stop", {"reason": "The wrong office"}, remittance.id)

    assert "100.00 is held" in refused.content.decode()
    assert TaxAuthority.objects.get().code == "nys"
    assert Remittance.objects.get().status == "voided"
    assert SecurityDeposit.objects.count() == 0
