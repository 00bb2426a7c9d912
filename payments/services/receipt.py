"""The receipt of an interim payment: what the driver is handed, and what became of it since.

Rule: docs/domain.md#interim-payments.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from batconnect.core.files.exports.pdf import render_pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount, sum_of
from batconnect.core.models import CompanySettings
from payments.errors import PaymentNotFound
from payments.models import Allocation, Payment
from payments.querysets import allocations_of, interim_payment
from payments.rules.methods import method_label
from payments.services.interim import EXCESS_TO_LEASE

EXCESS_NOTE: Final = "excess to Lease"
_PNG: Final = b"\x89PNG\r\n"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One allocation: what it paid of which debt, and what that debt owed just after it."""

    category: str
    reference_id: str
    description: str
    due_date: date
    amount: Decimal
    balance_after: Decimal
    note: str
    status: str
    applied_on: date

    @property
    def is_live(self) -> bool:
        """Whether anything of it still counts."""
        return self.status not in ("Voided", "Refunded")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it is printed: `lines` and `unallocated` as posted, so that they sum to the payment;
    `later` what was applied from the rest since, `unallocated_now` what is left of it today."""

    payment: Payment
    lines: tuple[ReceiptLine, ...]
    later: tuple[ReceiptLine, ...]
    unallocated: Decimal

    @property
    def allocated(self) -> Decimal:
        """What was applied when the payment was posted."""
        return sum_of(line.amount for line in self.lines)

    @property
    def is_voided(self) -> bool:
        return self.payment.status == Payment.Status.VOIDED


def read_receipt(*, actor: Actor, number: str) -> Receipt:
    """The receipt of the interim payment; two statements. Raises PaymentNotFound (404)."""
    actor.require("payments.view")
    payment = interim_payment(company_id=actor.company_id, number=number)
    if payment is None:
        raise PaymentNotFound(f"There is no interim payment {number[:40]}.")
    return receipt_of(payment, allocations_of(payment))


def receipt_of(payment: Payment, allocations: Sequence[Allocation]) -> Receipt:
    """The receipt from the payment and all its allocations, oldest first."""
    first = allocations[0].operation_id if allocations else None
    lines = tuple(_line(each) for each in allocations if each.operation_id == first)
    later = tuple(_line(each) for each in allocations if each.operation_id != first)
    return Receipt(payment, lines, later, payment.amount - sum_of(line.amount for line in lines))


def receipt_document(*, actor: Actor, receipt: Receipt) -> dict[str, Any]:
    """The receipt as JSON."""
    payment = receipt.payment
    assert payment.driver is not None
    assert payment.lease is not None
    settings = _branding(actor)
    return {
        "receipt_number": payment.receipt_number,
        "payment_id": payment.number,
        "status": payment.get_status_display(),
        "voided": receipt.is_voided,
        "voided_at": payment.voided_at,
        "void_reason": payment.void_reason,
        "company": {
            "name": actor.company.name,
            "address": settings.address,
            "phone": settings.phone,
            "email": settings.email,
        },
        "driver": {
            "id": payment.driver.pk,
            "driver_id": payment.driver.driver_id,
            "full_name": payment.customer.name,
            "tlc_license": payment.driver.tlc_license,
        },
        "lease_id": payment.lease.lease_id,
        "lease_id_pk": payment.lease.pk,
        "medallion_no": payment.lease.medallion.medallion_no,
        "case_no": payment.case_no,
        "payment_date": payment.payment_date,
        "issued_at": payment.created_at,
        "cashier": payment.cashier,
        "payment_method": method_label(payment.method),
        "reference_number": payment.reference_number,
        "notes": payment.notes,
        "currency": payment.currency,
        "allocations": [_as_json(line) for line in receipt.lines],
        "total_allocated": receipt.allocated,
        "unallocated_amount": receipt.unallocated,
        "total_amount": payment.amount,
        "applied_later": [_as_json(line) for line in receipt.later],
        "unallocated_now": payment.unallocated,
    }


def receipt_pdf(*, actor: Actor, receipt: Receipt) -> bytes:
    """The receipt as a PDF of one page (more when the break-up is long). Raises PdfUnavailable (501)."""
    payment = receipt.payment
    settings = _branding(actor)
    zone = ZoneInfo(actor.company.time_zone)
    return render_pdf(
        "pdf/receipt.html",
        {
            "title": f"Receipt {payment.receipt_number}",
            "receipt": receipt,
            "payment": payment,
            "lines": [_as_printed(line) for line in receipt.lines],
            "later": [_as_printed(line) for line in receipt.later],
            "unallocated": format_amount(receipt.unallocated) if receipt.unallocated else "",
            "total": format_amount(payment.amount),
            "method": method_label(payment.method),
            "company": actor.company,
            "settings": settings,
            "logo": _data_uri(settings.logo),
            "address_lines": [line for line in settings.address.splitlines() if line.strip()],
            "issued_at": _local(payment.created_at, zone),
            "voided_at": _local(payment.voided_at, zone),
        },
        actor=actor,
    )


def _line(allocation: Allocation) -> ReceiptLine:
    obligation = allocation.obligation
    return ReceiptLine(
        category=obligation.get_category_display(),
        reference_id=obligation.reference_id,
        description=obligation.description,
        due_date=obligation.due_date,
        amount=allocation.amount,
        balance_after=allocation.outstanding_after,
        note=EXCESS_NOTE if allocation.strategy == EXCESS_TO_LEASE else "",
        status=allocation.get_status_display(),
        applied_on=allocation.allocation_date,
    )


def _as_json(line: ReceiptLine) -> Mapping[str, Any]:
    return {
        "category": line.category,
        "reference_id": line.reference_id,
        "description": line.description,
        "due_date": line.due_date,
        "amount": line.amount,
        "balance_after": line.balance_after,
        "note": line.note,
        "status": line.status,
        "allocation_date": line.applied_on,
    }


def _as_printed(line: ReceiptLine) -> Mapping[str, Any]:
    return {
        "category": line.category,
        "reference_id": line.reference_id,
        "due_date": line.due_date,
        "applied_on": line.applied_on,
        "amount": format_amount(line.amount),
        "balance": format_amount(line.balance_after),
        "note": line.note,
        "status": line.status,
        "undone": not line.is_live,
    }


def _branding(actor: Actor) -> CompanySettings:
    return CompanySettings.objects.get(company_id=actor.company_id)


def _data_uri(logo: bytes | memoryview | None) -> str:
    """The logo inside the document: PDFs fetch nothing."""
    if not logo:
        return ""
    content = bytes(logo)
    kind = "png" if content.startswith(_PNG) else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _local(instant: datetime | None, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%B %-d, %Y at %-I:%M %p") if instant else ""
