"""When a payment looks like one that is there already: one rule however it comes (docs/domain.md#likely-duplicates).

Calls and the counter warn of it; files and feeds hold the row until somebody decides.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Generic, TypeVar

DAYS_APART: Final = 3
SAME_REFERENCE: Final = "same_reference"
SAME_AMOUNT: Final = "same_amount"
Key = TypeVar("Key", bound=Hashable)
_Known = TypeVar("_Known", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Seen(Generic[Key]):
    """A payment of one customer, or what may become one; `order` grows with its number.

    `customer` and `details` (method and notes) are compared as they are; the latter only say which of several is the
    very same.
    """

    key: Key
    payment_date: date
    reference_number: str
    order: int
    amount: Decimal
    currency: str
    customer: Hashable = None
    details: Hashable = None

    @property
    def reference(self) -> str:
        """As references are compared: without outer blanks and case."""
        return self.reference_number.strip().casefold()


@dataclass(frozen=True, slots=True)
class Duplicate(Generic[Key]):
    """The payment that something looks like, and by what."""

    key: Key
    reason: str


def duplicate_reason(*, one: Seen[Key], other: Seen[_Known]) -> str | None:
    """`same_reference`, whenever and whatever the amount; `same_amount`, within three days; or None."""
    if one.reference and one.reference == other.reference:
        return SAME_REFERENCE
    if (one.amount, one.currency) != (other.amount, other.currency):
        return None
    return SAME_AMOUNT if abs((one.payment_date - other.payment_date).days) <= DAYS_APART else None


def pair_up(*, rows: Sequence[Seen[Key]], known: Iterable[Seen[_Known]]) -> dict[Key, Duplicate[_Known]]:
    """The likeliest duplicate of each row that has one; each known payment is that of one row alone.

    The very same first, whichever row comes first; then, in the order of the rows, the same reference (and amount, if
    one has it), then the nearest day, then the latest number.
    """
    shelves = _Shelves(known)
    found: dict[Key, Duplicate[_Known]] = {}
    for take in (shelves.very_same, shelves.same_reference, shelves.near_day):
        for row in rows:
            if row.key not in found and (duplicate := take(row)) is not None:
                found[row.key] = duplicate
    return found


class _Shelves(Generic[_Known]):
    """Known payments by what they are taken for; one that was taken for one thing is left on the other shelves."""

    def __init__(self, known: Iterable[Seen[_Known]]) -> None:
        self._taken: set[_Known] = set()
        self._same: dict[Hashable, deque[Seen[_Known]]] = defaultdict(deque)
        self._by_reference: dict[Hashable, deque[Seen[_Known]]] = defaultdict(deque)
        self._by_day: dict[Hashable, deque[Seen[_Known]]] = defaultdict(deque)
        for each in sorted(known, key=lambda one: one.order):
            self._same[_identity(each)].append(each)
            if each.reference:
                self._by_reference[each.customer, each.reference].append(each)
                self._by_reference[each.customer, each.reference, each.amount, each.currency].append(each)
            self._by_day[each.customer, each.amount, each.currency, each.payment_date].append(each)

    def very_same(self, row: Seen[Key]) -> Duplicate[_Known] | None:
        """The first that says the same in everything."""
        shelf = self._same.get(_identity(row))
        return self._take(shelf, lambda left: left.popleft(), _reason_of_same(row))

    def same_reference(self, row: Seen[Key]) -> Duplicate[_Known] | None:
        """The latest with the row's reference, one of its amount first."""
        if not row.reference:
            return None
        named = (row.customer, row.reference)
        for key in ((*named, row.amount, row.currency), named):
            taken = self._take(self._by_reference.get(key), lambda left: left.pop(), SAME_REFERENCE)
            if taken is not None:
                return taken
        return None

    def near_day(self, row: Seen[Key]) -> Duplicate[_Known] | None:
        """The one of the row's amount whose day is nearest."""
        for apart in sorted(range(-DAYS_APART, DAYS_APART + 1), key=abs):
            day = row.payment_date + timedelta(days=apart)
            shelf = self._by_day.get((row.customer, row.amount, row.currency, day))
            if (taken := self._take(shelf, lambda left: left.pop(), SAME_AMOUNT)) is not None:
                return taken
        return None

    def _take(
        self,
        shelf: deque[Seen[_Known]] | None,
        take: Callable[[deque[Seen[_Known]]], Seen[_Known]],
        reason: str,
    ) -> Duplicate[_Known] | None:
        while shelf:
            each = take(shelf)
            if each.key not in self._taken:
                self._taken.add(each.key)
                return Duplicate(each.key, reason)
        return None


def _identity(one: Seen[Key]) -> Hashable:
    return (one.customer, one.amount, one.currency, one.payment_date, one.reference, one.details)


def _reason_of_same(row: Seen[Key]) -> str:
    return SAME_REFERENCE if row.reference else SAME_AMOUNT
