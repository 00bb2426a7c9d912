"""JSON with exact numbers: in as `Decimal`, out with two decimals, never through a float."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Any, Final
from uuid import UUID

import orjson
from django.utils.functional import Promise

from batconnect.core.kernel.codes import MALFORMED_BODY
from batconnect.core.kernel.counting import MAX_VALUES, TooMuch, count_values
from batconnect.core.kernel.errors import FieldError, InvalidInput

_LONGEST_NUMBER: Final = 40
_MAX_ERRORS: Final = 20
_LONGEST_PATH: Final = 200
UNSTORABLE_TEXT: Final = "unstorable_text"
_UNSTORABLE: Final = "NUL characters and lone surrogates cannot be stored."
# Found by a search, because encoding to see whether it works takes four times the text's memory.
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


class _RefusedNumber(str):
    """A number we do not take: an exponent, NaN, Infinity, or one that is absurdly long."""

    __slots__ = ()


class _DuplicateName(ValueError):
    """One object names the same member twice."""


def _number(text: str) -> Decimal | _RefusedNumber:
    if len(text) > _LONGEST_NUMBER or "e" in text or "E" in text:
        return _RefusedNumber(text)
    return Decimal(text)


def _integer(text: str) -> int | _RefusedNumber:
    return _RefusedNumber(text) if len(text) > _LONGEST_NUMBER else int(text)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateName(
            next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        )
    return members


_decoder = json.JSONDecoder(
    parse_float=_number, parse_int=_integer, parse_constant=_RefusedNumber, object_pairs_hook=_members
)


def read_exact_json(body: bytes, *, max_values: int = MAX_VALUES) -> Any:
    """The document in `body`, non-integers as Decimal exactly as written.

    Raises InvalidInput (400): more values, deeper or with longer names than accepted (`core.kernel.counting`), not
    UTF-8 or malformed (with line and column), a member named twice, and, naming the field, numbers with an exponent,
    NaN, Infinity, and text that PostgreSQL cannot store.
    """
    try:
        text = body.decode("utf-8")
        count_values(text, limit=max_values)
        document = _decoder.decode(text)
        del text  # up to four times the body, and no longer needed
    except UnicodeDecodeError as error:
        raise _malformed(f"The body is not UTF-8 (byte {error.start}).") from error
    except TooMuch as error:
        raise _malformed(str(error)) from error
    except json.JSONDecodeError as error:
        raise _malformed(
            f"Malformed JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    except _DuplicateName as error:
        name = _printable(str(error)[:100])
        raise _malformed(f"The member {name!r} is given twice in one object.", field=name) from error
    if problems := list(islice(_unacceptable(document, []), _MAX_ERRORS)):
        raise InvalidInput(problems[0].message, errors=problems)
    return document


def _malformed(message: str, *, field: str | None = None) -> InvalidInput:
    return InvalidInput(message, code=MALFORMED_BODY, field=field)


def _unacceptable(value: Any, path: list[str]) -> Iterator[FieldError]:
    """What cannot be taken in the value at `path`, whose text is made for that alone."""
    if isinstance(value, dict):
        for name, held in value.items():
            if not _is_storable(name):
                yield FieldError(_written(path) or "name", _UNSTORABLE, UNSTORABLE_TEXT)
            yield from _unacceptable_at(name, held, path)
    elif isinstance(value, list):
        for index, held in enumerate(value):
            yield from _unacceptable_at(index, held, path)
    elif isinstance(value, _RefusedNumber):
        yield FieldError(
            _written(path),
            f"Write numbers in plain digits, without exponent, NaN or Infinity: not {value[:_LONGEST_NUMBER]}.",
            "inexact_number",
        )
    elif isinstance(value, str) and not _is_storable(value):
        yield FieldError(_written(path), _UNSTORABLE, UNSTORABLE_TEXT)


def _unacceptable_at(name: str | int, held: Any, path: list[str]) -> Iterator[FieldError]:
    path.append(str(name))
    yield from _unacceptable(held, path)
    path.pop()


def _is_storable(text: str) -> bool:
    return "\x00" not in text and (text.isascii() or _SURROGATE.search(text) is None)


def _written(path: list[str]) -> str:
    return _printable(".".join(path))


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "?")[:_LONGEST_PATH]


def write_exact_json(data: Any) -> bytes:
    """The document as UTF-8. Raises TypeError for what has no exact form: NaN, five decimals, naive instants."""
    try:
        return orjson.dumps(data, default=_encode, option=_OPTIONS)
    except orjson.JSONEncodeError as error:
        raise TypeError(f"This answer cannot be written: {error}") from error


def decimal_text(value: Decimal) -> str:
    """Two decimals; three or four as they are. Raises TypeError for NaN, Infinity and more than four."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise TypeError(f"{value} is not a number")
    if exponent < -4:
        exact = value.quantize(Decimal("0.0001"))
        if exact != value:
            raise TypeError(f"{value} has more than four decimals; round it where the rule is known")
        return decimal_text(exact.normalize())
    return f"{value:.2f}" if exponent >= -2 else f"{value:f}"


def instant_text(value: datetime) -> str:
    """The instant in UTC with `Z`, whole seconds. Raises TypeError for a naive one."""
    if value.tzinfo is None:
        raise TypeError("an instant needs a time zone")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(decimal_text(value))
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | Promise):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
