"""The arithmetic of credit memos: what a part of an item debits, and what comes back of its discount. Pure.

Rule: docs/domain.md#credit-memos.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from batconnect.core.kernel.money import ZERO, from_cents, round_half_up, to_cents

_CENT: Final = Decimal("0.01")


def spread(amount: Decimal, over: Sequence[Decimal]) -> list[Decimal]:
    """Shares of `amount` in proportion to what is left of each part: floors, then cents by largest remainder, the
    earlier part first. What is left of all of them together is shared out exactly."""
    cents, parts = to_cents(amount), [to_cents(each) for each in over]
    total = sum(parts)
    assert 0 <= cents <= total, "there is not more to share than there is"
    if not cents:
        return [ZERO for _ in parts]
    shares = [cents * part // total for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda place: (-(cents * parts[place] % total), place))
    for place in by_remainder[: cents - sum(shares)]:
        shares[place] += 1
    return [from_cents(each) for each in shares]


def in_turn(amount: Decimal, over: Sequence[Decimal]) -> list[Decimal]:
    """`amount` taken from the parts one after the other."""
    shares = []
    for part in over:
        share = min(amount, part)
        shares.append(share)
        amount -= share
    assert amount == 0, "there is not more to take than there is"
    return shares


@dataclass(frozen=True, slots=True)
class PaidWithDiscount:
    """What payments have settled of an item, gross, and the discount in it; `credited` of it, and `come_back` of the
    discount, were credited before."""

    settled: Decimal
    discount: Decimal
    credited: Decimal
    come_back: Decimal


def discount_back(amount: Decimal, paid: PaidWithDiscount) -> Decimal:
    """What comes back of the discount when `amount` of what was paid is credited: in proportion and cumulatively, all
    of it with the last part."""
    if not paid.discount or not amount or not paid.settled:
        return ZERO
    reached = paid.credited + amount
    target = (
        paid.discount if reached >= paid.settled else round_half_up(paid.discount * reached / paid.settled)
    )
    return min(max(target - paid.come_back, ZERO), amount - _CENT)


def tax_share(*, tax: Decimal, net: Decimal, credited_net: Decimal, credited_tax: Decimal) -> Decimal:
    """What of a line's tax goes with its net when `credited_net` of the `net` is credited in all: cumulative, exact at
    the end."""
    target = tax if credited_net >= net else round_half_up(tax * credited_net / net)
    return max(target - credited_tax, ZERO)
