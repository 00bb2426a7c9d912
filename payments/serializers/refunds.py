"""The refunds of a payment as JSON."""

from __future__ import annotations

from typing import Any

from batconnect.core.api.answers import Answer, Choice, Id, Instant, Listed, Money, Text
from batconnect.core.models import Approval
from payments.services.refund_list import CAME_BACK, ListedRefund, RefundsOfPayment


class ListedRefundRow(Answer):
    """A refund that was posted, came back from the bank, waits for a second person, or was rejected."""

    refund_id = Id("b6", null=True)
    refund_request_id = Id(null=True)
    payment_id = Id()
    allocation_id = Id("b4", null=True)
    amount = Money("10.00")
    discount_amount = Money("0.20")
    currency = Text("USD")
    status = Choice(["posted", CAME_BACK, *Approval.Status.values])
    reason = Text("Partial refund")
    requested_by = Text("Mara")
    requested_at = Instant()
    decided_by = Text()
    decided_at = Instant(null=True)
    decision_reason = Text()
    refunded_at = Instant(null=True)


class PaymentRefunds(Answer):
    """The refunds of a payment, oldest first."""

    payment_id = Id()
    payment_number = Text("PAY-2025-001")
    payment_amount = Money("1000.00")
    total_refunded = Money("10.00")
    reserved_amount = Money()
    refunds = Listed(ListedRefundRow)


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
