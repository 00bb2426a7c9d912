"""Which entry applies a payment or a credit memo to an obligation, or takes that back.

Rule: docs/domain.md#bookings.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from ledger import chart
from ledger.postings import EntryDraft, Leg
from payments.postings.events import (
    ALLOCATION,
    ALLOCATION_APPLIED,
    ALLOCATION_VOIDED,
    CREDIT_APPLIED,
    CREDIT_UNAPPLIED,
)
from payments.postings.lines import legs_of


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
        legs=legs_of(
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
        legs=legs_of(
            (chart.receivable(category), cash + discount, {"obligation_id": obligation_id}),
            (chart.UNALLOCATED_CASH, -cash, {"payment_id": payment_id}),
            (chart.DISCOUNTS_ALLOWED, -discount, {}),
        ),
    )


def credit_applied(
    *,
    allocation_id: UUID,
    operation_id: UUID,
    memo_id: UUID,
    obligation_id: UUID,
    category: str,
    amount: Decimal,
    currency: str,
    allocation_date: date,
    customer_id: UUID,
    lease_id: int | None,
    case_no: str = "",
) -> EntryDraft:
    """Debit customer credits, credit the receivable."""
    return EntryDraft(
        event=CREDIT_APPLIED,
        source_type=ALLOCATION,
        source_id=str(allocation_id),
        currency=currency,
        effective_on=allocation_date,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=operation_id,
        case_no=case_no,
        legs=(
            Leg(chart.CUSTOMER_CREDITS, amount, item_id=memo_id),
            Leg(chart.receivable(category), -amount, obligation_id=obligation_id),
        ),
    )


def credit_unapplied(
    *,
    allocation_id: UUID,
    operation_id: UUID,
    memo_id: UUID,
    obligation_id: UUID,
    category: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reverses: UUID,
    reason: str,
    case_no: str = "",
) -> EntryDraft:
    """Debit the receivable, credit customer credits: the application is taken back."""
    return EntryDraft(
        event=CREDIT_UNAPPLIED,
        source_type=ALLOCATION,
        source_id=str(allocation_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=operation_id,
        reverses=reverses,
        is_full_reversal=True,
        case_no=case_no,
        reason=reason,
        legs=(
            Leg(chart.receivable(category), amount, obligation_id=obligation_id),
            Leg(chart.CUSTOMER_CREDITS, -amount, item_id=memo_id),
        ),
    )
