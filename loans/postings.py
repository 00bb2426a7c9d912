"""Which entries hand a loan over, and take that back (docs/domain.md#hand-over)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from ledger import chart
from ledger.postings import EntryDraft, Leg


def loan_handed_over(
    *,
    event: str,
    entry_id: UUID,
    source_type: str,
    loan_id: UUID,
    amount: Decimal,
    currency: str,
    paid_from: Leg,
    on: date,
    customer_id: UUID,
    lease_id: int,
    case_no: str,
) -> EntryDraft:
    """Debit disbursements payable, credit what it is paid from: payments in transit, or a drawer."""
    return EntryDraft(
        id=entry_id,
        event=event,
        source_type=source_type,
        source_id=str(loan_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        legs=(Leg(chart.DISBURSEMENTS_PAYABLE, amount), paid_from),
    )


def hand_over_stopped(
    *,
    event: str,
    entry_id: UUID,
    reverses: UUID,
    source_type: str,
    loan_id: UUID,
    amount: Decimal,
    currency: str,
    back_to: Leg,
    on: date,
    customer_id: UUID,
    lease_id: int,
    case_no: str,
    reason: str,
) -> EntryDraft:
    """Debit payments in transit, credit disbursements payable: the check is not cashed any more."""
    return EntryDraft(
        id=entry_id,
        event=event,
        source_type=source_type,
        source_id=str(loan_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        reason=reason,
        reverses=reverses,
        is_full_reversal=True,
        legs=(Leg(chart.DISBURSEMENTS_PAYABLE, -amount), back_to),
    )
