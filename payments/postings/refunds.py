"""Which entry pays money back to a customer.

Rule: docs/domain.md#bookings.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from ledger import chart
from ledger.postings import EntryDraft, Leg
from payments.postings.events import ALLOCATION_REFUNDED, REFUND, UNALLOCATED_REFUNDED
from payments.postings.lines import legs_of


def allocation_refunded(
    *,
    refund_id: UUID,
    operation_id: UUID,
    obligation_id: UUID,
    category: str,
    entry_id: UUID,
    paid: Leg,
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
    """Debit the receivable (refund and its discount share), credit what it is paid from and discounts allowed (share).

    `paid` is the line of `ledger.treasury.services.paying`, for the cash.
    """
    return EntryDraft(
        id=entry_id,
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
        legs=(
            Leg(chart.receivable(category), cash + discount, obligation_id=obligation_id),
            paid,
            *legs_of((chart.DISCOUNTS_ALLOWED, -discount, {})),
        ),
    )


def unallocated_refunded(
    *,
    refund_id: UUID,
    payment_id: UUID,
    entry_id: UUID,
    paid: Leg,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reason: str,
    case_no: str = "",
) -> EntryDraft:
    """Debit unallocated cash, credit what it is paid from."""
    return EntryDraft(
        id=entry_id,
        event=UNALLOCATED_REFUNDED,
        source_type=REFUND,
        source_id=str(refund_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        reason=reason,
        legs=(Leg(chart.UNALLOCATED_CASH, amount, payment_id=payment_id), paid),
    )
