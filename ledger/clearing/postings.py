"""Which entry is made when what is held is passed on, used or returned (docs/domain.md#clearing-entries)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from ledger import chart
from ledger.postings import EntryDraft, Leg

REMITTANCE: Final = "ledger.remittance"
DEPOSIT: Final = "ledger.security_deposit"
HELD: Final = "ledger.held_deposit"
# Posted by the app that keeps customers' cash, which deposits are taken from.
DEPOSIT_TAKEN: Final = "payments.security_deposit"
PROCESSOR: Final = "ledger.processor_deposit"
RECLASSIFICATION: Final = "ledger.reclassification"
REMITTANCE_STOPPED: Final = "remittance_stopped"
DEPOSIT_USED: Final = "deposit_used"
DEPOSIT_RETURNED: Final = "deposit_returned"
DEPOSIT_USE_VOIDED: Final = "deposit_use_voided"
DEPOSIT_RETURN_STOPPED: Final = "deposit_return_stopped"
PROCESSOR_VOIDED: Final = "processor_deposit_voided"


def remitted(
    *, entry_id: UUID, remittance_id: UUID, account: str, paid: Leg, currency: str, on: date
) -> EntryDraft:
    """Debit what was held; credit what it was paid from."""
    return EntryDraft(
        id=entry_id,
        event="remitted",
        source_type=REMITTANCE,
        source_id=str(remittance_id),
        currency=currency,
        effective_on=on,
        legs=(Leg(account, -paid.amount), paid),
    )


def taxes_reclassified(*, attempt: int, amount: Decimal, currency: str, on: date) -> EntryDraft:
    """Debit recovered(Taxes) with what stands there, credit taxes held for others: they are a liability."""
    return EntryDraft(
        event="taxes_reclassified",
        source_type=RECLASSIFICATION,
        source_id=f"recovered:TAXES/{currency}/{attempt}",
        currency=currency,
        effective_on=on,
        reason="Tax charges are money held for an authority.",
        legs=(Leg(chart.recovered("TAXES"), amount), Leg(chart.taxes_held(), -amount)),
    )


def deposit_used(
    *,
    move_id: UUID,
    obligation_id: UUID,
    category: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    reason: str,
) -> EntryDraft:
    """Debit security deposits, credit the receivable."""
    return EntryDraft(
        event=DEPOSIT_USED,
        source_type=DEPOSIT,
        source_id=str(move_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reason=reason,
        legs=(
            Leg(chart.SECURITY_DEPOSITS, amount),
            Leg(chart.receivable(category), -amount, obligation_id=obligation_id),
        ),
    )


def deposit_returned(
    *,
    entry_id: UUID,
    move_id: UUID,
    paid: Leg,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    reason: str,
) -> EntryDraft:
    """Debit security deposits; credit what it was paid from."""
    return EntryDraft(
        id=entry_id,
        event=DEPOSIT_RETURNED,
        source_type=DEPOSIT,
        source_id=str(move_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reason=reason,
        legs=(Leg(chart.SECURITY_DEPOSITS, -paid.amount), paid),
    )


def processor_deposited(
    *, deposit_id: UUID, net: Decimal, fee: Decimal, currency: str, on: date
) -> EntryDraft:
    """Debit unidentified receipts (net) and card fees (fee), credit earnings clearing (gross)."""
    fees = (Leg(chart.CARD_FEES, fee),) if fee else ()
    return EntryDraft(
        event="processor_deposited",
        source_type=PROCESSOR,
        source_id=str(deposit_id),
        currency=currency,
        effective_on=on,
        legs=(
            Leg(chart.UNIDENTIFIED_RECEIPTS, net),
            *fees,
            Leg(chart.EARNINGS_CLEARING, -(net + fee)),
        ),
    )
