"""Which entry an event of a vendor makes (docs/domain.md#clearing-entries).

Amounts are Decimals with two places in the draft's currency; a line on vendors payable names its bill or credit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from ledger import chart
from ledger.postings import EntryDraft, Leg

BILL: Final = "ledger.vendor_bill"
CREDIT: Final = "ledger.vendor_credit"
PAYMENT: Final = "ledger.vendor_payment"
OFFSET: Final = "ledger.vendor_offset"
REFUND: Final = "ledger.vendor_refund"
BILL_VOIDED: Final = "vendor_bill_voided"
CREDIT_VOIDED: Final = "vendor_credit_voided"
OFFSET_VOIDED: Final = "vendor_credit_released"
PAYMENT_STOPPED: Final = "vendor_payment_stopped"
REFUND_VOIDED: Final = "vendor_refund_voided"

Share = tuple[UUID, Decimal]
"""A bill or credit, and how much of it."""


def bill_entered(
    *,
    bill_id: UUID,
    lines: Sequence[tuple[str, Decimal]],
    currency: str,
    on: date,
    is_opening: bool = False,
) -> EntryDraft:
    """Debit what it is for, by account (opening balances for an opening); credit vendors payable."""
    by_account: dict[str, Decimal] = {}
    for account, amount in lines:
        key = chart.OPENING_BALANCES if is_opening else account
        by_account[key] = by_account.get(key, Decimal("0.00")) + amount
    total = sum(by_account.values(), Decimal("0.00"))
    return EntryDraft(
        event="opening_balance" if is_opening else "vendor_bill_entered",
        source_type=BILL,
        source_id=str(bill_id),
        currency=currency,
        effective_on=on,
        legs=(
            *(Leg(account, amount) for account, amount in sorted(by_account.items())),
            Leg(chart.VENDORS_PAYABLE, -total, item_id=bill_id),
        ),
    )


def vendor_credited(
    *,
    credit_id: UUID,
    account: str,
    amount: Decimal,
    currency: str,
    on: date,
    reason: str,
    is_opening: bool = False,
) -> EntryDraft:
    """Debit vendors payable, credit what the bill had debited: the vendor's credit note."""
    return EntryDraft(
        event="opening_balance" if is_opening else "vendor_credited",
        source_type=CREDIT,
        source_id=str(credit_id),
        currency=currency,
        effective_on=on,
        reason=reason,
        legs=(Leg(chart.VENDORS_PAYABLE, amount, item_id=credit_id), Leg(account, -amount)),
    )


def vendor_paid(
    *, entry_id: UUID, payment_id: UUID, shares: Iterable[Share], paid: Leg, currency: str, on: date
) -> EntryDraft:
    """Debit vendors payable, by bill or prepaid account; credit what it was paid from."""
    return EntryDraft(
        id=entry_id,
        event="vendor_paid",
        source_type=PAYMENT,
        source_id=str(payment_id),
        currency=currency,
        effective_on=on,
        legs=(*(Leg(chart.VENDORS_PAYABLE, amount, item_id=key) for key, amount in shares), paid),
    )


def credit_used(
    *, offset_id: UUID, bill_id: UUID, credit_id: UUID, amount: Decimal, currency: str, on: date
) -> EntryDraft:
    """Debit vendors payable of the bill, credit vendors payable of the prepaid account or credit note."""
    return EntryDraft(
        event="vendor_credit_used",
        source_type=OFFSET,
        source_id=str(offset_id),
        currency=currency,
        effective_on=on,
        legs=(
            Leg(chart.VENDORS_PAYABLE, amount, item_id=bill_id),
            Leg(chart.VENDORS_PAYABLE, -amount, item_id=credit_id),
        ),
    )


def vendor_refunded(
    *, refund_id: UUID, credit_id: UUID, amount: Decimal, currency: str, on: date
) -> EntryDraft:
    """Debit unidentified receipts, credit vendors payable: what the vendor owed us came."""
    return EntryDraft(
        event="vendor_refunded",
        source_type=REFUND,
        source_id=str(refund_id),
        currency=currency,
        effective_on=on,
        legs=(
            Leg(chart.UNIDENTIFIED_RECEIPTS, amount),
            Leg(chart.VENDORS_PAYABLE, -amount, item_id=credit_id),
        ),
    )
