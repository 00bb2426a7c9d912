"""The arithmetic of the weekly settlement: lease fees, and the figures of a DTR (docs/domain.md#dtr-formula). Pure.

A week is named by the Sunday that begins it; it is settled on the Sunday after, when its charges fall due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from batconnect.core.kernel.money import ZERO, round_half_up
from ledger.rules.hierarchy import Ranked, in_hierarchy_order

DAYS: Final = 7


class LineKind(StrEnum):
    """What an entry is to the DTR that covers it. The label is how the statement prints it."""

    CHARGE = "charge"
    INTERIM_PAYMENT = "interim_payment"
    CREDIT = "credit"
    ADJUSTMENT = "adjustment"
    RECOVERED = "recovered"
    NETTED_IN = "netted_in"
    EARNINGS = "earnings"
    CREDIT_PAID = "credit_paid"


def settled_on(week: date) -> date:
    """The Sunday on which the week is settled."""
    return week + timedelta(days=DAYS)


def last_day(week: date) -> date:
    """The week's Saturday."""
    return week + timedelta(days=DAYS - 1)


def days_held(*, week: date, from_on: date, until_on: date | None) -> list[date]:
    """The days of the week from the first through the last; without a last day, as long as the week goes."""
    first = max(week, from_on)
    last = min(last_day(week), until_on) if until_on else last_day(week)
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class Held:
    """A primary driver's time on a lease; `until_on` before `from_on` is a driver who was replaced on the first day."""

    driver: str
    from_on: date
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """What a lease costs a week from a day on."""

    from_on: date
    weekly_amount: Decimal


@dataclass(frozen=True, slots=True)
class FeeShare:
    """What one driver owes of a week's fee, under its reference."""

    driver: str
    reference: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class WeekFee:
    """A lease's week: its fee, the drivers' shares (those above zero), and the days of the lease without a driver."""

    fee: Decimal
    shares: list[FeeShare]
    undriven: list[date]


def week_fee(
    *,
    week: date,
    lease_number: str,
    started_on: date,
    ended_on: date | None,
    times: Sequence[Held],
    rates: Sequence[Rate],
) -> WeekFee:
    """The fee of a lease's week by its days and rates, rounded once, and each primary driver's share of it.

    Rule: docs/domain.md#lease-rates.

    `ledger/settlement/services/lease_fees.py` is the same in SQL, which charges a fleet; a property test holds both
    equal (`ledger/tests/test_rules_in_sql.py`).
    """
    by_day = sorted(rates, key=lambda rate: rate.from_on)
    held: dict[str, list[date]] = {}
    weighted: dict[str, Decimal] = {}
    days = days_held(week=week, from_on=started_on, until_on=ended_on)
    undriven = []
    for day in days:
        driver = next(
            (
                time.driver
                for time in times
                if time.from_on <= day and (time.until_on is None or day <= time.until_on)
            ),
            None,
        )
        if driver is None:
            undriven.append(day)
            continue
        rate = next((each.weekly_amount for each in reversed(by_day) if each.from_on <= day), ZERO)
        held.setdefault(driver, []).append(day)
        weighted[driver] = weighted.get(driver, ZERO) + rate
    fee = round_half_up(sum(weighted.values(), ZERO) / DAYS)
    return WeekFee(fee, _shares(week, lease_number, fee, held, weighted), undriven)


def _shares(
    week: date,
    lease_number: str,
    fee: Decimal,
    held: dict[str, list[date]],
    weighted: dict[str, Decimal],
) -> list[FeeShare]:
    """Each driver's share by the days held; the driver of the last day comes last and owes what the others leave."""
    shares = []
    left = fee
    last = max((days[-1] for days in held.values()), default=None)
    order = sorted(held, key=lambda driver: (held[driver][-1] == last, held[driver][0]))
    for place, driver in enumerate(order, start=1):
        share = left if place == len(order) else min(round_half_up(weighted[driver] / DAYS), left)
        left -= share
        if share > 0:
            reference = fee_reference(
                lease_number=lease_number, week=week, driver_number=driver if len(order) > 1 else ""
            )
            shares.append(FeeShare(driver, reference, share))
    return shares


def fee_reference(*, lease_number: str, week: date, driver_number: str = "") -> str:
    """`LS-2054-2026-01-04`; when several drivers share the week, each has `LS-2054-2026-01-04-DRV-101`."""
    reference = f"{lease_number}-{week.isoformat()}"
    return f"{reference}-{driver_number}" if driver_number else reference


def protected_share(*, gross: Decimal, least_payout: Decimal, max_kept_percent: Decimal) -> Decimal:
    """What the driver is paid in any case: the larger of the least payout and what may not be kept, at most the gross.

    Rule: docs/domain.md#dtr-formula.
    """
    not_kept = round_half_up(gross * (100 - max_kept_percent) / 100)
    return min(max(least_payout, not_kept), gross)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one DTR; derived figures are computed (docs/domain.md#dtr-formula)."""

    prior_balance: Decimal = ZERO
    charges: Decimal = ZERO
    interim_payments: Decimal = ZERO
    credits: Decimal = ZERO
    adjustments: Decimal = ZERO
    earned: Decimal = ZERO
    protected: Decimal = ZERO
    recovered: Decimal = ZERO
    credits_paid: Decimal = ZERO
    netted_out: Decimal = ZERO
    netted_in: Decimal = ZERO

    @property
    def owed(self) -> Decimal:
        """What the driver owes before the week's earnings are applied."""
        return self.prior_balance + self.charges - self.interim_payments - self.credits - self.adjustments

    @property
    def gross(self) -> Decimal:
        """What was earned; a sum below zero is a charge instead."""
        return max(self.earned, ZERO)

    @property
    def due_to_driver(self) -> Decimal:
        """What the driver is paid out."""
        return self.gross - self.recovered + self.credits_paid - self.netted_out

    @property
    def carried_forward(self) -> Decimal:
        """What the driver goes on owing."""
        return self.owed - self.recovered - self.netted_in

    @property
    def net(self) -> Decimal:
        """What is due to the driver less what is carried forward."""
        return self.due_to_driver - self.carried_forward


class Debt(Ranked, Protocol):
    """An obligation of the lease; `payable` is what may still be paid of it."""

    @property
    def payable(self) -> Decimal: ...


Owed = TypeVar("Owed", bound=Debt)


def distribute(*, available: Decimal, debts: Iterable[Owed]) -> list[tuple[Owed, Decimal]]:
    """Spread money over debts by the payment hierarchy: category, oldest due date, reference.

    Each gets at most what is payable on it; those that get nothing are left out. The portions sum to the money, or to
    everything payable.
    """
    assert available >= 0
    portions: list[tuple[Owed, Decimal]] = []
    for debt in in_hierarchy_order(debts):
        portion = min(available, debt.payable)
        if portion > 0:
            portions.append((debt, portion))
            available -= portion
    return portions


class OnDebt(Protocol):
    """An entry that changes what an obligation owes."""

    @property
    def amount(self) -> Decimal: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def is_charge(self) -> bool: ...


Entered = TypeVar("Entered", bound=OnDebt)


def entered(*, entries: Sequence[Entered], owed_before: Decimal, until: date) -> list[Entered]:
    """Which of an obligation's uncovered entries, in their order, a DTR of the Sunday `until` takes.

    Rule: docs/domain.md#dtr-formula.

    Charges enter whenever they are told; the rest is left to the next DTR when it is effective later. So is what would
    make the obligation owe less than nothing: money applied again, whose first application is undone only later.
    """
    taken = {
        place
        for place, entry in enumerate(entries)
        if entry.is_charge or (entry.effective_on <= until and entry.amount > 0)
    }
    owed = owed_before + sum((entries[place].amount for place in taken), ZERO)
    for place, entry in enumerate(entries):
        if place not in taken and entry.effective_on <= until and owed + entry.amount >= 0:
            taken.add(place)
            owed += entry.amount
    return [entry for place, entry in enumerate(entries) if place in taken]


def kind_of_entry(
    *, is_raising: bool, is_void: bool, is_write_off: bool, is_credit: bool = False
) -> LineKind:
    """What an entry on the driver's receivables is to a DTR: raised, given up, credited, or else paid."""
    if is_raising:
        return LineKind.CHARGE
    if is_void or is_write_off:
        return LineKind.ADJUSTMENT
    return LineKind.CREDIT if is_credit else LineKind.INTERIM_PAYMENT
