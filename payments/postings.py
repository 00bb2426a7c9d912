"""Which entry a payment's event makes (docs/domain.md#bookings).

Pure: from an event to a balanced draft. Lines on unallocated cash name the payment, lines on a receivable the
obligation. Cash, discount and gross amounts are Decimals with two places in the draft's currency.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.kernel.money import ZERO
from ledger import chart
from ledger.postings import EntryDraft, Leg

PAYMENT: Final = "payments.payment"
ALLOCATION: Final = "payments.allocation"
REFUND: Final = "payments.refund"
# A match of a receipt is its payment's, not the receipt's: one that was taken back may be matched again.
MATCH: Final = "payments.receipt_match"

PAYMENT_RECEIVED: Final = "payment_received"
PAYMENT_VOIDED: Final = "payment_voided"
# The payment did not belong to the customer after all: its money is unidentified again.
PAYMENT_UNMATCHED: Final = "unidentified_unmatched"
ALLOCATION_APPLIED: Final = "allocation_applied"
ALLOCATION_VOIDED: Final = "allocation_voided"
ALLOCATION_REFUNDED: Final = "allocation_refunded"
UNALLOCATED_REFUNDED: Final = "unallocated_refunded"


def payment_received(
    *,
    payment_id: UUID,
    method: str,
    amount: Decimal,
    currency: str,
    payment_date: date,
    customer_id: UUID,
    lease_id: int | None,
    case_no: str = "",
) -> EntryDraft:
    """Debit the method's cash, credit unallocated cash."""
    return EntryDraft(
        event=PAYMENT_RECEIVED,
        source_type=PAYMENT,
        source_id=str(payment_id),
        currency=currency,
        effective_on=payment_date,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        legs=(
            Leg(chart.cash(method), amount),
            Leg(chart.UNALLOCATED_CASH, -amount, payment_id=payment_id),
        ),
    )


def payment_voided(
    *,
    payment_id: UUID,
    method: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reverses: UUID | None,
    reason: str,
    case_no: str = "",
) -> EntryDraft:
    """Debit unallocated cash, credit the method's cash; after all its allocations were voided."""
    return EntryDraft(
        event=PAYMENT_VOIDED,
        source_type=PAYMENT,
        source_id=str(payment_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reverses=reverses,
        is_full_reversal=reverses is not None,
        case_no=case_no,
        reason=reason,
        legs=(
            Leg(chart.UNALLOCATED_CASH, amount, payment_id=payment_id),
            Leg(chart.cash(method), -amount),
        ),
    )


def allocation_applied(
    *,
    allocation_id: UUID,
    operation_id: UUID,
    payment_id: UUID,
    obligation_id: UUID,
    category: str,
    cash: Decimal,
    discount: Decimal,
    currency: str,
    allocation_date: date,
    customer_id: UUID,
    lease_id: int | None,
    case_no: str = "",
) -> EntryDraft:
    """Debit unallocated cash (cash) and discounts allowed (discount), credit the receivable (gross): one entry."""
    return EntryDraft(
        event=ALLOCATION_APPLIED,
        source_type=ALLOCATION,
        source_id=str(allocation_id),
        currency=currency,
        effective_on=allocation_date,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=operation_id,
        case_no=case_no,
        legs=_legs(
            (chart.UNALLOCATED_CASH, cash, {"payment_id": payment_id}),
            (chart.DISCOUNTS_ALLOWED, discount, {}),
            (chart.receivable(category), -(cash + discount), {"obligation_id": obligation_id}),
        ),
    )


def allocation_voided(
    *,
    allocation_id: UUID,
    operation_id: UUID,
    payment_id: UUID,
    obligation_id: UUID,
    category: str,
    cash: Decimal,
    discount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reverses: UUID | None,
    is_full_reversal: bool,
    reason: str,
    case_no: str = "",
) -> EntryDraft:
    """Debit the receivable, credit unallocated cash and discounts allowed, with what refunds left of the allocation."""
    return EntryDraft(
        event=ALLOCATION_VOIDED,
        source_type=ALLOCATION,
        source_id=str(allocation_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=operation_id,
        reverses=reverses,
        is_full_reversal=is_full_reversal,
        case_no=case_no,
        reason=reason,
        legs=_legs(
            (chart.receivable(category), cash + discount, {"obligation_id": obligation_id}),
            (chart.UNALLOCATED_CASH, -cash, {"payment_id": payment_id}),
            (chart.DISCOUNTS_ALLOWED, -discount, {}),
        ),
    )


def allocation_refunded(
    *,
    refund_id: UUID,
    operation_id: UUID,
    obligation_id: UUID,
    category: str,
    method: str,
    cash: Decimal,
    discount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reverses: UUID | None,
    reason: str,
    case_no: str = "",
) -> EntryDraft:
    """Debit the receivable (refund and its discount share), credit the method's cash and discounts allowed (share)."""
    return EntryDraft(
        event=ALLOCATION_REFUNDED,
        source_type=REFUND,
        source_id=str(refund_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=operation_id,
        reverses=reverses,
        case_no=case_no,
        reason=reason,
        legs=_legs(
            (chart.receivable(category), cash + discount, {"obligation_id": obligation_id}),
            (chart.cash(method), -cash, {}),
            (chart.DISCOUNTS_ALLOWED, -discount, {}),
        ),
    )


def unallocated_refunded(
    *,
    refund_id: UUID,
    payment_id: UUID,
    method: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reason: str,
    case_no: str = "",
) -> EntryDraft:
    """Debit unallocated cash, credit the method's cash."""
    return EntryDraft(
        event=UNALLOCATED_REFUNDED,
        source_type=REFUND,
        source_id=str(refund_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        reason=reason,
        legs=(
            Leg(chart.UNALLOCATED_CASH, amount, payment_id=payment_id),
            Leg(chart.cash(method), -amount),
        ),
    )


def _legs(*lines: tuple[str, Decimal, dict[str, Any]]) -> tuple[Leg, ...]:
    """The lines whose amount is not zero: a posting of 0.00 says nothing and is refused."""
    return tuple(Leg(account, amount, **names) for account, amount, names in lines if amount != ZERO)
