"""Which entry a line of the opening makes, and the lock (docs/domain.md#opening-batch)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.kernel.ids import uuid7
from ledger import chart
from ledger.postings import EntryDraft, Leg

OPENING: Final = "ledger.opening"
LINE: Final = "ledger.opening_line"
OPENED: Final = "opening_balance"


def account_opened(
    *,
    line_id: UUID,
    account: str,
    amount: Decimal,
    currency: str,
    on: date,
    batch_id: UUID,
    item_id: UUID | None = None,
    entry_id: UUID | None = None,
) -> EntryDraft:
    """Debit (above zero) or credit the account, against opening balances."""
    return EntryDraft(
        event=OPENED,
        source_type=LINE,
        source_id=str(line_id),
        currency=currency,
        effective_on=on,
        operation_id=batch_id,
        legs=(Leg(account, amount, item_id=item_id), Leg(chart.OPENING_BALANCES, -amount)),
        id=entry_id or uuid7(),
    )


def opening_closed(*, batch_id: UUID, amount: Decimal, currency: str, on: date) -> EntryDraft:
    """Move what stands on opening balances (debit positive) to retained earnings."""
    return EntryDraft(
        event="opening_locked",
        source_type=OPENING,
        source_id=f"{batch_id}/{currency}",
        currency=currency,
        effective_on=on,
        operation_id=batch_id,
        reason="The opening of the books is locked.",
        legs=(Leg(chart.OPENING_BALANCES, -amount), Leg(chart.RETAINED_EARNINGS, amount)),
    )
