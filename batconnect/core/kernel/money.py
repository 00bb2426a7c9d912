"""Exact money: `Decimal` with two places, half-up, and never a float (docs/domain.md#money)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from batconnect.core.kernel.field_codes import NOT_MONEY, OUT_OF_RANGE

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
LARGEST = Decimal("999999999.99")
_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(,[0-9]{3}){1,4}(\.[0-9]{1,2})?")
# One comma and up to two digits behind it: a decimal comma, or a group that lacks a digit.
_EITHER = re.compile(r"-?([0-9]{1,15}),([0-9]{1,2})")
_DECIMAL_COMMA = re.compile(r"-?[0-9]{1,3}([. ][0-9]{3})+(,[0-9]{1,2})?")
_LONGEST_TYPED = 40
SIGNS = {"USD": "$", "CAD": "$", "EUR": "€", "GBP": "£", "INR": "₹"}
"""The sign that people write before an amount of a currency."""


class NotMoney(ValueError):
    """The value is not an amount with at most two decimals; the message says how to write one."""


class TwoReadings(NotMoney):
    """The text looks like an amount but may mean another one: a stray comma, another currency's sign."""


def parse_money(text: str, *, currency: str = "") -> Decimal:
    """The exact amount that a person typed, or that a file says: `1234.5`, `1,234.50`, `$ 1,234.50`, `-20`.

    Commas stand only between groups of three digits. `currency` is the amount's; its sign may stand before the digits
    (`$` where the currency is not known), and blanks anywhere around. Nothing is guessed: raises NotMoney, naming both
    readings of a text that has two, for a sign of another currency, and for whatever JSON may not carry either.
    """
    typed = text.strip()
    if len(typed) > _LONGEST_TYPED:
        raise NotMoney(f"Enter an amount; this has {len(typed)} characters.")
    plain = _without_sign(typed, currency)
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    elif "," in plain:
        raise TwoReadings(_why_not(typed, plain))
    return exact_money(plain)


def _without_sign(typed: str, currency: str) -> str:
    """The text with a plain minus in front, if any, and without its currency's sign and the blanks around it."""
    negative = typed[:1] in ("-", "\N{MINUS SIGN}")
    plain = typed[1:].lstrip() if negative else typed
    sign = SIGNS.get(currency, "" if currency else "$")
    if sign and plain.startswith(sign):
        plain = plain.removeprefix(sign).lstrip()
        if not negative and plain[:1] in ("-", "\N{MINUS SIGN}"):
            negative, plain = True, plain[1:].lstrip()
    elif plain[:1] in SIGNS.values():
        raise TwoReadings(
            f"{plain[0]} is not the sign of {currency or 'this amount'}; write the digits alone."
        )
    return f"-{plain}" if negative else plain


def _why_not(typed: str, plain: str) -> str:
    """What to write instead of a text with a comma that parts no group of three digits."""
    either = _EITHER.fullmatch(plain)
    if either:
        whole, rest = either.groups()
        minus = "-" if plain.startswith("-") else ""
        return (
            f"{typed!r} can mean {minus}{whole}.{rest:0<2} or {minus}{whole}{rest}.00. "
            "Write a point before the cents, and commas only between groups of three digits."
        )
    if _DECIMAL_COMMA.fullmatch(plain):
        return f"{typed!r} has a decimal comma. Write a point before the cents, for example 1,234.56."
    return f"{typed!r}: commas stand only between groups of three digits, for example 1,234.56."


def exact_money(value: object) -> Decimal:
    """The exact amount of a JSON number (read as Decimal) or a decimal string in plain digits, with two places.

    Raises NotMoney for anything else: floats, booleans, exponents, NaN, commas, more than two decimals.
    """
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        value = str(value)
    if not isinstance(value, str) or not _PLAIN.fullmatch(value.strip()):
        raise NotMoney("Enter an amount in plain digits with at most two decimals, for example 265.00.")
    return Decimal(value.strip()).quantize(CENT)


def round_half_up(value: Decimal) -> Decimal:
    """Rounded to cents, halves away from zero."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def sum_of(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum, 0.00 for none."""
    return sum(amounts, ZERO)


def to_cents(amount: Decimal) -> int:
    """The amount in whole cents."""
    return int(amount.scaleb(2))


def from_cents(cents: int) -> Decimal:
    """The amount of this many whole cents."""
    return Decimal(cents).scaleb(-2).quantize(CENT)


def format_amount(amount: Decimal) -> str:
    """The amount as people read it in messages: `1,234.50`."""
    return f"{amount:,.2f}"


class TypedMoneyField(forms.CharField):
    """An amount that a person types into a form, as `parse_money` reads it; empty is None.

    `currency` is the amount's, so that its sign may stand before it: set it with `name_currency`. Without `signed` the
    amount is at least 0.00, with `above_zero` at least 0.01.
    """

    currency = ""

    def __init__(self, *, signed: bool = False, above_zero: bool = False, **options: Any) -> None:
        options.pop("max_digits", None)
        super().__init__(**options)
        self.signed, self.above_zero = signed, above_zero
        self.widget.attrs.setdefault("inputmode", "decimal")
        self.widget.attrs.setdefault("autocomplete", "off")

    def prepare_value(self, value: Any) -> Any:
        """What stands in the box is written as amounts are everywhere; what somebody typed stays as it was typed."""
        return format_amount(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or (isinstance(value, str) and not value.strip()):
            return None
        try:
            amount = parse_money(str(value), currency=self.currency)
        except NotMoney as error:
            raise forms.ValidationError(str(error), code=NOT_MONEY) from error
        if abs(amount) > LARGEST or (self.above_zero and amount <= 0):
            raise forms.ValidationError(
                f"The amount must lie {'above 0.00 and ' if self.above_zero else ''}not above "
                f"{format_amount(LARGEST)}.",
                code=OUT_OF_RANGE,
            )
        if amount < 0 and not self.signed:
            raise forms.ValidationError(f"{format_amount(amount)} is below zero.", code=OUT_OF_RANGE)
        return amount


def name_currency(fields: Mapping[str, forms.Field], currency: str) -> None:
    """Tell a form's amounts which currency they are in."""
    for field in fields.values():
        if isinstance(field, TypedMoneyField):
            field.currency = currency


class ExactDecoder(json.JSONDecoder):
    """Reads JSON with its decimals as they are written, for columns that hold amounts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parse_float=Decimal, **options)


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """An amount of money in its row's currency: two decimals, at most 999,999,999.99 either way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 11
        kwargs["decimal_places"] = 2
        super().__init__(*args, **kwargs)
        self.validators += [MinValueValidator(-LARGEST), MaxValueValidator(LARGEST)]

    def formfield(self, **kwargs: Any) -> Any:
        return models.Field.formfield(self, **{"form_class": TypedMoneyField, "signed": True, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs
