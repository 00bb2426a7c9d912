"""The rows of an Excel workbook's first sheet as texts, its weight counted before and while it is read.

An amount is never a float: a number of Excel's becomes the decimal text of the fifteen digits that Excel knows.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from batconnect.core.files.tables import NOT_TEXT, Record, UnreadableTable
from batconnect.core.files.uploads import (
    WHOLE_FILES,
    ExpatError,
    ForbiddenXml,
    TableBounds,
    TooHeavy,
    XmlBounds,
    check_xml,
    too_many_rows,
)

_LARGEST_UNPACKED_BYTES: Final = 50 * 1024 * 1024
_LAST_ROW: Final = 20_000  # of a sheet whose rows may be blank
_MAX_CELLS: Final = 200_000
_MAX_PARTS: Final = 200
# Of everything but cells and texts openpyxl makes costly objects.
_XML_BOUNDS: Final = XmlBounds(
    elements=3_000_000,
    attributes=1_000_000,
    depth=40,
    weights={"row": 2, "c": 4, "v": 1, "f": 1, "t": 1, "si": 8, "is": 8},
    weight=100,
)
_UNREADABLE: Final = (
    *(zipfile.BadZipFile, InvalidFileException, ForbiddenXml, ExpatError, ParseError),
    *(KeyError, IndexError, ValueError, TypeError, OSError, EOFError, NotImplementedError, zlib.error),
)


def is_workbook(content: bytes) -> bool:
    """Whether the file begins as a workbook does, whatever its name says."""
    return content.startswith(b"PK\x03\x04")


def read_workbook(content: bytes, *, bounds: TableBounds = WHOLE_FILES) -> Iterator[Record]:
    """The rows of the first sheet that are not blank; the first holds the headings.

    Raises UnreadableTable, TooHeavy at the first row or cell above a limit.
    """
    _measure_all(content)
    try:
        sheet = _first_sheet(content)
        sheet.reset_dimensions()  # the dimensions that it declares may be wrong
        yield from _records(sheet, bounds)
    except (UnreadableTable, TooHeavy):
        raise
    except _UNREADABLE as error:
        raise UnreadableTable(NOT_TEXT, "This is not an Excel workbook (.xlsx).") from error


def _measure_all(content: bytes) -> None:
    """Look through the workbook's parts before anything is made of them."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
            if len(entries) > _MAX_PARTS or sum(each.file_size for each in entries) > _LARGEST_UNPACKED_BYTES:
                raise TooHeavy("cells", "This workbook is too large once it is unpacked.")
            left = _XML_BOUNDS.elements
            for entry in entries:
                left -= _measure(packed, entry, replace(_XML_BOUNDS, elements=left))
    except TooHeavy as error:
        if error.limit != "elements":
            raise
        raise TooHeavy(
            "cells",
            "This workbook holds more than a list of that length needs: copy its rows into a new one.",
        ) from error
    except _UNREADABLE as error:
        raise UnreadableTable(NOT_TEXT, "This is not an Excel workbook (.xlsx).") from error


def _measure(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, bounds: XmlBounds) -> int:
    """What a part weighs, whatever it is called: any of them may be named as the sheet."""
    with packed.open(entry) as part:
        try:
            return check_xml(part, bounds)
        except ExpatError:
            if entry.filename.endswith((".xml", ".rels")):
                raise
            return 0  # a picture or a macro; what it holds of XML is below the limits


def _first_sheet(content: bytes) -> Any:
    """The first worksheet by openpyxl's own steps; it would open all others too, of which there may be thousands."""
    reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    for sheet, relation in reader.parser.find_sheets():
        if relation.Type.endswith("/worksheet"):
            return ReadOnlyWorksheet(reader.wb, sheet.name, relation.target, reader.shared_strings)
    raise UnreadableTable(NOT_TEXT, "This workbook has no sheet.")


def _records(sheet: Any, bounds: TableBounds) -> Iterator[Record]:
    cells = filled = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells += len(row)
        if number > _LAST_ROW:
            raise TooHeavy(
                "rows",
                f"The sheet goes on below row {_LAST_ROW:,}: split it, or delete the empty rows at its end.",
            )
        if cells > _MAX_CELLS:
            raise TooHeavy(
                "cells",
                f"The sheet has more than {_MAX_CELLS:,} cells: delete the empty columns at its right.",
            )
        texts = [_text(cell).strip() for cell in row]
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            continue
        filled += 1
        if filled > bounds.rows:
            raise too_many_rows(bounds.rows - 1)
        if len(texts) > bounds.columns:
            raise TooHeavy("columns", f"Row {number} has more than {bounds.columns} columns.")
        if any(len(text) > bounds.cell for text in texts):
            raise TooHeavy("cell", f"Row {number}: a cell has more than {bounds.cell:,} characters.")
        yield Record(number, "", tuple(texts))


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        # Excel knows one kind of number, and of each the fifteen digits that it shows.
        return f"{Decimal(f'{cell:.15g}'):f}"
    return str(cell)
