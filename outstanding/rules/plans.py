"""A plan's rows and what each covers (docs/domain.md#payment-plans): Decimals with two places."""

from __future__ import annotations

import calendar
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.kernel.money import ZERO, from_cents, to_cents

FREQUENCIES: Final = ("weekly", "monthly", "quarterly")
FEWEST_ROWS: Final = 2
MAX_ROWS: Final = 12
RETRY_AFTER_DAYS: Final = (1, 3, 7)
_MONTHS: Final = {"monthly": 1, "quarterly": 3}
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Owed:
    """What is left of an obligation when a plan is made."""

    obligation_id: UUID
    due_date: date
    outstanding: Decimal


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One row of a plan; `cover` are the parts of obligations that make up its amount, oldest first."""

    number: int
    due_date: date
    amount: Decimal
    cover: tuple[tuple[UUID, Decimal], ...]


def split_evenly(*, total: Decimal, count: int) -> list[Decimal]:
    """Shares in whole cents that sum to the total; the first `total mod count` are one cent more."""
    share, more = divmod(to_cents(total), count)
    return [from_cents(share + (1 if place < more else 0)) for place in range(count)]


def due_dates(*, start: date, frequency: str, count: int) -> list[date]:
    """The first is `start`, each later one is counted from `start`: 31 Jan → 29 Feb → 31 Mar."""
    if frequency == "weekly":
        return [start + _WEEK * place for place in range(count)]
    return [add_months(start, _MONTHS[frequency] * place) for place in range(count)]


def add_months(day: date, months: int) -> date:
    """The same day that many months later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def plan_rows(*, owed: Sequence[Owed], start: date, frequency: str, count: int) -> list[PlannedRow]:
    """The rows of a plan over what is owed: each covers the oldest debt that earlier ones left.

    A share may come out as 0.00; the caller refuses that.
    """
    waiting = deque(sorted(owed, key=lambda debt: (debt.due_date, debt.obligation_id)))
    left = waiting[0].outstanding if waiting else ZERO
    shares = split_evenly(total=sum((each.outstanding for each in owed), ZERO), count=count)
    dates = due_dates(start=start, frequency=frequency, count=count)
    rows: list[PlannedRow] = []
    for number, (amount, due) in enumerate(zip(shares, dates, strict=True), start=1):
        cover: list[tuple[UUID, Decimal]] = []
        missing = amount
        while missing:
            part = min(missing, left)
            cover.append((waiting[0].obligation_id, part))
            missing -= part
            left -= part
            if not left:
                waiting.popleft()
                left = waiting[0].outstanding if waiting else ZERO
        rows.append(PlannedRow(number, due, amount, tuple(cover)))
    assert not waiting, "the rows cover all that is owed"
    return rows


def next_attempt(*, failed_on: date, failed_attempts: int) -> date | None:
    """When an automatic payment is retried after that many failures: 1, 3, 7 days later; then None."""
    if failed_attempts > len(RETRY_AFTER_DAYS):
        return None
    return failed_on + timedelta(days=RETRY_AFTER_DAYS[failed_attempts - 1])


def distribute(*, amount: Decimal, limits: Sequence[Decimal]) -> list[Decimal]:
    """Distribute the amount in order, each part within its limit; what exceeds all limits is left over."""
    parts: list[Decimal] = []
    for each in limits:
        part = min(amount, each)
        parts.append(part)
        amount -= part
    return parts
