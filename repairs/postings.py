"""Which entries a repair makes (docs/domain.md#bookings); its installments are raised in sets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from ledger import chart
from ledger.postings import EntryDraft, Leg

REPAIR: Final = "repairs.repair"
REPAIR_OPENED: Final = "repair_opened"


def repair_opened(
    *,
    repair_id: UUID,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    case_no: str = "",
) -> EntryDraft:
    """Debit repair advances not yet due, credit disbursements payable."""
    return EntryDraft(
        event=REPAIR_OPENED,
        source_type=REPAIR,
        source_id=str(repair_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        legs=(Leg(chart.REPAIR_ADVANCES, amount), Leg(chart.DISBURSEMENTS_PAYABLE, -amount)),
    )
