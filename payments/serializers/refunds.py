"""The refunds of a payment as JSON."""

from __future__ import annotations

from typing import Any

from payments.services.refund_list import ListedRefund, RefundsOfPayment


def refunds_document(found: RefundsOfPayment) -> dict[str, Any]:
    """The list with the payment's own figures."""
    payment = found.payment
    return {
        "payment_id": payment.id,
        "payment_number": payment.number,
        "payment_amount": payment.amount,
        "total_refunded": payment.refunded,
        "reserved_amount": payment.reserved,
        "refunds": [_row(each, found) for each in found.refunds],
    }


def _row(each: ListedRefund, found: RefundsOfPayment) -> dict[str, Any]:
    return {
        "refund_id": each.id,
        "refund_request_id": each.request_id,
        "payment_id": found.payment.id,
        "allocation_id": each.allocation_id,
        "amount": each.amount,
        "discount_amount": each.discount,
        "currency": found.payment.currency,
        "status": each.status,
        "reason": each.reason,
        "requested_by": each.requested_by,
        "requested_at": each.requested_at,
        "decided_by": each.decided_by,
        "decided_at": each.decided_at,
        "decision_reason": each.decision_reason,
        "refunded_at": each.refunded_at,
    }
