"""Which entry a bank line without a customer makes, and what becomes of it (docs/domain.md#bookings)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from ledger import chart
from ledger.postings import EntryDraft, Leg
from payments.postings import MATCH, PAYMENT_UNMATCHED

RECEIPT: Final = "payments.unidentified_receipt"
RECEIVED: Final = "unidentified_received"
MATCHED: Final = "unidentified_matched"
UNMATCHED: Final = PAYMENT_UNMATCHED
VOIDED: Final = "unidentified_voided"


def unidentified_received(
    *, receipt_id: UUID, method: str, amount: Decimal, currency: str, payment_date: date, operation_id: UUID
) -> EntryDraft:
    """Debit the method's cash, credit unidentified receipts."""
    return EntryDraft(
        event=RECEIVED,
        source_type=RECEIPT,
        source_id=str(receipt_id),
        currency=currency,
        effective_on=payment_date,
        operation_id=operation_id,
        legs=(Leg(chart.cash(method), amount), Leg(chart.UNIDENTIFIED_RECEIPTS, -amount)),
    )


def unidentified_matched(
    *, payment_id: UUID, amount: Decimal, currency: str, on: date, customer_id: UUID
) -> EntryDraft:
    """Debit unidentified receipts, credit the payment's unallocated cash."""
    return EntryDraft(
        event=MATCHED,
        source_type=MATCH,
        source_id=str(payment_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        legs=(
            Leg(chart.UNIDENTIFIED_RECEIPTS, amount),
            Leg(chart.UNALLOCATED_CASH, -amount, payment_id=payment_id),
        ),
    )


def unidentified_unmatched(
    *,
    payment_id: UUID,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    reverses: UUID,
    reason: str,
) -> EntryDraft:
    """Debit the payment's unallocated cash, credit unidentified receipts: it was not the customer's money."""
    return EntryDraft(
        event=UNMATCHED,
        source_type=MATCH,
        source_id=str(payment_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        reverses=reverses,
        is_full_reversal=True,
        reason=reason,
        legs=(
            Leg(chart.UNALLOCATED_CASH, amount, payment_id=payment_id),
            Leg(chart.UNIDENTIFIED_RECEIPTS, -amount),
        ),
    )


def unidentified_voided(
    *,
    receipt_id: UUID,
    method: str,
    amount: Decimal,
    currency: str,
    on: date,
    reverses: UUID,
    reason: str,
    operation_id: UUID,
) -> EntryDraft:
    """Debit unidentified receipts, credit the method's cash: the line should not have been taken."""
    return EntryDraft(
        event=VOIDED,
        source_type=RECEIPT,
        source_id=str(receipt_id),
        currency=currency,
        effective_on=on,
        reverses=reverses,
        is_full_reversal=True,
        reason=reason,
        operation_id=operation_id,
        legs=(Leg(chart.UNIDENTIFIED_RECEIPTS, amount), Leg(chart.cash(method), -amount)),
    )
