"""Which entry an event makes: pure functions from an event to a balanced draft (docs/domain.md#bookings).

Amounts are Decimals with two places in the draft's currency; a debit is positive, a credit negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.kernel.ids import uuid7
from ledger import chart
from ledger.chart import Category

OBLIGATION: Final = "ledger.obligation"
CHARGE: Final = "ledger.charge"
WRITE_OFF: Final = "ledger.write_off"
LEASE_FEE: Final = "ledger.lease_fee"
EARNING: Final = "ledger.earning"
DTR: Final = "ledger.dtr"
APPLICATION: Final = "ledger.dtr_application"
MAX_POSTINGS: Final = 200


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of an entry, on the account with this code of the chart."""

    account: str
    amount: Decimal
    obligation_id: UUID | None = None
    payment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry before it is posted. `source` and `event` name it forever: it cannot be posted twice."""

    event: str
    source_type: str
    source_id: str
    currency: str
    effective_on: date
    legs: tuple[Leg, ...]
    customer_id: UUID | None = None
    lease_id: int | None = None
    reverses: UUID | None = None
    is_full_reversal: bool = False
    case_no: str = ""
    reason: str = ""
    operation_id: UUID | None = None
    id: UUID = field(default_factory=uuid7)

    def __post_init__(self) -> None:
        assert 2 <= len(self.legs) <= MAX_POSTINGS, "an entry has 2 to 200 postings"
        assert sum(leg.amount for leg in self.legs) == 0, "debits and credits must be equal"


def charge_credits(
    *, category: Category, amount: Decimal, is_opening: bool = False
) -> tuple[tuple[str, Decimal], ...]:
    """What a charge that finance enters is credited to: recovered(category), or opening balances.

    Rule: docs/domain.md#bookings.
    """
    assert is_opening or category in chart.RECOVERED_CATEGORIES, f"{category} is raised by its document"
    return ((chart.OPENING_BALANCES if is_opening else chart.recovered(category), amount),)


def obligation_raised(
    *,
    obligation_id: UUID,
    category: str,
    amount: Decimal,
    currency: str,
    issue_date: date,
    credits: Sequence[tuple[str, Decimal]],
    customer_id: UUID,
    lease_id: int | None,
    case_no: str = "",
    is_opening: bool = False,
    operation_id: UUID | None = None,
) -> EntryDraft:
    """Debit the category's receivable; credit what the debt came from: (account code, amount) pairs that sum to it."""
    return EntryDraft(
        event="opening_balance" if is_opening else "obligation_raised",
        source_type=OBLIGATION,
        source_id=str(obligation_id),
        currency=currency,
        effective_on=issue_date,
        customer_id=customer_id,
        lease_id=lease_id,
        case_no=case_no,
        operation_id=operation_id,
        legs=(
            Leg(chart.receivable(category), amount, obligation_id=obligation_id),
            *(Leg(account, -share) for account, share in credits if share),
        ),
    )


def obligation_written_off(
    *,
    write_off_id: UUID,
    obligation_id: UUID,
    category: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reason: str,
) -> EntryDraft:
    """Debit write-offs, credit the receivable; `write_off_id` names this one write-off."""
    return EntryDraft(
        event="written_off",
        source_type=WRITE_OFF,
        source_id=str(write_off_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reason=reason,
        legs=(
            Leg(chart.WRITE_OFFS, amount),
            Leg(chart.receivable(category), -amount, obligation_id=obligation_id),
        ),
    )


def earnings_credited(
    *, earning_id: UUID, amount: Decimal, currency: str, on: date, customer_id: UUID, lease_id: int
) -> EntryDraft:
    """Debit earnings clearing, credit driver earnings payable: a week's earnings of one driver on one lease."""
    return EntryDraft(
        event="earnings_credited",
        source_type=EARNING,
        source_id=str(earning_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        legs=(Leg(chart.EARNINGS_CLEARING, amount), Leg(chart.DRIVER_EARNINGS_PAYABLE, -amount)),
    )


def earnings_applied(
    *,
    dtr_id: UUID,
    dtr_number: str,
    place: int,
    obligation_id: UUID,
    category: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
) -> EntryDraft:
    """Debit driver earnings payable, credit the receivable: what a DTR recovers of one obligation, the `place`-th."""
    return EntryDraft(
        event="earnings_applied",
        source_type=APPLICATION,
        source_id=f"{dtr_number}/{place}",
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=dtr_id,
        legs=(
            Leg(chart.DRIVER_EARNINGS_PAYABLE, amount),
            Leg(chart.receivable(category), -amount, obligation_id=obligation_id),
        ),
    )


def dtr_paid_out(
    *,
    dtr_id: UUID,
    method: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    reason: str,
) -> EntryDraft:
    """Debit driver earnings payable, credit the method's cash."""
    return EntryDraft(
        event="dtr_paid_out",
        source_type=DTR,
        source_id=str(dtr_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reason=reason,
        legs=(Leg(chart.DRIVER_EARNINGS_PAYABLE, amount), Leg(chart.cash(method), -amount)),
    )


def reversal(
    *,
    entry_id: UUID,
    event: str,
    source_type: str,
    source_id: str,
    currency: str,
    on: date,
    legs: Sequence[Leg],
    customer_id: UUID | None,
    lease_id: int | None,
    reason: str,
    case_no: str = "",
    operation_id: UUID | None = None,
) -> EntryDraft:
    """The full reversal of an entry whose lines were `legs`: the same accounts with the signs reversed."""
    return EntryDraft(
        event=event,
        source_type=source_type,
        source_id=source_id,
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reverses=entry_id,
        is_full_reversal=True,
        reason=reason,
        case_no=case_no,
        operation_id=operation_id,
        legs=tuple(Leg(leg.account, -leg.amount, leg.obligation_id, leg.payment_id) for leg in legs),
    )
