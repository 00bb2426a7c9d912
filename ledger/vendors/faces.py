"""What the page of a vendor's bill shows first: who asks for it, what is open, and until when."""

from __future__ import annotations

from typing import Final

from batconnect.core.console.faces import Card, Face, Kept, Money
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import format_amount
from ledger.vendors.models import VendorBill

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


VENDOR_BILL_FACE: Final = Face(card=_card)
