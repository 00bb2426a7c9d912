"""The arithmetic of the weekly settlement: lease fees, and the figures of a DTR (docs/domain.md#dtr). Pure.

A week is named by the Sunday that begins it; it is settled on the Sunday after, when its charges fall due.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    ADJUSTMENT = "adjustment"
    RECOVERED = "recovered"
    EARNINGS = "earnings"


def settled_on(week: date) -> date:
    """The Sunday on which the week is settled."""
    return week + timedelta(days=DAYS)


def last_day(week: date) -> date:
    """The week's Saturday."""
    return week + timedelta(days=DAYS - 1)


def active_days(*, week: date, started_on: date, ended_on: date | None) -> int:
    """How many days of the week the lease lasted, its first and last day included."""
    first = max(week, started_on)
    last = min(last_day(week), ended_on) if ended_on else last_day(week)
    return max((last - first).days + 1, 0)


def lease_fee(*, weekly_amount: Decimal, days: int) -> Decimal:
    """The fee of a week with so many active days, rounded once: 500.00 for Wednesday to Saturday is 285.71.

    `ledger/settlement/services/lease_fees.py: FEE` is the same in SQL, which charges a fleet;
    `ledger/tests/test_rules_in_sql.py` holds both equal.
    """
    assert 0 <= days <= DAYS
    return round_half_up(weekly_amount * days / DAYS)


def fee_reference(*, lease_number: str, week: date) -> str:
    """`LS-2054-2026-01-04`."""
    return f"{lease_number}-{week.isoformat()}"


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one DTR; derived figures are computed."""

    gross: Decimal = ZERO
    prior_balance: Decimal = ZERO
    charges: Decimal = ZERO
    interim_payments: Decimal = ZERO
    adjustments: Decimal = ZERO

    @property
    def owed(self) -> Decimal:
        """What the driver owes before the week's earnings are applied."""
        return self.prior_balance + self.charges - self.interim_payments - self.adjustments

    @property
    def recovered(self) -> Decimal:
        """How much of the gross goes to what is owed."""
        return min(self.gross, self.owed)

    @property
    def net(self) -> Decimal:
        """Gross less owed: above zero it is due to the driver, below it is carried forward."""
        return self.gross - self.owed

    @property
    def due_to_driver(self) -> Decimal:
        """What the driver is paid out."""
        return self.gross - self.recovered

    @property
    def carried_forward(self) -> Decimal:
        """What the driver goes on owing."""
        return self.owed - self.recovered


class Debt(Ranked, Protocol):
    """An open obligation of the lease."""

    @property
    def outstanding(self) -> Decimal: ...


Owed = TypeVar("Owed", bound=Debt)


def distribute(*, available: Decimal, debts: Iterable[Owed]) -> list[tuple[Owed, Decimal]]:
    """Spread money over debts by the payment hierarchy: category, oldest due date, reference.

    Each gets at most what is owed on it; those that get nothing are left out. The portions sum to the money, or to
    everything owed.
    """
    assert available >= 0
    portions: list[tuple[Owed, Decimal]] = []
    for debt in in_hierarchy_order(debts):
        portion = min(available, debt.outstanding)
        if portion > 0:
            portions.append((debt, portion))
            available -= portion
    return portions


def kind_of_entry(*, is_raising: bool, is_void: bool, is_write_off: bool) -> LineKind:
    """What an entry on the driver's receivables is to a DTR: raised, given up, or else paid by the customer."""
    if is_raising:
        return LineKind.CHARGE
    return LineKind.ADJUSTMENT if is_void or is_write_off else LineKind.INTERIM_PAYMENT
