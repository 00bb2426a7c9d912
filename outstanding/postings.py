"""Which entries cancel a policy, pass its premiums on, or make a part of them income (docs/domain.md#premiums)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from ledger import chart
from ledger.chart import Category
from ledger.postings import EntryDraft, Leg

CANCELLATION: Final = "outstanding.cancellation"
PREMIUM_UNEARNED: Final = "premium_unearned"
PREMIUM: Final = "outstanding.premium"
REMITTED: Final = "premiums_remitted"
EARNED: Final = "commission_earned"
GIVEN_BACK: Final = "commission_given_back"
REMITTANCE_STOPPED: Final = "premium_remittance_stopped"
COMMISSION_VOIDED: Final = "commission_voided"
VOIDED_BY_KIND: Final = {"commission": COMMISSION_VOIDED, "given_back": "commission_kept"}


def premium_unearned(
    *,
    installment_id: int,
    obligation_id: UUID,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    reason: str,
    case_no: str,
    operation_id: UUID,
) -> EntryDraft:
    """Debit premiums payable, credit receivable(PREMIUM): what is unearned of an installment that is not paid."""
    return EntryDraft(
        event=PREMIUM_UNEARNED,
        source_type=CANCELLATION,
        source_id=str(installment_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        reason=reason,
        case_no=case_no,
        operation_id=operation_id,
        legs=(
            Leg(chart.PREMIUMS_PAYABLE, amount),
            Leg(chart.receivable(Category.PREMIUM), -amount, obligation_id=obligation_id),
        ),
    )


def premiums_remitted(
    *,
    entry_id: UUID,
    move_id: UUID,
    paid: Leg,
    currency: str,
    on: date,
    customer_id: UUID,
    case_no: str,
) -> EntryDraft:
    """Debit premiums payable; credit what it was paid from."""
    return EntryDraft(
        id=entry_id,
        event=REMITTED,
        source_type=PREMIUM,
        source_id=str(move_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        case_no=case_no,
        legs=(Leg(chart.PREMIUMS_PAYABLE, -paid.amount), paid),
    )


def commission_earned(
    *, move_id: UUID, amount: Decimal, currency: str, on: date, customer_id: UUID, case_no: str
) -> EntryDraft:
    """Debit premiums payable, credit commission income."""
    return EntryDraft(
        event=EARNED,
        source_type=PREMIUM,
        source_id=str(move_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        case_no=case_no,
        legs=(Leg(chart.PREMIUMS_PAYABLE, amount), Leg(chart.COMMISSION_INCOME, -amount)),
    )


def commission_given_back(
    *,
    move_id: UUID,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    case_no: str,
    reason: str,
    operation_id: UUID,
) -> EntryDraft:
    """Debit commission income, credit premiums payable: the commission of premiums that the insurer gives back."""
    return EntryDraft(
        event=GIVEN_BACK,
        source_type=PREMIUM,
        source_id=str(move_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        case_no=case_no,
        reason=reason,
        operation_id=operation_id,
        legs=(Leg(chart.COMMISSION_INCOME, amount), Leg(chart.PREMIUMS_PAYABLE, -amount)),
    )
