"""The refunds of a payment as JSON."""

from __future__ import annotations

from typing import Any

from payments.services.refund_list import ListedRefund, RefundsOfPayment


def refunds_document(refunds: RefundsOfPayment) -> dict[str, Any]:
    """The list with the payment's own figures."""
    payment = refunds.payment
    return {
        "payment_id": payment.id,
        "payment_number": payment.number,
        "payment_amount": payment.amount,
        "total_refunded": payment.refunded,
        "reserved_amount": payment.reserved,
        "refunds": [_row(each, refunds) for each in refunds.refunds],
    }


def _row(refund: ListedRefund, refunds: RefundsOfPayment) -> dict[str, Any]:
    return {
        "refund_id": refund.id,
        "refund_request_id": refund.request_id,
        "payment_id": refunds.payment.id,
        "allocation_id": refund.allocation_id,
        "amount": refund.amount,
        "discount_amount": refund.discount,
        "currency": refunds.payment.currency,
        "status": refund.status,
        "reason": refund.reason,
        "requested_by": refund.requested_by,
        "requested_at": refund.requested_at,
        "decided_by": refund.decided_by,
        "decided_at": refund.decided_at,
        "decision_reason": refund.decision_reason,
        "refunded_at": refund.refunded_at,
    }
