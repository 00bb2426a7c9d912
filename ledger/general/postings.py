"""Which entry a person's journal entry makes: pure (docs/domain.md#journal-entries)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from ledger.postings import EntryDraft, Leg

MANUAL_ENTRY: Final = "ledger.manual_entry"
ENTERED: Final = "journal_entered"
REVERSED: Final = "journal_reversed"
VOIDED: Final = "journal_voided"


def journal_entered(
    *,
    manual_entry_id: UUID,
    lines: Sequence[tuple[str, Decimal]],
    currency: str,
    on: date,
    reason: str,
) -> EntryDraft:
    """The lines as they were entered: (account code, amount) pairs, a debit above zero, that sum to zero."""
    return EntryDraft(
        event=ENTERED,
        source_type=MANUAL_ENTRY,
        source_id=str(manual_entry_id),
        currency=currency,
        effective_on=on,
        reason=reason,
        legs=tuple(Leg(account, amount) for account, amount in lines),
    )
