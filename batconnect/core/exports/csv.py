"""CSV: UTF-8, cells that a spreadsheet would take for a formula escaped."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, Final

from batconnect.core.api.json import instant_text
from batconnect.core.exports.columns import Sheet

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet would run it as a formula (DOMAIN 8)."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def write_csv(file: IO[bytes], sheet: Sheet) -> None:
    """Write the sheet: headings, then one line a row; amounts plain, dates ISO, instants in UTC with Z.

    An `opened` sheet begins with what it is and what it was filtered by, and an empty line.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text, delimiter=sheet.delimiter)
    if sheet.opened:
        about = (("List", sheet.title), ("Company", sheet.actor.company.name), *sheet.filters)
        writer.writerows([escape_formula(name), escape_formula(value)] for name, value in about)
        writer.writerow(())
    writer.writerow(escape_formula(column.title) for column in sheet.columns)
    keys = [column.key for column in sheet.columns]
    writer.writerows([_cell(row.get(key)) for key in keys] for row in sheet.rows)
    text.flush()
    text.detach()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return escape_formula(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return instant_text(value)
    return "" if value is None else value
