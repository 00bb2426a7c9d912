"""How an interim payment is split: what was chosen, the excess to Lease, the rest.

Rule: docs/domain.md#interim-payments.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Generic, TypeVar

MAX_ALLOCATIONS: Final = 50
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class LeaseItem(Generic[Key]):
    """An open LEASE obligation of the lease; `left` is what it owes after the chosen allocations."""

    key: Key
    left: Decimal
    due_date: date
    issue_date: date
    reference_id: str


@dataclass(frozen=True, slots=True)
class Excess(Generic[Key]):
    """Where the excess goes, in order, and what stays unallocated cash of the payment."""

    portions: tuple[tuple[Key, Decimal], ...]
    unallocated: Decimal


def excess_to_lease(*, excess: Decimal, items: Sequence[LeaseItem[Key]]) -> Excess[Key]:
    """Spread the excess over the lease's open LEASE obligations, oldest due date first, none above what it owes.

    Ties go by issue date, then reference. Portions and rest sum to the excess.
    """
    assert excess >= 0, "the chosen allocations are at most the payment"
    portions: list[tuple[Key, Decimal]] = []
    for item in sorted(items, key=lambda each: (each.due_date, each.issue_date, each.reference_id)):
        portion = min(item.left, excess)
        if portion > 0:
            portions.append((item.key, portion))
            excess -= portion
    return Excess(tuple(portions), excess)
