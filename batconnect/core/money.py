"""Exact money: `Decimal` with two places, half-up, and never a float (DOMAIN 2)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
LARGEST = Decimal("999999999.99")
_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")


class NotMoney(ValueError):
    """The text is no plain amount with at most two decimals."""


def parse_money(value: object) -> Decimal:
    """The exact amount of a JSON number (read as Decimal) or a decimal string, with two places.

    Raises NotMoney for anything else: floats, booleans, exponents, NaN, more than two decimals.
    """
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        value = str(value)
    if not isinstance(value, str) or not _PLAIN.fullmatch(value.strip()):
        raise NotMoney("Enter an amount in plain digits with at most two decimals, for example 265.00.")
    return Decimal(value.strip()).quantize(CENT)


def half_up(value: Decimal) -> Decimal:
    """Rounded to cents, halves away from zero."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def to_cents(amount: Decimal) -> int:
    """The amount in whole cents."""
    return int(amount.scaleb(2))


def from_cents(cents: int) -> Decimal:
    """The amount of so many whole cents."""
    return Decimal(cents).scaleb(-2).quantize(CENT)


def in_words(amount: Decimal) -> str:
    """The amount as people read it in messages: `1,234.50`."""
    return f"{amount:,.2f}"


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """An amount of money in its row's currency: two decimals, at most 999,999,999.99 either way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 11
        kwargs["decimal_places"] = 2
        super().__init__(*args, **kwargs)
        self.validators += [MinValueValidator(-LARGEST), MaxValueValidator(LARGEST)]

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs
