"""Which entry a payment makes that is received, voided, opened, taken back or held as a deposit.

Rule: docs/domain.md#bookings.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from ledger import chart
from ledger.chart import Category
from ledger.clearing.postings import DEPOSIT_TAKEN
from ledger.postings import OBLIGATION, EntryDraft, Leg
from payments.postings.events import PAYMENT, PAYMENT_RECEIVED, PAYMENT_RETURNED, PAYMENT_VOIDED, RETURN


def payment_received(
    *,
    payment_id: UUID,
    method: str,
    amount: Decimal,
    currency: str,
    payment_date: date,
    customer_id: UUID,
    lease_id: int | None,
    case_no: str = "",
    cash_account: str = "",
) -> EntryDraft:
    """Debit the method's cash, or the drawer's account that is given; credit unallocated cash."""
    return EntryDraft(
        event=PAYMENT_RECEIVED,
        source_type=PAYMENT,
        source_id=str(payment_id),
        currency=currency,
        effective_on=payment_date,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        legs=(
            Leg(cash_account or chart.cash(method), amount),
            Leg(chart.UNALLOCATED_CASH, -amount, payment_id=payment_id),
        ),
    )


def payment_voided(
    *,
    payment_id: UUID,
    method: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reverses: UUID | None,
    reason: str,
    case_no: str = "",
    cash_account: str = "",
) -> EntryDraft:
    """Debit unallocated cash, credit what its receipt debited; after all its allocations were voided.

    That is the method's cash, unless another account is given: a drawer's.
    """
    return EntryDraft(
        event=PAYMENT_VOIDED,
        source_type=PAYMENT,
        source_id=str(payment_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reverses=reverses,
        is_full_reversal=reverses is not None,
        case_no=case_no,
        reason=reason,
        legs=(
            Leg(chart.UNALLOCATED_CASH, amount, payment_id=payment_id),
            Leg(cash_account or chart.cash(method), -amount),
        ),
    )


def payment_opened(
    *,
    payment_id: UUID,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    operation_id: UUID,
) -> EntryDraft:
    """Debit opening balances, credit unallocated cash: it came before the books were opened."""
    return EntryDraft(
        event="opening_balance",
        source_type=PAYMENT,
        source_id=str(payment_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        operation_id=operation_id,
        legs=(
            Leg(chart.OPENING_BALANCES, amount),
            Leg(chart.UNALLOCATED_CASH, -amount, payment_id=payment_id),
        ),
    )


def payment_returned(
    *,
    return_id: UUID,
    payment_id: UUID,
    entry_id: UUID,
    taken: Leg,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reverses: UUID | None,
    reason: str,
    case_no: str = "",
) -> EntryDraft:
    """Debit unallocated cash, credit what the bank took it from (`taken`); after what it had paid was undone."""
    return EntryDraft(
        id=entry_id,
        event=PAYMENT_RETURNED,
        source_type=RETURN,
        source_id=str(return_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=return_id,
        reverses=reverses,
        case_no=case_no,
        reason=reason,
        legs=(Leg(chart.UNALLOCATED_CASH, amount, payment_id=payment_id), taken),
    )


def refund_charged(
    *,
    return_id: UUID,
    obligation_id: UUID,
    entry_id: UUID,
    taken: Leg,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reason: str,
    case_no: str = "",
) -> EntryDraft:
    """Debit receivable(MISC), the `RET-…` obligation, credit what the bank took it from: what had been refunded of a
    payment that came back. Beside `payment_returned`, for it raises an obligation."""
    return EntryDraft(
        id=entry_id,
        event="obligation_raised",
        source_type=OBLIGATION,
        source_id=str(obligation_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=return_id,
        case_no=case_no,
        reason=reason,
        legs=(Leg(chart.receivable(Category.MISC), amount, obligation_id=obligation_id), taken),
    )


def deposit_taken(
    *,
    move_id: UUID,
    payment_id: UUID,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
) -> EntryDraft:
    """Debit unallocated cash, credit security deposits."""
    return EntryDraft(
        event="deposit_taken",
        source_type=DEPOSIT_TAKEN,
        source_id=str(move_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        legs=(
            Leg(chart.UNALLOCATED_CASH, amount, payment_id=payment_id),
            Leg(chart.SECURITY_DEPOSITS, -amount),
        ),
    )
