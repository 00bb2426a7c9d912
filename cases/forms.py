"""The forms of steps: JSON Schemas in the repository, checked exactly.

Rule: docs/domain.md#money, docs/domain.md#cases.

Numbers are Decimal or int throughout, never float. Amounts are `"format": "money"` (any plain amount) or
`"positive_money"`, on numbers and decimal strings alike; `multipleOf` is refused, for it rejects valid cents.
`"format": "day"` is a date as everywhere (docs/domain.md#time): `YYYY-MM-DD`, or a date-time whose written date counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from django.core.exceptions import ImproperlyConfigured
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from batconnect.core.api.fields import NotADay, parse_day
from batconnect.core.kernel.errors import FieldError
from batconnect.core.kernel.money import LARGEST, NotMoney, exact_money

MAX_ERRORS: Final = 50
_AMOUNTS: Final = frozenset({"money", "positive_money"})
# How the documentation writes our formats.
_PUBLISHED: Final[dict[str | None, dict[str, Any]]] = {
    "money": {"pattern": r"^-?\d{1,9}(\.\d{1,2})?$", "minimum": -999_999_999, "maximum": 999_999_999},
    "positive_money": {"pattern": r"^\d{1,9}(\.\d{1,2})?$", "exclusiveMinimum": 0, "maximum": 999_999_999},
    "day": {"format": "date"},
    "trimmed": {"pattern": r"\S"},
}
_formats = FormatChecker(formats=())


@_formats.checks("money", raises=NotMoney)
def _is_money(value: object) -> bool:
    return abs(exact_money(value)) <= LARGEST


@_formats.checks("positive_money", raises=NotMoney)
def _is_positive_money(value: object) -> bool:
    return Decimal(0) < exact_money(value) <= LARGEST


@_formats.checks("day", raises=NotADay)
def _is_day(value: object) -> bool:
    return not isinstance(value, str) or bool(parse_day(value))


@_formats.checks("trimmed")
def _is_trimmed(value: object) -> bool:
    return not isinstance(value, str) or bool(value.strip())


def written_day(text: str) -> date:
    """The calendar date as written (docs/domain.md#time). Raises NotADay, a ValueError."""
    return parse_day(text)


def _is_number(_checker: object, value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


_Validator = extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number),
)


@cache
def form(source: Path) -> dict[str, Any]:
    """The JSON Schema in the file. Raises FileNotFoundError; ImproperlyConfigured when the schema is not exact."""
    schema: dict[str, Any] = orjson.loads(source.read_bytes())
    _Validator.check_schema(schema)
    if any(key == "multipleOf" for key in _keys(schema)):
        raise ImproperlyConfigured(f"{source.name}: multipleOf rejects valid cents; use the format money")
    return schema


def published(source: Path) -> dict[str, Any]:
    """The form as OpenAPI shows it: our formats in JSON Schema's own words."""
    shown: dict[str, Any] = _published(form(source))
    return shown


def _published(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_published(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    shown = {name: _published(value) for name, value in schema.items() if name != "$schema"}
    return shown | _PUBLISHED.get(
        shown.pop("format", None) if isinstance(shown.get("format"), str) else None, {}
    )


@cache
def _validator(source: Path) -> Any:
    return _Validator(form(source), format_checker=_formats)


def check(source: Path, data: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with the data, the first thing per field path, at most 50; empty when it fits the form."""
    errors: dict[str, FieldError] = {}
    for error in _validator(source).iter_errors(data):
        for one in _explain(error):
            errors.setdefault(one.field, one)
            if len(errors) >= MAX_ERRORS:
                return list(errors.values())
    return list(errors.values())


def with_amounts(source: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with what the form calls amounts made exact, whether numbers or texts.

    What does not fit the form stays as it is.
    """
    exact: dict[str, Any] = _with_amounts(form(source), data)
    return exact


def _with_amounts(schema: Mapping[str, Any], value: Any) -> Any:
    if isinstance(value, Mapping):
        known = schema.get("properties", {})
        return {name: _with_amounts(known.get(name, {}), held) for name, held in value.items()}
    if isinstance(value, list):
        return [_with_amounts(schema.get("items", {}), held) for held in value]
    if schema.get("format") not in _AMOUNTS:
        return value
    try:
        return exact_money(value)
    except NotMoney:
        return value


def _explain(error: ValidationError) -> Iterator[FieldError]:
    """The error in plain English."""
    path = [str(part) for part in error.absolute_path]
    limit: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    if error.validator == "required":
        for name in limit:
            if name not in instance:
                yield FieldError(".".join([*path, name]), "This field is required.", "required")
        return
    if error.validator == "additionalProperties":
        known = schema.get("properties", {})
        for name in instance:
            if name not in known:
                yield FieldError(".".join([*path, str(name)[:60]]), "Unknown field.", "unknown_field")
        return
    if error.validator in ("anyOf", "oneOf", "allOf") and error.context:
        for inner in error.context[:3]:
            yield from _explain(inner)
        return
    yield FieldError(".".join(path), _message(error), str(error.validator))


def _message(error: ValidationError) -> str:
    limit: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    match error.validator:
        case "type":
            kinds = [limit] if isinstance(limit, str) else list(limit)
            return f"Enter a value of type {' or '.join(kinds)}."
        case "enum":
            return f"Choose one of: {', '.join(map(str, limit))}."
        case "const":
            return f"Must be {limit}."
        case "format":
            return _FORMAT_MESSAGES.get(str(limit), f"This is not a valid {limit}.")
        case "minItems":
            return f"Give at least {limit}."
        case "maxItems":
            return f"Give at most {limit}; there are {len(instance)}."
        case "minLength":
            return f"Write at least {limit} characters."
        case "maxLength":
            return f"Write at most {limit} characters; there are {len(instance)}."
        case "minimum":
            return f"Must be {limit} or more."
        case "exclusiveMinimum":
            return f"Must be more than {limit}."
        case "maximum":
            return f"Must be {limit} or less."
        case "exclusiveMaximum":
            return f"Must be less than {limit}."
        case "uniqueItems":
            return "The same entry appears here twice."
        case "pattern":
            return str(schema.get("description") or "The text does not have the right form.")
        case _:
            return "This value is not accepted."


_FORMAT_MESSAGES: Final = {
    "money": f"Enter an amount in plain digits with at most two decimals, up to {LARGEST:,.2f}.",
    "positive_money": f"Enter an amount above zero with at most two decimals, up to {LARGEST:,.2f}.",
    "day": "Enter a date as YYYY-MM-DD, or a date-time.",
    "trimmed": "This must not be blank.",
}


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, inner in node.items():
            yield key
            yield from _keys(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _keys(inner)
