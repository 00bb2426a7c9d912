"""Which entry opens a document (docs/domain.md#bookings); its installments are raised in sets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from ledger import chart
from ledger.postings import EntryDraft, Leg


def document_opened(
    *,
    event: str,
    source_type: str,
    document_id: UUID,
    advances: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    case_no: str = "",
) -> EntryDraft:
    """Debit the account `advances`, where what is not yet due stands, credit disbursements payable."""
    return EntryDraft(
        event=event,
        source_type=source_type,
        source_id=str(document_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        legs=(Leg(advances, amount), Leg(chart.DISBURSEMENTS_PAYABLE, -amount)),
    )
