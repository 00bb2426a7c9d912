"""Which bills and coins a currency has, and what counted ones come to (docs/domain.md#drawers-counted)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from bank.errors import COUNT_DOES_NOT_ADD_UP, UNKNOWN_DENOMINATION
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import LARGEST, ZERO, format_amount, sum_of

Pieces = tuple[tuple[Decimal, int], ...]
"""Pairs of a denomination and how many there are of it."""

MAX_PIECES: Final = 1_000_000


def _values(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text).quantize(Decimal("0.01")) for text in texts)


DENOMINATIONS: Final[Mapping[str, tuple[Decimal, ...]]] = {
    "USD": _values("100", "50", "20", "10", "5", "2", "1", "0.50", "0.25", "0.10", "0.05", "0.01"),
    "CAD": _values("100", "50", "20", "10", "5", "2", "1", "0.25", "0.10", "0.05"),
    "EUR": _values(
        *(
            "500",
            "200",
            "100",
            "50",
            "20",
            "10",
            "5",
            "2",
            "1",
            "0.50",
            "0.20",
            "0.10",
            "0.05",
            "0.02",
            "0.01",
        )
    ),
    "GBP": _values("50", "20", "10", "5", "2", "1", "0.50", "0.20", "0.10", "0.05", "0.02", "0.01"),
    "INR": _values("500", "200", "100", "50", "20", "10", "5", "2", "1"),
}
"""The bills and coins of a currency, the largest first; of others an amount is counted."""


def counted_cash(
    *, currency: str, amount: Decimal | None, pieces: Sequence[tuple[Decimal, int]], field: str = "counted"
) -> tuple[Decimal, Pieces]:
    """What was counted, with its pieces without those that there are none of, the largest first.

    `amount` may be left out where pieces are given. Raises InvalidInput `unknown_denomination`,
    `count_does_not_add_up` naming both figures, and where nothing was given or an amount is below zero.
    """
    known = DENOMINATIONS.get(currency, ())
    for value, _ in pieces:
        if value not in known:
            offered = ", ".join(format_amount(each) for each in known) or "none: give an amount"
            raise InvalidInput(
                f"{format_amount(value)} is not among the bills and coins of {currency}: {offered}.",
                code=UNKNOWN_DENOMINATION,
                field="denominations",
            )
    if len({value for value, _ in pieces}) != len(pieces):
        raise InvalidInput("A denomination is given twice.", code=UNKNOWN_DENOMINATION, field="denominations")
    kept = tuple(sorted(((value, count) for value, count in pieces if count), reverse=True))
    total = sum_of(value * count for value, count in kept)
    if amount is None:
        if not pieces:
            raise InvalidInput("Give what was counted: an amount, or the denominations.", field=field)
        amount = total
    if amount < ZERO or amount > LARGEST:
        raise InvalidInput(f"Enter an amount from 0.00 to {format_amount(LARGEST)}.", field=field)
    if pieces and total != amount:
        raise InvalidInput(
            f"The denominations come to {format_amount(total)}, not to {format_amount(amount)}.",
            code=COUNT_DOES_NOT_ADD_UP,
            field="denominations",
        )
    return amount, kept
