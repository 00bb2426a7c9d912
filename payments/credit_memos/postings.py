"""Which entry an event of a credit memo makes (docs/domain.md#clearing-entries).

Pure. Lines on customer credits name the memo; what applying it posts is `payments.postings.credit_applied`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.kernel.ids import uuid7
from ledger import chart
from ledger.postings import EntryDraft, Leg
from payments.postings import CREDIT_MEMO

CREDIT_REFUND: Final = "payments.credit_refund"
CREDIT_ISSUED: Final = "credit_issued"
CREDIT_VOIDED: Final = "credit_voided"
CREDIT_REFUNDED: Final = "credit_refunded"
CREDIT_PAID_OUT: Final = "credit_paid_out"


def credit_issued(
    *,
    entry_id: UUID,
    memo_id: UUID,
    debits: Sequence[Leg],
    discount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reason: str,
    case_no: str = "",
    operation_id: UUID | None = None,
) -> EntryDraft:
    """Debit what the charge had credited; credit discounts allowed (what comes back of them) and customer credits."""
    credit = sum((leg.amount for leg in debits), Decimal("0.00")) - discount
    return EntryDraft(
        id=entry_id,
        event=CREDIT_ISSUED,
        source_type=CREDIT_MEMO,
        source_id=str(memo_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reason=reason,
        case_no=case_no,
        operation_id=operation_id,
        legs=(*debits, *_credits(memo_id, -discount, -credit)),
    )


def credit_voided(
    *,
    memo_id: UUID,
    times: int,
    lines: Sequence[Leg],
    discount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reverses: UUID,
    is_full_reversal: bool,
    reason: str,
    case_no: str = "",
    operation_id: UUID | None = None,
) -> EntryDraft:
    """Debit customer credits and discounts allowed; credit what the memo had debited, `lines`, of which `times` tells
    one void of a memo from the next."""
    credit = sum((leg.amount for leg in lines), Decimal("0.00")) - discount
    return EntryDraft(
        event=CREDIT_VOIDED,
        source_type=CREDIT_MEMO,
        source_id=f"{memo_id}/{times}",
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reverses=reverses,
        is_full_reversal=is_full_reversal,
        reason=reason,
        case_no=case_no,
        operation_id=operation_id,
        legs=(
            *_credits(memo_id, discount, credit),
            *(replace(leg, amount=-leg.amount) for leg in lines),
        ),
    )


def _credits(memo_id: UUID, discount: Decimal, credit: Decimal) -> tuple[Leg, ...]:
    lines = (Leg(chart.DISCOUNTS_ALLOWED, discount), Leg(chart.CUSTOMER_CREDITS, credit, item_id=memo_id))
    return tuple(leg for leg in lines if leg.amount)


def credit_refunded(
    *,
    entry_id: UUID,
    refund_id: UUID,
    memo_id: UUID,
    amount: Decimal,
    paid_from: Leg,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reason: str,
    case_no: str = "",
) -> EntryDraft:
    """Debit customer credits, credit payments in transit or the drawer: `paid_from`, as the disbursement says."""
    return EntryDraft(
        id=entry_id,
        event=CREDIT_REFUNDED,
        source_type=CREDIT_REFUND,
        source_id=str(refund_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reason=reason,
        case_no=case_no,
        legs=(Leg(chart.CUSTOMER_CREDITS, amount, item_id=memo_id), paid_from),
    )


def credit_paid_out(
    *,
    memo_id: UUID,
    dtr_id: UUID,
    dtr_number: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    entry_id: UUID | None = None,
) -> EntryDraft:
    """Debit customer credits, credit driver earnings payable: what a DTR pays of a credit that is left."""
    return EntryDraft(
        id=entry_id or uuid7(),
        event=CREDIT_PAID_OUT,
        source_type=CREDIT_MEMO,
        source_id=f"{memo_id}/{dtr_number}",
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=dtr_id,
        legs=(
            Leg(chart.CUSTOMER_CREDITS, amount, item_id=memo_id),
            Leg(chart.DRIVER_EARNINGS_PAYABLE, -amount),
        ),
    )
