"""What events of payments are called in the journal, and whose they are."""

from __future__ import annotations

from typing import Final

PAYMENT: Final = "payments.payment"
ALLOCATION: Final = "payments.allocation"
REFUND: Final = "payments.refund"
CREDIT_MEMO: Final = "payments.credit_memo"
# A match of a receipt is its payment's, not the receipt's: one that was taken back may be matched again.
MATCH: Final = "payments.receipt_match"

RETURN: Final = "payments.return"
DEPOSIT_GIVEN_BACK: Final = "deposit_given_back"

PAYMENT_RECEIVED: Final = "payment_received"
PAYMENT_VOIDED: Final = "payment_voided"
PAYMENT_RETURNED: Final = "payment_returned"
# The payment did not belong to the customer after all: its money is unidentified again.
PAYMENT_UNMATCHED: Final = "unidentified_unmatched"
ALLOCATION_APPLIED: Final = "allocation_applied"
ALLOCATION_VOIDED: Final = "allocation_voided"
ALLOCATION_REFUNDED: Final = "allocation_refunded"
UNALLOCATED_REFUNDED: Final = "unallocated_refunded"
CREDIT_APPLIED: Final = "credit_applied"
CREDIT_UNAPPLIED: Final = "credit_unapplied"
APPLYING: Final = (ALLOCATION_APPLIED, CREDIT_APPLIED)
"""What an allocation's own entry is called, of a payment and of a credit memo."""
