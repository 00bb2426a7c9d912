"""Which entry a payment's event makes (docs/domain.md#bookings).

Pure: from an event to a balanced draft. Lines on unallocated cash name the payment, lines on a receivable the
obligation. Cash, discount and gross amounts are Decimals with two places in the draft's currency.
"""

from payments.postings.applications import (
    allocation_applied,
    allocation_voided,
    credit_applied,
    credit_unapplied,
)
from payments.postings.events import (
    ALLOCATION,
    ALLOCATION_APPLIED,
    ALLOCATION_REFUNDED,
    ALLOCATION_VOIDED,
    APPLYING,
    CREDIT_APPLIED,
    CREDIT_MEMO,
    CREDIT_UNAPPLIED,
    DEPOSIT_GIVEN_BACK,
    MATCH,
    PAYMENT,
    PAYMENT_RECEIVED,
    PAYMENT_RETURNED,
    PAYMENT_UNMATCHED,
    PAYMENT_VOIDED,
    REFUND,
    RETURN,
    UNALLOCATED_REFUNDED,
)
from payments.postings.receipts import (
    deposit_taken,
    payment_opened,
    payment_received,
    payment_returned,
    payment_voided,
    refund_charged,
)
from payments.postings.refunds import allocation_refunded, unallocated_refunded

__all__ = [
    "ALLOCATION",
    "ALLOCATION_APPLIED",
    "ALLOCATION_REFUNDED",
    "ALLOCATION_VOIDED",
    "APPLYING",
    "CREDIT_APPLIED",
    "CREDIT_MEMO",
    "CREDIT_UNAPPLIED",
    "DEPOSIT_GIVEN_BACK",
    "MATCH",
    "PAYMENT",
    "PAYMENT_RECEIVED",
    "PAYMENT_RETURNED",
    "PAYMENT_UNMATCHED",
    "PAYMENT_VOIDED",
    "REFUND",
    "RETURN",
    "UNALLOCATED_REFUNDED",
    "allocation_applied",
    "allocation_refunded",
    "allocation_voided",
    "credit_applied",
    "credit_unapplied",
    "deposit_taken",
    "payment_opened",
    "payment_received",
    "payment_returned",
    "payment_voided",
    "refund_charged",
    "unallocated_refunded",
]
