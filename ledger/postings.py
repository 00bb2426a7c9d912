"""Which entry an event makes: pure functions from an event to a balanced draft (docs/domain.md#bookings).

Amounts are Decimals with two places in the draft's currency; a debit is positive, a credit negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
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
WRITTEN_OFF: Final = "written_off"
RECOVERED: Final = "recovered"
LEASE_FEE: Final = "ledger.lease_fee"
EARNING: Final = "ledger.earning"
DTR: Final = "ledger.dtr"
PAID_OUT: Final = "dtr_paid_out"
PAYOUT_RETURNED: Final = "payout_returned"
APPLICATION: Final = "ledger.dtr_application"
SHORTFALL: Final = "ledger.shortfall"
ADJUSTING: Final = (WRITE_OFF,)
"""The sources of entries that a DTR shows as adjustments, besides voids of charges."""
MAX_POSTINGS: Final = 200


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of an entry, on the account with this code of the chart."""

    account: str
    amount: Decimal
    obligation_id: UUID | None = None
    payment_id: UUID | None = None
    item_id: UUID | None = None


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
    *, category: Category, amount: Decimal, is_opening: bool = False, authority: str = ""
) -> tuple[tuple[str, Decimal], ...]:
    """What a charge that finance enters is credited to: recovered(category); taxes to what is held for the authority
    with this code, else for others; or opening balances.

    Rule: docs/domain.md#bookings, docs/domain.md#remittances.
    """
    assert is_opening or category in chart.RECOVERED_CATEGORIES, f"{category} is raised by its document"
    if is_opening:
        return ((chart.OPENING_BALANCES, amount),)
    if category is Category.TAXES:
        return ((chart.taxes_held(authority or chart.OTHER_AUTHORITY), amount),)
    return ((chart.recovered(category), amount),)


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
    passed_on: Sequence[tuple[str, Decimal]],
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reason: str,
) -> EntryDraft:
    """Debit the loss, credit the receivable; `write_off_id` names this one write-off.

    `passed_on` are the parts that are not a loss of the company, as (account code, amount): tax and premium that need
    not be handed on. The rest is a loss on loans, or bad debt. Rule: docs/domain.md#write-offs-by-category.
    """
    loss = amount - sum((share for _, share in passed_on), Decimal("0.00"))
    assert loss >= 0, "no more is passed on than is written off"
    return EntryDraft(
        event=WRITTEN_OFF,
        source_type=WRITE_OFF,
        source_id=str(write_off_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reason=reason,
        legs=(
            *(
                Leg(account, share)
                for account, share in ((loss_account(category), loss), *passed_on)
                if share
            ),
            Leg(chart.receivable(category), -amount, obligation_id=obligation_id),
        ),
    )


def loss_account(category: str) -> str:
    """The expense that a write-off of the category is."""
    return chart.LOAN_LOSSES if category == Category.LOANS else chart.BAD_DEBT


def debt_recovered(
    *,
    recovery_id: UUID,
    obligation_id: UUID,
    category: str,
    amount: Decimal,
    passed_on: Sequence[tuple[str, Decimal]],
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int | None,
    reason: str,
    operation_id: UUID | None = None,
) -> EntryDraft:
    """Debit the receivable, credit recoveries: a part of what was written off is owed again, to be paid at once.

    `passed_on` are the parts that were not a loss when it was written off. `recovery_id` names this one recovery; its
    source type is that of write-offs, because it changes what is written off. Rule: docs/domain.md#recoveries.
    """
    gain = amount - sum((share for _, share in passed_on), Decimal("0.00"))
    assert gain >= 0, "no more is passed on than is recovered"
    return EntryDraft(
        event=RECOVERED,
        source_type=WRITE_OFF,
        source_id=str(recovery_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reason=reason,
        operation_id=operation_id,
        legs=(
            Leg(chart.receivable(category), amount, obligation_id=obligation_id),
            *(Leg(account, -share) for account, share in ((chart.RECOVERIES, gain), *passed_on) if share),
        ),
    )


def earnings_credited(
    *,
    earning_id: UUID,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    against: str = chart.EARNINGS_CLEARING,
    event: str = "earnings_credited",
    operation_id: UUID | None = None,
) -> EntryDraft:
    """Debit earnings clearing, credit driver earnings payable: a week's earnings of one driver on one lease, with their
    sign. A card fee that the driver bears is `against` card fees recovered, what is opened against opening balances."""
    return EntryDraft(
        event=event,
        source_type=EARNING,
        source_id=str(earning_id),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=operation_id,
        legs=(Leg(against, amount), Leg(chart.DRIVER_EARNINGS_PAYABLE, -amount)),
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


def earnings_netted(
    *,
    dtr_number: str,
    place: int,
    from_dtr: UUID,
    obligation_id: UUID,
    category: str,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
) -> EntryDraft:
    """Debit driver earnings payable, credit the receivable of another lease of the driver.

    `dtr_number` is the DTR of that lease, whose `place`-th application it is; `from_dtr` the one whose earnings they
    are.
    """
    return EntryDraft(
        event="earnings_netted",
        source_type=APPLICATION,
        source_id=f"{dtr_number}/{place}",
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        operation_id=from_dtr,
        legs=(
            Leg(chart.DRIVER_EARNINGS_PAYABLE, amount),
            Leg(chart.receivable(category), -amount, obligation_id=obligation_id),
        ),
    )


def payout_key(dtr_id: UUID, attempt: int) -> str:
    """The source id of a DTR's payout: the DTR's id, and from the second attempt on its number."""
    return str(dtr_id) if attempt == 1 else f"{dtr_id}/{attempt}"


def dtr_paid_out(
    *,
    dtr_id: UUID,
    attempt: int,
    paid: Leg,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    reason: str,
    entry_id: UUID,
    kept: Sequence[tuple[str, Decimal]] = (),
) -> EntryDraft:
    """Debit driver earnings payable, credit what it is paid from (`paid`), and what is kept for creditors: each
    account's code and amount; the `attempt`-th payout of the DTR."""
    return EntryDraft(
        id=entry_id,
        event=PAID_OUT,
        source_type=DTR,
        source_id=payout_key(dtr_id, attempt),
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reason=reason,
        legs=(
            Leg(chart.DRIVER_EARNINGS_PAYABLE, amount),
            paid,
            *(Leg(account, -part) for account, part in kept),
        ),
    )


def payout_returned(
    *,
    source_id: str,
    entry_id: UUID,
    back: Leg,
    amount: Decimal,
    currency: str,
    on: date,
    customer_id: UUID,
    lease_id: int,
    reverses: UUID,
    is_full_reversal: bool,
    reason: str,
    given_back: Sequence[tuple[str, Decimal]] = (),
) -> EntryDraft:
    """Debit what came back to (`back`) and what creditors' accounts give back, credit driver earnings payable: the DTR
    is due again.

    `source_id` is the payout's that came back, `reverses` its entry; it is its full reversal when nothing of it had
    cleared.
    """
    return EntryDraft(
        id=entry_id,
        event=PAYOUT_RETURNED,
        source_type=DTR,
        source_id=source_id,
        currency=currency,
        effective_on=on,
        customer_id=customer_id,
        lease_id=lease_id,
        reverses=reverses,
        is_full_reversal=is_full_reversal,
        reason=reason,
        legs=(
            back,
            Leg(chart.DRIVER_EARNINGS_PAYABLE, -amount),
            *(Leg(account, part) for account, part in given_back),
        ),
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
        legs=tuple(replace(leg, amount=-leg.amount) for leg in legs),
    )
