"""Which entry opens a document, and which lowers it (docs/domain.md#bookings); installments are raised in sets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from ledger.postings import EntryDraft, Leg


def document_opened(
    *,
    event: str,
    source_type: str,
    document_id: UUID,
    advances: str,
    against: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    case_no: str = "",
    operation_id: UUID | None = None,
) -> EntryDraft:
    """Debit the account `advances`, where what is not yet due stands; credit `against`: disbursements payable, what the
    company earns by it, or opening balances."""
    return EntryDraft(
        event=event,
        source_type=source_type,
        source_id=str(document_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        operation_id=operation_id,
        legs=(Leg(advances, amount), Leg(against, -amount)),
    )


def document_adjusted(
    *,
    event: str,
    source_type: str,
    document_id: UUID,
    advances: str,
    against: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    reason: str,
    case_no: str = "",
) -> EntryDraft:
    """Take back a part of what opened a document: debit what the opening credited, credit what is not yet due."""
    return EntryDraft(
        event=event,
        source_type=source_type,
        source_id=str(document_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        reason=reason,
        legs=(Leg(against, amount), Leg(advances, -amount)),
    )
