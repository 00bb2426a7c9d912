"""Excel with real dates and numbers, in constant memory; no text is ever taken for a formula or a link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final

import xlsxwriter

from batconnect.core.files.exports.columns import Kind, Sheet, printed
from batconnect.core.kernel.clock import now

MAX_EXCEL_ROWS: Final = 1_048_575  # a sheet's rows, less the headings
_LONGEST_TEXT: Final = 32_767
_DAY_ZERO: Final = date(1899, 12, 30)
_FIRST_DAY: Final = date(1900, 3, 1)
"""From then on a day's number is what has passed since day zero; before it Excel knows a day that never was."""
_FORMATS: Final[dict[Kind, str]] = {
    "money": "#,##0.00",
    "rate": "0.00##",
    "number": "0",
    "date": "yyyy-mm-dd",
    "instant": "yyyy-mm-dd hh:mm:ss",
}
_WIDTHS: Final[dict[Kind, int]] = {
    "text": 22,
    "money": 14,
    "rate": 10,
    "number": 10,
    "date": 12,
    "instant": 20,
}


def write_excel(file: IO[bytes], sheet: Sheet) -> None:
    """Write the sheet with one worksheet, and a second one with its filters; instants in the company's time."""
    workbook = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    worksheet = workbook.add_worksheet(_sheet_name(sheet.title))
    heading = workbook.add_format({"bold": True, "bottom": 1})
    formats = {kind: workbook.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
    for number, column in enumerate(sheet.columns):
        worksheet.set_column(number, number, max(_WIDTHS[column.kind], len(column.title) + 2))
        worksheet.write_string(0, number, column.title, heading)
    worksheet.freeze_panes(1, 0)
    line, writers = 0, _writers(worksheet, sheet, formats)
    for line, row in enumerate(sheet.rows, start=1):
        _write_row(writers, line, row)
    if sheet.totals:
        bold = {
            kind: workbook.add_format({"num_format": text, "bold": True}) for kind, text in _FORMATS.items()
        }
        bold["text"] = workbook.add_format({"bold": True})
        bold_writers = _writers(worksheet, sheet, bold)
        for place, row in enumerate(sheet.totals, start=line + 2):
            _write_row(bold_writers, place, row)
    if sheet.filters:
        _write_filters(workbook, heading, sheet)
    workbook.close()


_Write = Callable[[int, Any], None]


def _writers(worksheet: Any, sheet: Sheet, formats: Mapping[Kind, Any]) -> list[tuple[str, _Write]]:
    """Of each column its key and what writes a value into a line of it, chosen once: a sheet has millions of cells."""
    return [
        (column.key, _writer(worksheet, place, column.kind, formats.get(column.kind), sheet))
        for place, column in enumerate(sheet.columns)
    ]


def _writer(worksheet: Any, place: int, kind: Kind, cell_format: Any, sheet: Sheet) -> _Write:
    """Writes what the kind's columns mostly hold at once, and anything else by its type."""
    write_number, write_string = worksheet.write_number, worksheet.write_string

    def write_text(line: int, value: Any) -> None:
        if value == "":
            return
        if type(value) is str:
            write_string(line, place, value[:_LONGEST_TEXT], cell_format)
        else:
            _write(worksheet, line, place, value, cell_format, sheet)

    def write_day(line: int, value: Any) -> None:
        if type(value) is date and value > _FIRST_DAY:
            write_number(line, place, (value - _DAY_ZERO).days, cell_format)
        else:
            _write(worksheet, line, place, value, cell_format, sheet)

    def write_figure(line: int, value: Any) -> None:
        if type(value) is Decimal:
            write_number(line, place, value, cell_format)
        else:
            _write(worksheet, line, place, value, cell_format, sheet)

    writers: dict[str, _Write] = {"text": write_text, "date": write_day}
    return writers.get(kind, write_figure)


def _write_row(writers: Sequence[tuple[str, _Write]], line: int, row: Mapping[str, Any]) -> None:
    for key, write in writers:
        value = row.get(key)
        if value is not None:
            write(line, value)


def _write_filters(workbook: Any, heading: Any, sheet: Sheet) -> None:
    """What the list was asked for, on a sheet of its own: the first one stays a plain table."""
    worksheet = workbook.add_worksheet("Filters")
    worksheet.set_column(0, 0, 24)
    worksheet.set_column(1, 1, 60)
    about = (
        ("List", sheet.title),
        ("Company", sheet.actor.company.name),
        *sheet.filters,
        ("Made at", printed(now(), "instant", sheet.zone)),
        ("Made by", sheet.actor.name),
    )
    for line, (name, value) in enumerate(about):
        worksheet.write_string(line, 0, name, heading)
        worksheet.write_string(line, 1, value[:_LONGEST_TEXT])


def _write(worksheet: Any, line: int, number: int, value: Any, cell_format: Any, sheet: Sheet) -> None:
    if value == "":
        return
    if isinstance(value, bool):
        worksheet.write_boolean(line, number, value)
    elif isinstance(value, Decimal | int):
        worksheet.write_number(line, number, value, cell_format)
    elif isinstance(value, datetime):
        local = value.astimezone(sheet.zone).replace(tzinfo=None)
        worksheet.write_datetime(line, number, local, cell_format)
    elif isinstance(value, date):
        worksheet.write_datetime(line, number, datetime(value.year, value.month, value.day), cell_format)  # noqa: DTZ001 - a cell has no zone
    else:
        worksheet.write_string(line, number, str(value)[:_LONGEST_TEXT], cell_format)


def _sheet_name(title: str) -> str:
    """At most 31 characters without those that Excel reserves."""
    return (
        "".join(" " if character in "[]:*?/\\'" else character for character in title)[:31].strip() or "List"
    )
