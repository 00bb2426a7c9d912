"""What the pages of vendors, their bills and their credits show first: what is open, until when, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet, Sum

from batconnect.core.console.faces import MAX_ROWS, Card, Face, Kept, Money, Section, Stamp, Table, stamped
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import format_day
from ledger.vendors.models import Vendor, VendorBill, VendorCredit

_Status = VendorBill.Status


def _card(actor: Actor, row: VendorBill) -> Card:
    is_open = row.status == _Status.OPEN
    is_late = is_open and row.due_date < today(actor.company)
    return Card(
        kind="Vendor bill",
        number=row.number,
        person=row.vendor,
        person_is="Vendor",
        amount=Money(row.open if is_open else row.amount, row.currency),
        amount_is="Open" if is_open else "Amount",
        status="Overdue" if is_late else str(row.get_status_display()),
        tone="warn" if is_late else "bad" if row.status == _Status.VOIDED else "" if is_open else "good",
        since=row.due_date if is_open else row.issue_date,
        since_is="due" if is_open else "issued",
        sentence=row.description,
        facts=(
            ("Amount", Money(row.amount, row.currency)),
            ("Issued on", row.issue_date),
            ("Due on", row.due_date),
            ("Entered by", Kept(row.created_by)),
        ),
        next_step=f"{format_amount(row.open)} {row.currency} are to be paid." if is_open else "",
        next_action="pay" if is_open else "",
    )


def _open_bills(row: Vendor) -> QuerySet[VendorBill]:
    return VendorBill.objects.filter(company_id=row.company_id, vendor=row.pk, status=_Status.OPEN)


def _sum_of(rows: QuerySet[Any], column: str) -> Decimal:
    total: Decimal | None = rows.aggregate(total=Sum(column))["total"]
    return total or ZERO


def _vendor_card(actor: Actor, row: Vendor) -> Card:
    bills = _open_bills(row)
    owed = _sum_of(bills, "open")
    credit = VendorCredit.objects.filter(
        company_id=row.company_id, vendor=row.pk, status=VendorCredit.Status.OPEN
    )
    late = bills.filter(due_date__lt=today(actor.company)).order_by("due_date").first()
    return Card(
        kind=f"Vendor, {row.get_kind_display().lower()}",
        number=row.number,
        person=row.name,
        person_is="Name",
        amount=Money(owed, row.currency),
        amount_is="Open bills",
        status="Closed" if not row.is_active else "Bills overdue" if late is not None else "In use",
        tone="" if not row.is_active else "warn" if late is not None else "good",
        since=late.due_date if late is not None and row.is_active else row.created_at,
        facts=(
            ("Left of its credits", Money(_sum_of(credit, "left"), row.currency)),
            ("Entered by", Kept(row.created_by)),
        ),
        next_step=f"{late} was due on {format_day(late.due_date)}: pay it." if late is not None else "",
    )


def _vendor_sections(actor: Actor, row: Vendor) -> Iterator[Section]:
    yield Table(
        title="Open bills",
        columns=("Bill", "Issued", "Due", "Amount", "Open"),
        rows=[
            (each, each.issue_date, each.due_date, each.amount, each.open)
            for each in _open_bills(row).order_by("due_date", "id")[: MAX_ROWS + 1]
        ],
        empty="No bill of it is open.",
        rest="The list of the vendors' bills has all of them.",
    )


def _credit_card(actor: Actor, row: VendorCredit) -> Card:
    is_open = row.status == VendorCredit.Status.OPEN
    return Card(
        kind=f"Vendor credit, {row.get_kind_display().lower()}",
        number=row.number or f"of {format_day(row.day)}",
        person=row.vendor,
        person_is="Vendor",
        amount=Money(row.left if is_open else row.amount, row.currency),
        amount_is="Left" if is_open else "Amount",
        status="Not all used" if is_open else str(row.get_status_display()),
        tone="warn" if is_open else "bad" if row.status == VendorCredit.Status.VOIDED else "good",
        since=row.day,
        since_is="of",
        facts=(
            ("Amount", Money(row.amount, row.currency)),
            ("Used so far", Money(row.amount - row.left, row.currency) if is_open else None),
            ("Entered by", Kept(row.created_by)),
        ),
        next_step="Use it for a bill of the vendor: open the bill, then Use a credit." if is_open else "",
    )


VENDOR_FACE: Final = Face(card=_vendor_card, sections=_vendor_sections)
VENDOR_BILL_FACE: Final = Face(card=_card)
VENDOR_CREDIT_FACE: Final = Face(card=_credit_card)

for _table in (Vendor, VendorBill, VendorCredit):
    stamped(_table, Stamp("created_at", "Entered", who="created_by"))
