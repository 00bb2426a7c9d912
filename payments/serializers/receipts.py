"""Receipts as JSON: of an interim payment as it was handed out, and of any payment as it stands or stood."""

from __future__ import annotations

from typing import Any

from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.kernel.actors import Actor
from payments.rules.methods import method_label
from payments.services.receipts import Receipt, ReceiptLine


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
        "status": "voided" if receipt.is_voided else "posted",
        "voided": receipt.is_voided,
        "voided_at": receipt.voided_at,
        "void_reason": receipt.void_reason,
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
