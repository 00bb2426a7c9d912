"""Which entries a loan makes (docs/domain.md#bookings); its installments are raised in sets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from ledger import chart
from ledger.postings import EntryDraft, Leg

LOAN: Final = "loans.loan"
LOAN_OPENED: Final = "loan_opened"


def loan_opened(
    *,
    loan_id: UUID,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    case_no: str = "",
) -> EntryDraft:
    """Debit loan principal not yet due, credit disbursements payable."""
    return EntryDraft(
        event=LOAN_OPENED,
        source_type=LOAN,
        source_id=str(loan_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        legs=(Leg(chart.LOAN_PRINCIPAL, amount), Leg(chart.DISBURSEMENTS_PAYABLE, -amount)),
    )
