"""Receipts as JSON: of an interim payment as it was handed out, and of any payment as it stands or stood."""

from __future__ import annotations

from typing import Any

from batconnect.core.api.answers import (
    Answer,
    Choice,
    Day,
    Flag,
    Id,
    Instant,
    Listed,
    Money,
    Rate,
    Text,
)
from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.kernel.actors import Actor
from batconnect.directory.shapes import NamedDriver, OnLease
from payments.models import Allocation, Payment
from payments.rules.methods import method_label
from payments.services.receipts import Receipt, ReceiptLine


class Letterhead(Answer):
    """The company on a receipt."""

    name = Text("Big Apple Taxi")
    address = Text()
    phone = Text()
    email = Text()


class _ReceiptCustomer(Answer):
    """Who paid."""

    id = Id("c1")
    name = Text("Acme Dispatch")
    email = Text("accounts@acme.example")
    phone = Text()
    address = Text()
    external_reference = Text(null=True)


class _ReceiptPayment(Answer):
    """What was paid, when and how."""

    payment_id = Id()
    payment_number = Text("PAY-2025-001")
    payment_date = Day()
    payment_method = Text("bank_transfer")
    payment_method_label = Text("Bank transfer")
    reference_number = Text("WIRE-4471")
    currency = Text("USD")
    notes = Text("September")
    case_no = Text()
    received_by = Text("Merly")
    recorded_at = Instant()


class _ReceiptSummary(Answer):
    """`total_allocated + total_refunded + remaining_amount = payment_amount`."""

    payment_amount = Money("1000.00")
    total_allocated = Money("980.00")
    total_discount_applied = Money("20.00")
    total_refunded = Money()
    remaining_amount = Money("20.00")


class _ReceiptLine(Answer):
    """One allocation."""

    allocation_id = Id("b4")
    operation_id = Id("b5")
    invoice_id = Id("d1", null=True)
    invoice_number = Text("INV-2025-001", null=True)
    obligation_id = Id("b1")
    category = Text("Invoice")
    reference_id = Text("INV-2025-001")
    description = Text("Invoice obligation from 2025-10-01")
    due_date = Day("2025-10-01")
    allocation_date = Day()
    original_amount = Money("1000.00")
    amount = Money("1000.00")
    discount_amount = Money("20.00")
    discount_percent = Rate("2")
    allocated_amount = Money("980.00")
    refunded_amount = Money()
    status = Choice(Allocation.Status)
    voided_at = Instant(null=True)
    reason = Text()
    notes = Text()


class PaymentReceipt(Answer):
    """The receipt of a payment in its guide's structure."""

    receipt_number = Text("R-PAY-2025-001")
    status = Choice(Payment.Status, "posted")
    voided = Flag()
    voided_at = Instant(null=True)
    void_reason = Text()
    total_returned = Money()
    known_at = Instant(null=True)
    company_details = Letterhead()
    customer_details = _ReceiptCustomer()
    payment_details = _ReceiptPayment()
    amount_summary = _ReceiptSummary()
    allocations = Listed(_ReceiptLine)


class _InterimReceiptLine(Answer):
    """One allocation."""

    category = Text("Lease")
    reference_id = Text("MED-102-LS-08")
    description = Text("Lease obligation from 2024-10-20")
    due_date = Day("2024-10-20")
    amount = Money("600.00")
    balance_after = Money()
    note = Text()
    status = Choice(Allocation.Status.labels)
    allocation_date = Day()


class InterimReceipt(OnLease):
    """The receipt of an interim payment."""

    receipt_number = Text("R-INTPAY-2025-00012")
    payment_id = Text("INTPAY-2025-00012")
    status = Choice(Payment.Status.labels, "Posted")
    voided = Flag()
    voided_at = Instant(null=True)
    void_reason = Text()
    company = Letterhead()
    driver = NamedDriver()
    case_no = Text("INTPAY000123")
    payment_date = Day()
    issued_at = Instant()
    cashier = Text("Merly")
    payment_method = Text("ACH")
    reference_number = Text()
    notes = Text("Partial payment for repairs and lease.")
    currency = Text("USD")
    allocations = Listed(_InterimReceiptLine)
    total_allocated = Money("600.00")
    unallocated_amount = Money()
    total_amount = Money("600.00")
    applied_later = Listed(_InterimReceiptLine, [])
    unallocated_now = Money()


def interim_receipt_document(*, actor: Actor, receipt: Receipt) -> dict[str, Any]:
    """The receipt of an interim payment: `allocations` and `unallocated_amount` as posted, so that they sum to the
    payment; `applied_later` what was applied from the rest since. One statement, for the letterhead."""
    payment = receipt.payment
    assert payment.driver is not None
    assert payment.lease is not None
    return {
        "receipt_number": payment.receipt_number,
        "payment_id": payment.number,
        "status": payment.get_status_display(),
        "voided": receipt.is_voided,
        "voided_at": payment.voided_at,
        "void_reason": payment.void_reason,
        "company": _company(actor),
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
        "allocations": [_interim_line(line) for line in receipt.at_once],
        "total_allocated": receipt.applied_at_once,
        "unallocated_amount": receipt.kept,
        "total_amount": payment.amount,
        "applied_later": [_interim_line(line) for line in receipt.later],
        "unallocated_now": payment.unallocated,
    }


def payment_receipt_document(*, actor: Actor, receipt: Receipt) -> dict[str, Any]:
    """The receipt in its guide's structure, with what was added since; one statement, for the letterhead."""
    payment, customer = receipt.payment, receipt.payment.customer
    return {
        "receipt_number": payment.receipt_number,
        "status": receipt.status.value,
        "voided": receipt.is_voided,
        "voided_at": receipt.voided_at,
        "void_reason": receipt.void_reason,
        "total_returned": receipt.returned,
        "known_at": receipt.known_at,
        "company_details": _company(actor),
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
        "allocations": [_payment_line(line) for line in receipt.lines],
    }


def _company(actor: Actor) -> dict[str, str]:
    settings = letterhead(actor=actor)["settings"]
    return {
        "name": actor.company.name,
        "address": settings.address,
        "phone": settings.phone,
        "email": settings.email,
    }


def _interim_line(line: ReceiptLine) -> dict[str, Any]:
    return {
        "category": line.category,
        "reference_id": line.reference_id,
        "description": line.description,
        "due_date": line.due_date,
        "amount": line.amount,
        "balance_after": line.balance_after,
        "note": line.note,
        "status": line.status.label,
        "allocation_date": line.allocation_date,
    }


def _payment_line(line: ReceiptLine) -> dict[str, Any]:
    return {
        "allocation_id": line.id,
        "operation_id": line.operation_id,
        "invoice_id": line.invoice_id,
        "invoice_number": line.invoice_number,
        "obligation_id": line.obligation_id,
        "category": line.category,
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
        "status": line.status.value,
        "voided_at": line.voided_at,
        "reason": line.reason,
        "notes": line.notes,
    }
