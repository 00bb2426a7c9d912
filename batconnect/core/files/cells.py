"""What the cells of an uploaded table say, by kind: each parser takes the cell's text, or says why it does not.

Amounts and dates are those of docs/domain.md#batches, wherever they come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import models

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import FIRST_YEAR, LAST_YEAR
from batconnect.core.kernel.money import LARGEST, NotMoney, format_amount, parse_money

Parser = Callable[[str, Actor], Any]
"""What a cell's text means to the actor, whose company it is for. Raises BadCell."""
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?")
_YES: Final = {"true", "yes", "y", "1", "x"}
_NO: Final = {"false", "no", "n", "0", ""}


class BadCell(ValueError):
    """A cell does not hold what its column requires; the message says what that is."""

    def __init__(self, message: str, *, code: str = "invalid") -> None:
        super().__init__(message)
        self.code = code


def cell_amount(text: str, *, currency: str = "") -> Decimal:
    """An amount above zero: `1234.56` or `1,234.56`, with or without the currency sign. Raises BadCell."""
    try:
        amount = parse_money(text, currency=currency)
    except NotMoney as error:
        raise BadCell(str(error)) from error
    if not 0 < amount <= LARGEST:
        raise BadCell(f"The amount must be above 0.00 and at most {format_amount(LARGEST)}.")
    return amount


def cell_signed_amount(text: str, *, currency: str = "") -> Decimal:
    """An amount of either sign, other than zero. Raises BadCell."""
    try:
        amount = parse_money(text, currency=currency)
    except NotMoney as error:
        raise BadCell(str(error)) from error
    if not 0 < abs(amount) <= LARGEST:
        raise BadCell(f"The amount may not be 0.00, nor above {format_amount(LARGEST)} either way.")
    return amount


def cell_date(text: str) -> date:
    """A date: `YYYY-MM-DD`, a date-time as written, or `MM/DD/YYYY`. Raises BadCell."""
    try:
        if "/" in text:
            day = datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a date as written has no zone
        elif _ISO.fullmatch(text):
            day = datetime.fromisoformat(text).date()
        else:
            raise ValueError(text)
    except ValueError as error:
        raise BadCell("Write the date as YYYY-MM-DD or MM/DD/YYYY.") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadCell(f"Write a year from {FIRST_YEAR} to {LAST_YEAR}.")
    return day


def cell_flag(text: str) -> bool:
    """Yes or no; an empty cell is no. Raises BadCell."""
    folded = text.casefold()
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise BadCell("Write yes or no.")


def cell_text(text: str, *, limit: int, required: bool = False) -> str:
    """A text of at most `limit` characters. Raises BadCell."""
    if required and not text:
        raise BadCell("This cell may not be empty.")
    if len(text) > limit:
        raise BadCell(f"{len(text)} characters; at most {limit} are accepted.")
    return text


def cell_key(text: str) -> int:
    """A whole number above zero. Raises BadCell."""
    # By length first: Python refuses to read a number of thousands of digits.
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and 0 < int(text) < 2**63):
        raise BadCell("Write a whole number.")
    return int(text)


def text(limit: int, *, required: bool = False) -> Parser:
    """Parses a text of at most `limit` characters."""
    return lambda cell, actor: cell_text(cell, limit=limit, required=required)


def amount(cell: str, actor: Actor) -> Decimal:
    """Parses an amount above zero in the company's currency."""
    return cell_amount(cell, currency=actor.company.base_currency)


def signed_amount(cell: str, actor: Actor) -> Decimal:
    """Parses an amount of either sign, other than zero, in the company's currency."""
    return cell_signed_amount(cell, currency=actor.company.base_currency)


def day(cell: str, actor: Actor) -> date:
    """Parses a date."""
    return cell_date(cell)


def flag(cell: str, actor: Actor) -> bool:
    """Parses yes or no."""
    return cell_flag(cell)


def key(cell: str, actor: Actor) -> int:
    """Parses a number that names a row."""
    return cell_key(cell)


def uuid_of(what: str) -> Parser:
    """Parses an id; `what` is whose."""

    def parse(cell: str, actor: Actor) -> UUID:
        try:
            return UUID(cell)
        except ValueError as error:
            raise BadCell(f"Write {what}'s UUID.") from error

    return parse


def choice(choices: type[models.TextChoices]) -> Parser:
    """Parses one of the choices, in any case."""
    known = {value.casefold(): value for value in choices.values}

    def parse(cell: str, actor: Actor) -> str:
        if cell.casefold() not in known:
            raise BadCell(f"Give one of: {', '.join(known.values())}.")
        return known[cell.casefold()]

    return parse
