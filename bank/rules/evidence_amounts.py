"""What an amount says: it is what is open on an item, on several, or on one less its discount.

Rule: docs/domain.md#matching. Counts in cents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Final, NamedTuple
from uuid import UUID

from batconnect.core.kernel.money import from_cents
from payments.rules.discounts import Terms, discount_on, last_day

MAX_SUMMED: Final = 5
OLDEST: Final = 12
"""Sums are looked for among so many of the oldest items: among more, any amount is the sum of some."""
FITS: Final = 50
SUM_OF_SOME: Final = 30


class Open(NamedTuple):
    """An open item; the terms are its invoice's."""

    id: UUID
    number: str
    outstanding: int
    due_date: date
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """How an amount fits the items of a customer, with the points that says, in words."""

    points: int
    words: str
    items: tuple[UUID, ...]


@dataclass(slots=True)
class Owed:
    """What a customer has open, the oldest first; sums are added up when they are first asked for."""

    items: Sequence[Open]
    _sums: dict[int, tuple[Open, ...]] | None = None

    def fit(self, amount: int, *, on: date) -> Fit | None:
        """What the amount is, if anything; the likeliest first."""
        same = [each for each in self.items if each.outstanding == amount]
        if same:
            return Fit(FITS, f"{same[0].number} is open with exactly {_text(amount)}", (same[0].id,))
        for item in self.items:
            if (discount := earned(item, on=on)) and item.outstanding - discount == amount:
                words = f"{item.number} is open with {_text(item.outstanding)}, less its discount {_text(discount)}"
                return Fit(FITS, words, (item.id,))
        return self._sum(amount)

    def _sum(self, amount: int) -> Fit | None:
        total = 0
        for place, item in enumerate(self.items, start=1):
            total += item.outstanding
            is_all = place == len(self.items)
            if total == amount and place > 1 and (place <= MAX_SUMMED or is_all):
                what = "all that is open" if is_all else f"the {place} oldest open items"
                return Fit(
                    FITS,
                    f"{_text(amount)} is the sum of {what}",
                    tuple(each.id for each in self.items[:place]),
                )
        if self._sums is None:
            self._sums = dict(_sums(self.items[:OLDEST]))
        if some := self._sums.get(amount):
            numbers = ", ".join(each.number for each in some)
            return Fit(
                SUM_OF_SOME, f"{_text(amount)} is the sum of {numbers}", tuple(each.id for each in some)
            )
        return None


def earned(item: Open, *, on: date) -> int:
    """The discount in cents that settling the item on this day earns; 0 for none."""
    if item.terms is None or on > last_day(item.terms, item.due_date):
        return 0
    return discount_on(item.outstanding, item.terms.percent)


def named_fit(items: Sequence[Open], amount: int, *, on: date) -> Fit | None:
    """How an amount fits the items that were named: each alone, all together, one less its discount, or a part of
    a single one (which says nothing, and has no points)."""
    total = sum(each.outstanding for each in items)
    fit = Owed(items).fit(amount, on=on)
    if fit is not None:
        return fit
    if len(items) == 1 and amount < total:
        return Fit(
            0, f"{_text(amount)} of the {_text(total)} that is open on {items[0].number}", (items[0].id,)
        )
    return None


def _sums(items: Sequence[Open]) -> Iterator[tuple[int, tuple[Open, ...]]]:
    """Every sum of up to five items; of two that sum alike the one of fewer and older items counts."""
    seen: set[int] = set()
    for count in range(2, MAX_SUMMED + 1):
        for some in combinations(items, count):
            total = sum(each.outstanding for each in some)
            if total not in seen:
                seen.add(total)
                yield total, some


def _text(cents: int) -> str:
    amount: Decimal = from_cents(cents)
    return f"{amount:,.2f}"
