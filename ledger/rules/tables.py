"""Tables that people upload: CSV as spreadsheets write it (docs/domain.md#batches)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from batconnect.core.files.uploads import CsvRecord, csv_records
from batconnect.core.kernel.clock import FIRST_YEAR, LAST_YEAR
from batconnect.core.kernel.money import LARGEST, NotMoney, format_amount, parse_money

_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?")
_YES: Final = {"true", "yes", "y", "1", "x"}
_NO: Final = {"false", "no", "n", "0", ""}
_NO_HEADINGS: Final = CsvRecord(0, "", [])


class UnreadableTable(ValueError):
    """The file is not a table that can be read; the message says why."""


class BadCell(ValueError):
    """A cell does not hold what its column requires; the message says what that is."""


def read_table(
    content: bytes, *, required: Sequence[str], known: Sequence[str]
) -> list[tuple[int, dict[str, str]]]:
    """The rows as (line number in the file, cells by heading), blank rows left out.

    UTF-8 with or without BOM; comma, semicolon or tab; headings in any case, spaces as underscores. Raises
    UnreadableTable naming missing and unknown headings, TooHeavy at the first row or cell above a limit.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableTable(f"The file is not UTF-8 (byte {error.start}).") from error
    if "\x00" in text:
        raise UnreadableTable("The file holds NUL characters; save it as CSV.")
    first = text.split("\n", 1)[0]
    delimiter = max((",", ";", "\t"), key=first.count)
    records = csv_records(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        headings = [each.strip().lower().replace(" ", "_") for each in next(records, _NO_HEADINGS).cells]
        _check_headings(headings, required, known)
        return [(record.line_no, _by_heading(record, headings)) for record in records]
    except csv.Error as error:
        raise UnreadableTable(str(error)) from error


def _by_heading(record: CsvRecord, headings: Sequence[str]) -> dict[str, str]:
    cells = record.cells
    padded = [*cells, *[""] * (len(headings) - len(cells))]
    if len(padded) > len(headings):
        raise UnreadableTable(f"Line {record.line_no} has {len(cells)} cells for {len(headings)} headings.")
    return {name: cell.strip() for name, cell in zip(headings, padded, strict=True)}


def _check_headings(headings: Sequence[str], required: Sequence[str], known: Sequence[str]) -> None:
    if missing := [name for name in required if name not in headings]:
        raise UnreadableTable(f"The first line lacks the headings {', '.join(missing)}.")
    if unknown := [name for name in headings if name not in known]:
        raise UnreadableTable(f"Unknown headings: {', '.join(unknown)}. Known headings: {', '.join(known)}.")
    if len(set(headings)) < len(headings):
        raise UnreadableTable("A heading appears twice.")


def cell_amount(text: str, *, currency: str = "") -> Decimal:
    """An amount above zero: `1234.56` or `1,234.56`, with or without the currency sign. Raises BadCell."""
    try:
        amount = parse_money(text, currency=currency)
    except NotMoney as error:
        raise BadCell(str(error)) from error
    if not 0 < amount <= LARGEST:
        raise BadCell(f"The amount must be above 0.00 and at most {format_amount(LARGEST)}.")
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
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and 0 < int(text) < 2**63):
        raise BadCell("Write a whole number.")
    return int(text)
