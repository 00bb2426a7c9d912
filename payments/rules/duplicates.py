"""When a payment looks like one that is there already: a warning, not a refusal (docs/api.md#payments)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

DAYS_APART: Final = 3
SAME_REFERENCE: Final = "same_reference"
SAME_AMOUNT: Final = "same_amount"
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Seen(Generic[Key]):
    """A payment of one customer, one currency and one amount; `order` grows with its number."""

    key: Key
    payment_date: date
    reference_number: str
    order: int


def duplicate_reason(*, one: Seen[Key], other: Seen[Key]) -> str | None:
    """`same_reference`, `same_amount` (within three days), or None."""
    reference = one.reference_number.strip().casefold()
    if reference and reference == other.reference_number.strip().casefold():
        return SAME_REFERENCE
    if abs((one.payment_date - other.payment_date).days) <= DAYS_APART:
        return SAME_AMOUNT
    return None


def likely_duplicate(*, of: Seen[Key], among: Sequence[Seen[Key]]) -> Key | None:
    """The likeliest duplicate: the same reference first, then the nearest date, then the latest number."""

    def rank(candidate: Seen[Key]) -> tuple[bool, int, int]:
        apart = abs((of.payment_date - candidate.payment_date).days)
        return (duplicate_reason(one=of, other=candidate) != SAME_REFERENCE, apart, -candidate.order)

    duplicates = [each for each in among if duplicate_reason(one=of, other=each)]
    return min(duplicates, key=rank).key if duplicates else None
