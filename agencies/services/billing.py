"""The agency's bill for all rows of a file, posted once where the company has it so (docs/domain.md#vendors)."""

from __future__ import annotations

from django.db import transaction

from agencies.models import AgencyImport
from agencies.rules.fields import CATEGORIES
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_count
from ledger.chart import Category
from ledger.vendors.models import VendorBill
from ledger.vendors.services.bills import BillLine, enter_bill


@joins_transaction
def enter_agency_bill(*, actor: Actor, received: AgencyImport) -> None:
    """Enter the bill that the file is, for every row that it has, joined or not; or note why there is none.

    The same number with the same amount is the bill that is there already.
    """
    if received.vendor is None or received.bill_id is not None:
        return
    bill: VendorBill | None = None
    message = _why_none(actor, received)
    if not message:
        try:
            with transaction.atomic():
                bill = _find(actor, received) or _enter(actor, received)
        except Refusal as refusal:
            message = refusal.message
        if bill is not None and bill.amount != received.amount:
            message = (
                f"Bill {bill.number} is there already with {format_amount(bill.amount)}; the file says "
                f"{format_amount(received.amount)}."
            )
            bill = None
    received.bill, received.bill_message = bill, message[:300]
    received.save(update_fields=["bill", "bill_message"])


def _why_none(actor: Actor, received: AgencyImport) -> str:
    assert received.vendor is not None
    if not actor.company.posts_agency_bills:
        return "The company does not post agencies' bills with their files: that is one of its settings."
    if received.failed_lines:
        return f"The bill cannot be added up: of the file {format_count(received.failed_lines, 'line')} cannot be read."
    if received.vendor.currency != actor.company.base_currency:
        return f"{received.vendor} bills in {received.vendor.currency}: enter its bill by itself."
    if not received.amount:
        return "The file comes to 0.00: there is nothing to bill."
    return ""


def _find(actor: Actor, received: AgencyImport) -> VendorBill | None:
    bills = VendorBill.objects.filter(
        company_id=actor.company_id, vendor=received.vendor_id, number__iexact=received.bill_number
    )
    return bills.exclude(status=VendorBill.Status.VOIDED).first()


def _enter(actor: Actor, received: AgencyImport) -> VendorBill:
    assert received.vendor_id is not None
    return enter_bill(
        actor=actor,
        vendor_id=received.vendor_id,
        number=received.bill_number,
        issue_date=received.bill_date or today(actor.company),
        lines=[BillLine(received.amount, Category(CATEGORIES[received.kind]))],
        description=f"{received} ({format_count(received.total_lines, 'line')})"[:200],
    )
