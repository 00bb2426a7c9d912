"""Serializer fields for amounts, rates, dates (docs/domain.md#money, docs/domain.md#time) and lists of choices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from batconnect.core.kernel.clock import FIRST_YEAR, LAST_YEAR
from batconnect.core.kernel.codes import UNKNOWN_CHOICE
from batconnect.core.kernel.field_codes import (
    INVALID,
    MAX_LENGTH,
    NOT_A_DATE,
    NOT_A_RATE,
    NOT_MONEY,
    NOT_POSITIVE,
    TOO_LARGE,
    TOO_SMALL,
    UNKNOWN_FIELD,
)
from batconnect.core.kernel.money import LARGEST, NotMoney, exact_money, format_amount

_RATE: Final = re.compile(r"-?[0-9]{1,11}(\.[0-9]{1,4})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*", re.DOTALL)


class BoundedList(serializers.ListField):
    """A list that is refused by its length before any of its members is looked at; `max_length` is required."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        assert self.max_length is not None
        if isinstance(data, list) and len(data) > self.max_length:
            message = self.error_messages["max_length"].format(max_length=self.max_length)
            raise serializers.ValidationError(message, code=MAX_LENGTH)
        values: list[Any] = super().to_internal_value(data)
        return values


class NotADay(ValueError):
    """The text is neither a date nor a date-time."""


def parse_day(value: object) -> date:
    """The calendar date of `YYYY-MM-DD` or of a date-time, as written (docs/domain.md#time).

    Raises NotADay, also for a year before 1900 or after 2999.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not (_DAY.fullmatch(text) or _INSTANT.fullmatch(text)):
        raise NotADay("Write the date as YYYY-MM-DD.")
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError as error:
        raise NotADay("There is no such date; write YYYY-MM-DD.") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise NotADay(f"Write a year from {FIRST_YEAR} to {LAST_YEAR}.")
    return day


class MoneyInput(serializers.Field):  # type: ignore[type-arg]
    """An amount: a JSON number or a decimal string with at most two decimals, at most 999,999,999.99.

    Above zero by default; `allow_zero=True` takes 0.00, `signed=True` takes any sign.
    """

    def __init__(self, *, allow_zero: bool = False, signed: bool = False, **options: Any) -> None:
        self.allow_zero = allow_zero or signed
        self.signed = signed
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            amount = exact_money(data)
        except NotMoney as error:
            raise serializers.ValidationError(str(error), code=NOT_MONEY) from error
        if abs(amount) > LARGEST:
            raise serializers.ValidationError(
                f"{format_amount(amount)} is above the largest amount, {format_amount(LARGEST)}.",
                code=TOO_LARGE,
            )
        if amount < 0 and not self.signed:
            raise serializers.ValidationError(f"{format_amount(amount)} is below zero.", code=NOT_POSITIVE)
        if amount == 0 and not self.allow_zero:
            raise serializers.ValidationError(
                "0.00 is not accepted; the amount must be above zero.", code=NOT_POSITIVE
            )
        return amount

    def to_representation(self, value: Any) -> Any:
        return value


class RateInput(serializers.Field):  # type: ignore[type-arg]
    """A rate, percent, quantity or unit price: plain digits with at most four decimals, within the bounds."""

    def __init__(
        self,
        *,
        at_least: Decimal = Decimal(0),
        at_most: Decimal | None = None,
        above: Decimal | None = None,
        **options: Any,
    ) -> None:
        self.at_least = at_least
        self.at_most = at_most
        self.above = above
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Decimal:
        text = (
            str(data).strip() if isinstance(data, Decimal | str | int) and not isinstance(data, bool) else ""
        )
        if not _RATE.fullmatch(text):
            raise serializers.ValidationError(
                "Enter a number in plain digits with at most four decimals, for example 8.875.",
                code=NOT_A_RATE,
            )
        value = Decimal(text)
        if self.above is not None and value <= self.above:
            raise serializers.ValidationError(f"{text} is not above {self.above}.", code=TOO_SMALL)
        if value < self.at_least:
            raise serializers.ValidationError(f"{text} is below {self.at_least}.", code=TOO_SMALL)
        if self.at_most is not None and value > self.at_most:
            raise serializers.ValidationError(f"{text} is above {self.at_most}.", code=TOO_LARGE)
        return value

    def to_representation(self, value: Any) -> Any:
        return value


class DayInput(serializers.Field):  # type: ignore[type-arg]
    """A date: `YYYY-MM-DD`, or a date-time of which the calendar date as written counts.

    Rule: docs/domain.md#time.
    """

    def to_internal_value(self, data: Any) -> date:
        try:
            return parse_day(data)
        except NotADay as error:
            raise serializers.ValidationError(str(error), code=NOT_A_DATE) from error

    def to_representation(self, value: date) -> str:
        return value.isoformat()


class StrictBoolean(serializers.BooleanField):
    """true or false; not what could be taken for one of them, such as 0 or "yes"."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class LabeledChoice(serializers.Field):  # type: ignore[type-arg]
    """One of a list, by code or label in any case; the code comes out. `aliases` maps further spellings to codes."""

    def __init__(
        self, choices: Iterable[tuple[str, str]], *, aliases: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        self.choices = list(choices)
        self.codes = spellings(self.choices, aliases)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        code = self.codes.get(data.strip().casefold()) if isinstance(data, str) else None
        if code is None:
            raise serializers.ValidationError(not_among(data, self.choices), code=UNKNOWN_CHOICE)
        return code

    def to_representation(self, value: str) -> str:
        return value


def spellings(choices: Iterable[tuple[str, str]], aliases: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every accepted spelling, folded, with the code it stands for."""
    codes: dict[str, str] = {name.casefold(): code for name, code in (aliases or {}).items()}
    for code, label in choices:
        codes[str(label).casefold()] = code
        codes[str(code).casefold()] = code
    return codes


def not_among(value: object, choices: Iterable[tuple[str, str]]) -> str:
    """The sentence that refuses a choice and lists the allowed ones."""
    return f"{str(value)[:60]!r} is not one of {', '.join(code for code, _ in choices)}."


class StrictSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Refuses fields of the body that it does not know, and numbers where text belongs, with all else that is wrong."""

    @classmethod
    def read(cls, body: Any) -> dict[str, Any]:
        """The checked members of a body. Raises ValidationError.

        Its fields are made once for all bodies: making them takes longer than checking one.
        """
        if not isinstance(body, Mapping):
            serializer = cls(data=body)
            serializer.is_valid(raise_exception=True)
            return dict(serializer.validated_data)
        checked: dict[str, Any] = _made_once(cls).run_validation(body)
        return checked

    def to_internal_value(self, data: Any) -> Any:
        refused = self._refused(data) if isinstance(data, Mapping) else {}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if refused and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **refused}) from error
            raise
        if refused:
            raise serializers.ValidationError(refused)
        return values

    def _refused(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        refused = {}
        for name, value in data.items():
            if name not in self.fields:
                refused[name] = [ErrorDetail("Unknown field.", code=UNKNOWN_FIELD)]
            elif isinstance(self.fields[name], serializers.CharField) and isinstance(value, int | Decimal):
                # Such a field would take the digits, and with them a number that had leading zeros.
                refused[name] = [ErrorDetail("Enter text, in quotation marks.", code=INVALID)]
        return refused


@cache
def _made_once(kind: type[StrictSerializer]) -> StrictSerializer:
    """A serializer that keeps nothing of what it checks, as a list's child serializer does."""
    return kind()
