"""What is unearned of a premium, and which installments it is credited to (docs/domain.md#premiums)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

from batconnect.core.kernel.money import ZERO, round_half_up

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Term:
    """The days that a policy covers, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it covers."""
        return (self.last - self.first).days + 1

    def days_left(self, on: date) -> int:
        """How many of them are left from that day on, which is not covered any more."""
        return min(max((self.last - on).days + 1, 0), self.days)


@dataclass(frozen=True, slots=True)
class Share(Generic[Key]):
    """A part of what is unearned, credited to one installment."""

    key: Key
    amount: Decimal


def unearned_by_days(*, premium: Decimal, term: Term, on: date) -> Decimal:
    """The premium of the days that are left, half-up to the cent."""
    return round_half_up(premium * term.days_left(on) / term.days)


def credit_from_the_latest(
    *, unearned: Decimal, outstanding: Sequence[tuple[Key, Decimal]]
) -> tuple[list[Share[Key]], Decimal]:
    """Which installments (given with what they owe, the earliest first) are credited with how much, the latest first;
    and what is left: it was paid above what is earned."""
    shares: list[Share[Key]] = []
    for key, owed in reversed(outstanding):
        part = min(unearned, owed)
        if part:
            shares.append(Share(key, part))
            unearned -= part
    return shares, max(unearned, ZERO)
