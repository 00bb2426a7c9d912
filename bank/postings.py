"""Which entry a line of a statement makes, and what it is explained by (docs/domain.md#statement-lines)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from ledger import chart
from ledger.postings import EntryDraft, Leg
from payments.postings import MATCH, PAYMENT_UNMATCHED

LINE: Final = "bank.line"
EXPLANATION: Final = "bank.explanation"
BOOKED: Final = "statement_line_booked"
WITHDRAWN: Final = "statement_line_withdrawn"
EXPLAINED: Final = "statement_line_explained"
UNDONE: Final = "statement_line_unexplained"
IDENTIFIED: Final = "unidentified_matched"
DRAWER_SESSION: Final = "bank.drawer_session"
DEPOSIT_SLIP: Final = "bank.deposit_slip"
COUNTED: Final = "drawer_counted"
SLIP_CLOSED: Final = "deposit_slip_closed"
SLIP_REOPENED: Final = "deposit_slip_reopened"
# What was received before there were statements: its entry debited cash of its method.
RECEIPT: Final = "payments.unidentified_receipt"
RECEIVED: Final = "unidentified_received"
VOIDED: Final = "unidentified_voided"
CUT_OVER: Final = "bank.cut_over"
CUT_OVER_MADE: Final = "bank_cut_over"
CUT_OVER_UNDONE: Final = "bank_cut_over_undone"
OPENED_BY: Final = ("ledger.opening_line", CUT_OVER)
"""The sources of entries that say what a bank account began with."""


def suspense(direction: str) -> str:
    """Where money of this direction stands until it is explained."""
    return chart.UNIDENTIFIED_RECEIPTS if direction == "in" else chart.UNEXPLAINED_PAYMENTS


def line_booked(
    *,
    line_id: UUID,
    entry_id: UUID,
    account_code: str,
    money_in: Decimal,
    money_out: Decimal,
    currency: str,
    on: date,
    operation_id: UUID,
) -> EntryDraft:
    """The bank's line, gross: Dr bank (in − out) + unexplained payments (out) / Cr unidentified receipts (in).

    `account_code` is the code of the bank account. One leg on the bank, at most one on each suspense account.
    """
    legs = [
        Leg(chart.bank(account_code), money_in - money_out),
        Leg(chart.UNEXPLAINED_PAYMENTS, money_out),
        Leg(chart.UNIDENTIFIED_RECEIPTS, -money_in),
    ]
    return EntryDraft(
        id=entry_id,
        event=BOOKED,
        source_type=LINE,
        source_id=str(line_id),
        currency=currency,
        effective_on=on,
        operation_id=operation_id,
        legs=tuple(leg for leg in legs if leg.amount),
    )


def line_withdrawn(
    *,
    line_id: UUID,
    entry_id: UUID,
    account_code: str,
    money_in: Decimal,
    money_out: Decimal,
    currency: str,
    on: date,
    operation_id: UUID,
    reason: str,
) -> EntryDraft:
    """The reversing entry of a line that the bank withdrew: bank against suspense, gross as the line's own was."""
    legs = [
        Leg(chart.bank(account_code), money_out - money_in),
        Leg(chart.UNEXPLAINED_PAYMENTS, -money_out),
        Leg(chart.UNIDENTIFIED_RECEIPTS, money_in),
    ]
    return EntryDraft(
        event=WITHDRAWN,
        source_type=LINE,
        source_id=str(line_id),
        currency=currency,
        effective_on=on,
        operation_id=operation_id,
        reverses=entry_id,
        is_full_reversal=True,
        reason=reason,
        legs=tuple(leg for leg in legs if leg.amount),
    )


def part_explained(
    *,
    explanation_id: UUID,
    entry_id: UUID,
    direction: str,
    amount: Decimal,
    currency: str,
    on: date,
    against: Sequence[Leg],
    operation_id: UUID,
    customer_id: UUID | None = None,
    lease_id: int | None = None,
    reason: str = "",
) -> EntryDraft:
    """Take the amount off suspense, against what it is: `against` sums to −amount for money in, +amount for money out.

    `amount` is in the part's direction; below zero it puts more on suspense, as what the bank kept does.
    """
    off = Leg(suspense(direction), amount if direction == "in" else -amount)
    return EntryDraft(
        id=entry_id,
        event=EXPLAINED,
        source_type=EXPLANATION,
        source_id=str(explanation_id),
        currency=currency,
        effective_on=on,
        operation_id=operation_id,
        customer_id=customer_id,
        lease_id=lease_id,
        reason=reason,
        legs=(off, *against),
    )


def payment_identified(
    *,
    payment_id: UUID,
    entry_id: UUID,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    operation_id: UUID,
) -> EntryDraft:
    """Dr unidentified receipts / Cr the payment's unallocated cash: the line is this new payment."""
    return EntryDraft(
        id=entry_id,
        event=IDENTIFIED,
        source_type=MATCH,
        source_id=str(payment_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=operation_id,
        legs=(
            Leg(chart.UNIDENTIFIED_RECEIPTS, amount),
            Leg(chart.UNALLOCATED_CASH, -amount, payment_id=payment_id),
        ),
    )


def payment_unidentified(
    *,
    payment_id: UUID,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    reverses: UUID,
    reason: str,
) -> EntryDraft:
    """Dr the payment's unallocated cash / Cr unidentified receipts: it was not the customer's money."""
    return EntryDraft(
        event=PAYMENT_UNMATCHED,
        source_type=MATCH,
        source_id=str(payment_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        reverses=reverses,
        is_full_reversal=True,
        reason=reason,
        legs=(
            Leg(chart.UNALLOCATED_CASH, amount, payment_id=payment_id),
            Leg(chart.UNIDENTIFIED_RECEIPTS, -amount),
        ),
    )


def drawer_counted(
    *,
    session_id: UUID,
    entry_id: UUID,
    account: str,
    difference: Decimal,
    currency: str,
    on: date,
    reason: str,
) -> EntryDraft:
    """What was counted above the books: Dr the drawer / Cr cash over and short; below zero the other way round."""
    return EntryDraft(
        id=entry_id,
        event=COUNTED,
        source_type=DRAWER_SESSION,
        source_id=str(session_id),
        currency=currency,
        effective_on=on,
        reason=reason,
        legs=(Leg(account, difference), Leg(chart.CASH_OVER_SHORT, -difference)),
    )


def slip_closed(
    *,
    slip_id: UUID,
    entry_id: UUID,
    closing: int,
    account_code: str,
    cash: Sequence[tuple[str, Decimal]],
    checks: Decimal,
    currency: str,
    on: date,
) -> EntryDraft:
    """Dr deposits in transit (the slip) / Cr each drawer in `cash`, and cash of the method check."""
    taken = [*cash, *([(chart.cash("check"), checks)] if checks else [])]
    legs = [Leg(code, -amount) for code, amount in taken]
    amount = -sum((leg.amount for leg in legs), Decimal("0.00"))
    return EntryDraft(
        id=entry_id,
        event=SLIP_CLOSED,
        source_type=DEPOSIT_SLIP,
        source_id=f"{slip_id}/{closing}",
        currency=currency,
        effective_on=on,
        legs=(Leg(chart.deposits_in_transit(account_code), amount, item_id=slip_id), *legs),
    )


def cut_over(
    *,
    item_id: UUID,
    entry_id: UUID,
    bank_account: str,
    account: str,
    amount: Decimal,
    currency: str,
    on: date,
    operation_id: UUID,
    customer_id: UUID | None,
    lease_id: int | None,
    reason: str,
) -> EntryDraft:
    """Dr bank (its code is `bank_account`) / Cr `account`: what had been at the bank before its first statement; below
    zero the other way round."""
    return EntryDraft(
        id=entry_id,
        event=CUT_OVER_MADE,
        source_type=CUT_OVER,
        source_id=str(item_id),
        currency=currency,
        effective_on=on,
        operation_id=operation_id,
        customer_id=customer_id,
        lease_id=lease_id,
        reason=reason,
        legs=(Leg(chart.bank(bank_account), amount), Leg(account, -amount)),
    )


def unidentified_voided(
    *,
    receipt_id: UUID,
    method: str,
    amount: Decimal,
    currency: str,
    on: date,
    reverses: UUID,
    reason: str,
    operation_id: UUID,
) -> EntryDraft:
    """Debit unidentified receipts, credit the method's cash: the line should not have been taken."""
    return EntryDraft(
        event=VOIDED,
        source_type=RECEIPT,
        source_id=str(receipt_id),
        currency=currency,
        effective_on=on,
        reverses=reverses,
        is_full_reversal=True,
        reason=reason,
        operation_id=operation_id,
        legs=(Leg(chart.UNIDENTIFIED_RECEIPTS, amount), Leg(chart.cash(method), -amount)),
    )
