"""Whether a statement's figures agree, in itself and with those before it (docs/domain.md#statements)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

CONTRADICTS: Final = "balances_contradict"
TOTALS: Final = "totals_contradict"
DIFFERS: Final = "opening_differs"
MISSING: Final = "predecessor_missing"
BEFORE: Final = "before_the_first"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a statement says of itself; `money_in` and `money_out` sum its booked entries."""

    opening: Decimal | None
    closing: Decimal | None
    money_in: Decimal
    money_out: Decimal
    totals_in: Decimal | None = None
    totals_out: Decimal | None = None

    @property
    def net(self) -> Decimal:
        """By how much its lines move the balance."""
        return self.money_in - self.money_out

    @property
    def implied_opening(self) -> Decimal | None:
        """The opening balance, or what it must have been."""
        if self.opening is not None or self.closing is None:
            return self.opening
        return self.closing - self.net


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a statement is held or waits."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands by its own word: number, and first and last day."""

    sequence_no: str
    first: date | None
    last: date | None

    @property
    def number(self) -> int | None:
        """The number, where it is one."""
        return int(self.sequence_no) if self.sequence_no.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Chain:
    """What the account's statements come to before this one: the last one's balance and place, less what this one
    repeats. `balances` are those that it may open with; none where the balance is not known yet."""

    place: Place | None
    balances: tuple[Decimal, ...]


def sums(signed: Iterable[Decimal]) -> tuple[Decimal, Decimal]:
    """Money in and money out of signed amounts, neither below zero."""
    money_in = money_out = Decimal("0.00")
    for amount in signed:
        if amount > 0:
            money_in += amount
        else:
            money_out -= amount
    return money_in, money_out


def contradiction(figures: Figures) -> Fault | None:
    """Where the statement's own figures disagree: which, and by how much."""
    if figures.opening is not None and figures.closing is not None:
        expected = figures.opening + figures.net
        if expected != figures.closing:
            return Fault(
                CONTRADICTS,
                f"Opening {figures.opening:,.2f} + money in {figures.money_in:,.2f} − money out "
                f"{figures.money_out:,.2f} is {expected:,.2f}, but the closing balance is {figures.closing:,.2f}: "
                f"{figures.closing - expected:,.2f} more.",
            )
    for what, said, summed in (
        ("money in", figures.totals_in, figures.money_in),
        ("money out", figures.totals_out, figures.money_out),
    ):
        if said is not None and said != summed:
            return Fault(TOTALS, f"The file says {said:,.2f} of {what}, its lines sum to {summed:,.2f}.")
    return None


def follows(own: Place, before: Place) -> bool | None:
    """Whether the number is the next one; None where numbers do not tell. Numbers begin at one again with a year."""
    if own.number is None or before.number is None:
        return None
    if own.number == before.number + 1:
        return True
    return own.number == 1 and bool(own.first and before.last and own.first.year > before.last.year)


def link(figures: Figures, own: Place, chain: Chain) -> Fault | None:
    """Why the statement does not join on to the one before it; None where it does."""
    opening = figures.implied_opening
    next_number = follows(own, chain.place) if chain.place else None
    agrees = opening is None or not chain.balances or opening in chain.balances
    if next_number is False:
        assert chain.place is not None
        return Fault(
            MISSING,
            f"Number {own.sequence_no} comes after number {chain.place.sequence_no}: what is between is missing.",
        )
    if agrees:
        return None
    expected = chain.balances[0]
    told = f"It opens with {opening:,.2f}; the statement before it ends with {expected:,.2f}"
    if next_number:
        return Fault(DIFFERS, f"{told}, and none is missing between them.")
    return Fault(MISSING, f"{told}: one between them is missing.")
