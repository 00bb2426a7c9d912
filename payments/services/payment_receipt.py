"""The receipt of any payment: what was received, what it paid, what is left; also as it once stood.

Every figure comes from the journal's entries, so that `known_at` and now are the same arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.files.exports.pdf import render_pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, format_amount, sum_of
from ledger.chart import Category
from payments import postings
from payments.errors import PaymentNotFound
from payments.models import Payment
from payments.rules.methods import method_label

# Every entry of the payment: those on its unallocated cash, and the refunds of what it applied.
_ENTRIES: Final = """
with mine as (
  select p.entry_id from ledger_postings p where p.company_id = %(company)s::uuid and p.payment_id = %(payment)s::uuid
  union
  select e.id from payment_refunds r
  join ledger_entries e
    on e.company_id = r.company_id and e.source_type = 'payments.refund' and e.source_id = r.id::text
  where r.company_id = %(company)s::uuid and r.payment_id = %(payment)s::uuid
)
select e.event, e.posted_at, e.effective_on, e.reason, coalesce(r.allocation_id, case
    when e.source_type = 'payments.allocation' then e.source_id::uuid end),
  coalesce(sum(p.amount) filter (where p.payment_id is not null), 0.00),
  coalesce(sum(p.amount) filter (where p.obligation_id is not null), 0.00),
  coalesce(-sum(p.amount) filter (where a.code like 'cash:%%'), 0.00)
from mine m
join ledger_entries e on e.company_id = %(company)s::uuid and e.id = m.entry_id
join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
left join payment_refunds r on r.company_id = e.company_id and r.payment_id = %(payment)s::uuid
  and r.id = case when e.source_type = 'payments.refund' then e.source_id::uuid end
where %(known_at)s::timestamptz is null or e.posted_at <= %(known_at)s::timestamptz
group by e.company_id, e.id, r.company_id, r.id
order by e.posted_at, e.id
"""
_ALLOCATIONS: Final = """
select a.id, a.operation_id, a.allocation_date, a.amount, a.discount_amount, a.discount_percent, a.notes,
  o.id, o.category, o.reference_id, o.description, o.due_date, o.original, i.id, i.number
from payment_allocations a
join ledger_obligations o on o.company_id = a.company_id and o.id = a.obligation_id
left join invoices i on i.company_id = a.company_id and i.obligation_id = o.id
where a.company_id = %(company)s::uuid and a.payment_id = %(payment)s::uuid
order by a.id
"""


@dataclass(slots=True)
class ReceiptLine:
    """One allocation: the cash it took and the discount it gave, and what of both went back since."""

    id: UUID
    operation_id: UUID
    allocation_date: date
    amount: Decimal
    discount: Decimal
    percent: Decimal
    notes: str
    obligation_id: UUID
    category: str
    reference_id: str
    description: str
    due_date: date
    original: Decimal
    invoice_id: UUID | None
    invoice_number: str | None
    is_posted: bool = False
    refunded: Decimal = ZERO
    refunded_discount: Decimal = ZERO
    voided_at: datetime | None = None
    reason: str = ""

    @property
    def cash(self) -> Decimal:
        """What it took of the payment."""
        return self.amount - self.discount

    @property
    def live_cash(self) -> Decimal:
        """What of its cash still pays the debt."""
        return ZERO if self.voided_at else self.cash - self.refunded

    @property
    def live_discount(self) -> Decimal:
        """The part of its discount that still counts."""
        return ZERO if self.voided_at else self.discount - self.refunded_discount

    @property
    def status(self) -> str:
        """`active`, `partially_refunded`, `refunded`, `voided`."""
        if self.voided_at:
            return "voided"
        if self.refunded == 0:
            return "active"
        return "refunded" if self.refunded == self.cash else "partially_refunded"


@dataclass(slots=True)
class PaymentReceipt:
    """A payment with its allocations, as it stood at `known_at` (now without it)."""

    payment: Payment
    known_at: datetime | None
    lines: list[ReceiptLine] = field(default_factory=list)
    unallocated: Decimal = ZERO
    refunded: Decimal = ZERO
    voided_at: datetime | None = None
    void_reason: str = ""

    @property
    def allocated(self) -> Decimal:
        """The cash that pays debts, net of refunds."""
        return sum_of(line.live_cash for line in self.lines)

    @property
    def discount(self) -> Decimal:
        """The discount that still counts."""
        return sum_of(line.live_discount for line in self.lines)

    @property
    def status(self) -> str:
        """`posted` or `voided`."""
        return "voided" if self.voided_at else "posted"


def read_payment_receipt(
    *, actor: Actor, payment_id: UUID, known_at: datetime | None = None
) -> PaymentReceipt:
    """The receipt of a payment, with `known_at` as it stood then; three statements.

    Needs `payments.view`. Raises PaymentNotFound (404), also for an instant before the payment was recorded.
    """
    actor.require("payments.view")
    payment = (
        Payment.objects.select_related("customer").filter(company_id=actor.company_id, id=payment_id).first()
    )
    if payment is None:
        raise PaymentNotFound(f"There is no payment {payment_id}.")
    parameters = {"company": actor.company_id, "payment": payment_id, "known_at": known_at}
    with connection.cursor() as cursor:
        cursor.execute(_ALLOCATIONS, parameters)
        receipt = PaymentReceipt(payment, known_at, [ReceiptLine(*row) for row in cursor.fetchall()])
        cursor.execute(_ENTRIES, parameters)
        entries = cursor.fetchall()
    if not entries:
        raise PaymentNotFound(f"There was no payment {payment_id} at that instant.")
    _take_entries(receipt, entries)
    return receipt


def receipt_document(*, actor: Actor, receipt: PaymentReceipt) -> dict[str, Any]:
    """The receipt in its guide's structure, with what was added since; one statement, for the letterhead."""
    payment, customer = receipt.payment, receipt.payment.customer
    settings = letterhead(actor=actor)["settings"]
    return {
        "receipt_number": payment.receipt_number,
        "status": receipt.status,
        "voided": receipt.voided_at is not None,
        "voided_at": receipt.voided_at,
        "void_reason": receipt.void_reason,
        "known_at": receipt.known_at,
        "company_details": {
            "name": actor.company.name,
            "address": settings.address,
            "phone": settings.phone,
            "email": settings.email,
        },
        "customer_details": {
            "id": customer.id,
            "name": customer.name,
            "email": customer.email,
            "phone": customer.phone,
            "address": customer.address,
            "external_reference": customer.external_reference,
        },
        "payment_details": {
            "payment_id": payment.id,
            "payment_number": payment.number,
            "payment_date": payment.payment_date,
            "payment_method": payment.method,
            "payment_method_label": method_label(payment.method),
            "reference_number": payment.reference_number,
            "currency": payment.currency,
            "notes": payment.notes,
            "case_no": payment.case_no,
            "received_by": payment.cashier,
            "recorded_at": payment.created_at,
        },
        "amount_summary": {
            "payment_amount": payment.amount,
            "total_allocated": receipt.allocated,
            "total_discount_applied": receipt.discount,
            "total_refunded": receipt.refunded,
            "remaining_amount": receipt.unallocated,
        },
        "allocations": [_as_json(line) for line in receipt.lines],
    }


def receipt_html_context(*, actor: Actor, receipt: PaymentReceipt) -> dict[str, Any]:
    """What `pdf/payment_receipt.html` prints."""
    payment = receipt.payment
    zone = ZoneInfo(actor.company.time_zone)
    return {
        "title": f"Receipt {payment.receipt_number}",
        "payment": payment,
        "customer": payment.customer,
        "customer_lines": [line.strip() for line in payment.customer.address.splitlines() if line.strip()],
        "receipt": receipt,
        "lines": [_as_printed(line) for line in receipt.lines],
        "method": method_label(payment.method),
        "total": format_amount(payment.amount),
        "allocated": format_amount(receipt.allocated),
        "discount": format_amount(receipt.discount) if receipt.discount else "",
        "refunded": format_amount(receipt.refunded) if receipt.refunded else "",
        "remaining": format_amount(receipt.unallocated),
        "settled": format_amount(receipt.allocated + receipt.discount),
        "recorded_at": _local(payment.created_at, zone),
        "voided_at": _local(receipt.voided_at, zone),
        "known_at": _local(receipt.known_at, zone),
        **letterhead(actor=actor),
    }


def receipt_pdf(*, actor: Actor, receipt: PaymentReceipt) -> bytes:
    """The receipt as a PDF. Raises PdfUnavailable (501)."""
    return render_pdf(
        "pdf/payment_receipt.html", receipt_html_context(actor=actor, receipt=receipt), actor=actor
    )


def _take_entries(receipt: PaymentReceipt, entries: Sequence[tuple[Any, ...]]) -> None:
    """Let every entry that was known do to the receipt what it did to the payment."""
    lines = {line.id: line for line in receipt.lines}
    for event, posted_at, effective_on, reason, allocation_id, cash, receivable, paid_out in entries:
        receipt.unallocated -= cash
        if event in (postings.PAYMENT_VOIDED, postings.PAYMENT_UNMATCHED):
            receipt.voided_at, receipt.void_reason = posted_at, reason
        if event in (postings.ALLOCATION_REFUNDED, postings.UNALLOCATED_REFUNDED):
            receipt.refunded += paid_out
        line = lines.get(allocation_id)
        if line is None:
            continue
        if event == postings.ALLOCATION_APPLIED:
            line.is_posted, line.allocation_date = True, effective_on
        elif event == postings.ALLOCATION_VOIDED:
            line.voided_at, line.reason = posted_at, reason
        elif event == postings.ALLOCATION_REFUNDED:
            line.refunded += paid_out
            line.refunded_discount += receivable - paid_out
            line.reason = reason
    receipt.lines = [line for line in receipt.lines if line.is_posted]


def _as_json(line: ReceiptLine) -> dict[str, Any]:
    return {
        "allocation_id": line.id,
        "operation_id": line.operation_id,
        "invoice_id": line.invoice_id,
        "invoice_number": line.invoice_number,
        "obligation_id": line.obligation_id,
        "category": Category(line.category).label,
        "reference_id": line.reference_id,
        "description": line.description,
        "due_date": line.due_date,
        "allocation_date": line.allocation_date,
        "original_amount": line.original,
        "amount": line.amount,
        "discount_amount": line.discount,
        "discount_percent": line.percent,
        "allocated_amount": line.cash,
        "refunded_amount": line.refunded,
        "status": line.status,
        "voided_at": line.voided_at,
        "reason": line.reason,
        "notes": line.notes,
    }


def _as_printed(line: ReceiptLine) -> dict[str, Any]:
    return {
        "number": line.invoice_number or line.reference_id,
        "category": Category(line.category).label,
        "due_date": line.due_date,
        "allocation_date": line.allocation_date,
        "original": format_amount(line.original),
        "discount": format_amount(line.discount) if line.discount else "",
        "percent": f"{line.percent.normalize():f}" if line.discount else "",
        "cash": format_amount(line.cash),
        "refunded": format_amount(line.refunded) if line.refunded else "",
        "status": "" if line.status == "active" else line.status.replace("_", " "),
        "undone": line.status in ("voided", "refunded"),
        "reason": line.reason,
    }


def _local(instant: datetime | None, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%B %-d, %Y at %-I:%M %p") if instant else ""
