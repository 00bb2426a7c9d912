"""What vendors were owed when the books were opened, and what they owed us (docs/domain.md#opening-batch)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from ledger import chart
from ledger.openings import OpeningDay, OpeningItem, OpeningKind, WrongLine
from ledger.services.journal import post_entries
from ledger.vendors import postings
from ledger.vendors.models import Vendor, VendorBill, VendorCredit
from ledger.vendors.services.bills import new_bill


def _vendors(actor: Actor) -> dict[str, Vendor]:
    here = Vendor.objects.filter(company_id=actor.company_id, currency=actor.company.base_currency)
    found: dict[str, Vendor] = {}
    for vendor in here.order_by("number"):
        found.setdefault(vendor.name.casefold(), vendor)
        found[vendor.number.casefold()] = vendor
    return found


def _check(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> list[WrongLine]:
    vendors = _vendors(actor)
    wrong: list[WrongLine] = []
    seen: set[tuple[object, str]] = set()
    for item in items:
        vendor = vendors.get(item["vendor"].casefold())
        if vendor is None:
            message = f"There is no vendor {item['vendor'] or '(empty)'} in {actor.company.base_currency}."
            wrong.append(WrongLine(item.place, "vendor", message, "vendor_not_found"))
        elif item.amount < 0:
            key = (vendor.id, item["reference"])
            there = VendorBill.objects.filter(
                company_id=actor.company_id, vendor=vendor.id, number=item["reference"]
            ).exclude(status=VendorBill.Status.VOIDED)
            if not item["reference"]:
                wrong.append(WrongLine(item.place, "reference", "Give the number of the vendor's bill."))
            elif key in seen or there.exists():
                message = f"Bill {item['reference']} of {vendor.name} is there already."
                wrong.append(WrongLine(item.place, "reference", message, "vendor_bill_taken"))
            seen.add(key)
    return wrong


def _open(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> None:
    vendors = _vendors(actor)
    for item in items:
        vendor = vendors[item["vendor"].casefold()]
        if item.amount < 0:
            _open_bill(actor, vendor, item, day)
        else:
            _open_credit(actor, vendor, item, day)


def _open_bill(actor: Actor, vendor: Vendor, item: OpeningItem, day: OpeningDay) -> None:
    bill = new_bill(
        actor=actor,
        vendor=vendor,
        number=item["reference"],
        issue_date=day.on,
        due_date=date.fromisoformat(item["due_date"]) if item["due_date"] else day.on,
        amount=-item.amount,
        description=item["name"],
        is_opening=True,
    )
    draft = postings.bill_entered(
        bill_id=bill.id,
        lines=[(chart.OPENING_BALANCES, bill.amount)],
        currency=bill.currency,
        on=day.on,
        is_opening=True,
    )
    post_entries(actor=actor, drafts=[draft], rows=[[bill]])


def _open_credit(actor: Actor, vendor: Vendor, item: OpeningItem, day: OpeningDay) -> None:
    credit = VendorCredit(
        id=uuid7(),
        company_id=actor.company_id,
        vendor=vendor,
        kind=VendorCredit.Kind.PREPAID,
        number=item["reference"],
        currency=vendor.currency,
        day=day.on,
        amount=item.amount,
        left=item.amount,
        created_by=actor.name,
    )
    draft = postings.vendor_credited(
        credit_id=credit.id,
        account=chart.OPENING_BALANCES,
        amount=item.amount,
        currency=vendor.currency,
        on=day.on,
        reason="",
        is_opening=True,
    )
    post_entries(actor=actor, drafts=[draft], rows=[[credit]])


VENDOR: Final = OpeningKind(
    code="vendor",
    label="A vendor's open bill (credit), or what is prepaid (debit)",
    side="",
    columns=("vendor", "reference", "due_date", "name"),
    account_of=lambda item: chart.VENDORS_PAYABLE,
    check=_check,
    open=_open,
)
