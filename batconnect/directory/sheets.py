"""Files of rows, as people fill them in: CSV and Excel in, CSV and Excel out, with nothing that runs.

Rule: docs/domain.md#batches.

Every cell is text on its way in. An amount is never a float: a number of Excel's becomes its shortest decimal text.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import xlsxwriter
from import_export.formats.base_formats import CSV, XLSX
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from tablib import Dataset

from batconnect.core.files.exports.csv import CsvWriter
from batconnect.core.files.formulas import is_formula
from batconnect.core.files.uploads import (
    ExpatError,
    ForbiddenXml,
    TableBounds,
    TooHeavy,
    XmlBounds,
    check_xml,
    csv_records,
    too_many_rows,
)

LARGEST_FILE_BYTES: Final = 2 * 1024 * 1024
MAX_ROWS: Final = 2_000
MAX_EXPORTED_ROWS: Final = 50_000
_LARGEST_UNPACKED_BYTES: Final = 50 * 1024 * 1024
_MAX_COLUMNS: Final = 50
_LONGEST_CELL: Final = 2_000
_LAST_ROW: Final = 20_000  # of a sheet whose rows may be blank
_MAX_CELLS: Final = 200_000
_MAX_PARTS: Final = 200
# Of everything but cells and texts openpyxl makes costly objects.
_XML_BOUNDS: Final = XmlBounds(
    elements=1_200_000,
    attributes=1_000_000,
    depth=40,
    weights={"row": 2, "c": 4, "v": 1, "f": 1, "t": 1, "si": 8, "is": 8},
    weight=40,
)
_UNREADABLE_WORKBOOK: Final = (
    *(zipfile.BadZipFile, InvalidFileException, ForbiddenXml, ExpatError, ParseError),
    *(KeyError, IndexError, ValueError, TypeError, OSError, EOFError, NotImplementedError, zlib.error),
)


class UnreadableSheet(ValueError):
    """The file is not what it says it is; the message is for the person who chose it."""


def escaped(text: str) -> str:
    """Text that no spreadsheet runs: with an apostrophe before what looks like a formula."""
    return f"'{text}" if is_formula(text.lstrip("'")) else text


def unescaped(text: str) -> str:
    """What `escaped` was given."""
    return text[1:] if text.startswith("'") and is_formula(text.lstrip("'")) else text


class SheetCSV(CSV):
    """CSV in UTF-8, with comma, semicolon or tab."""

    def is_binary(self) -> bool:
        """Bytes: the encoding is checked here, and a refusal says where."""
        return True

    def get_read_mode(self) -> str:
        """As stored."""
        return "rb"

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> Dataset:
        """The rows of a file. Raises UnreadableSheet."""
        return read_csv_sheet(in_stream)

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        """The file with its byte order mark, by which Excel knows UTF-8."""
        file = io.StringIO(newline="")
        writer = CsvWriter(file)
        writer.write_row(dataset.headers)
        writer.write_rows([escaped(_text(cell)) for cell in row] for row in dataset)
        return file.getvalue().encode("utf-8-sig")


class SheetXLSX(XLSX):
    """Excel: the first sheet, its first row the headings."""

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> Dataset:
        """The rows of a file. Raises UnreadableSheet."""
        check_workbook(in_stream)
        try:
            sheet = _first_sheet(in_stream)
            sheet.reset_dimensions()  # the dimensions that it declares may be wrong
            return _dataset(_counted(sheet.iter_rows(values_only=True)), max_rows=MAX_ROWS)
        except UnreadableSheet:
            raise
        except _UNREADABLE_WORKBOOK as error:
            raise UnreadableSheet("This is not an Excel workbook (.xlsx).") from error

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        """The file, with real dates and amounts; text is text, whatever it begins with."""
        file = io.BytesIO()
        book = xlsxwriter.Workbook(
            file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        sheet = book.add_worksheet()
        formats = {
            Decimal: book.add_format({"num_format": "0.00"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for line, row in enumerate([dataset.headers, *dataset]):
            for column, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    sheet.write_number(line, column, cell, formats[Decimal])
                elif isinstance(cell, date):
                    sheet.write_datetime(line, column, cell, formats[date])
                else:
                    sheet.write_string(line, column, _text(cell))
        sheet.freeze_panes(1, 0)
        book.close()
        return file.getvalue()


def read_csv_sheet(content: bytes, *, max_rows: int = MAX_ROWS) -> Dataset:
    """The rows of a CSV file. Raises UnreadableSheet."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableSheet("This is not text in UTF-8. Save it as “CSV UTF-8”.") from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    bounds = TableBounds(rows=max_rows + 1, columns=_MAX_COLUMNS, cell=_LONGEST_CELL)
    records = csv_records(io.StringIO(text, newline=""), delimiter=delimiter, bounds=bounds)
    try:
        return _dataset(([unescaped(cell) for cell in record.cells] for record in records), max_rows=max_rows)
    except csv.Error as error:
        raise UnreadableSheet(f"The file cannot be read. {error}") from error
    except TooHeavy as error:
        raise UnreadableSheet(str(error)) from error


def check_workbook(content: bytes) -> None:
    """Look through the workbook's parts before anything is made of them. Raises UnreadableSheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
            if len(entries) > _MAX_PARTS or sum(each.file_size for each in entries) > _LARGEST_UNPACKED_BYTES:
                raise UnreadableSheet("This workbook is too large once it is unpacked.")
            left = _XML_BOUNDS.elements
            for entry in entries:
                left -= _measure(packed, entry, replace(_XML_BOUNDS, elements=left))
    except UnreadableSheet:
        raise
    except TooHeavy as error:
        raise UnreadableSheet(
            "This workbook holds more than a list of that length needs: copy its rows into a new one."
        ) from error
    except _UNREADABLE_WORKBOOK as error:
        raise UnreadableSheet("This is not an Excel workbook (.xlsx).") from error


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
    raise UnreadableSheet("This workbook has no sheet.")


def _measure(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, bounds: XmlBounds) -> int:
    """What a part weighs, whatever it is called: any of them may be named as the sheet."""
    with packed.open(entry) as part:
        try:
            return check_xml(part, bounds)
        except ExpatError:
            if entry.filename.endswith((".xml", ".rels")):
                raise
            return 0  # a picture or the like; what it holds of XML is below the limits


def _counted(rows: Iterable[Iterable[Any]]) -> Iterator[list[str]]:
    """The rows with their cells as text. Raises UnreadableSheet as soon as empty rows or cells are too many."""
    cells = 0
    for number, row in enumerate(rows, start=1):
        texts = [_text(cell) for cell in row]
        cells += len(texts)
        if number > _LAST_ROW:
            raise UnreadableSheet(
                f"The sheet goes on below row {_LAST_ROW:,}: split it, or delete the empty rows at its end."
            )
        if cells > _MAX_CELLS:
            raise UnreadableSheet(
                f"The sheet has more than {_MAX_CELLS:,} cells: delete the empty columns at its right."
            )
        yield texts


def _dataset(lines: Iterable[list[str]], *, max_rows: int) -> Dataset:
    """The first line as headings, the others as rows of the same width; empty lines do not count."""
    filled = _filled(lines)
    headings = [cell.strip() for cell in next(filled, [])]
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        raise UnreadableSheet("The file is empty.")
    if len(headings) > _MAX_COLUMNS:
        raise UnreadableSheet(f"The file has more than {_MAX_COLUMNS} columns.")
    dataset = Dataset(headers=headings)
    for number, line in enumerate(filled, start=2):
        if number > max_rows + 1:
            raise UnreadableSheet(str(too_many_rows(max_rows)))
        if any(line[len(headings) :]):
            raise UnreadableSheet(f"Row {number} has more cells than there are headings.")
        cells = [*line[: len(headings)], *[""] * (len(headings) - len(line))]
        if any(len(cell) > _LONGEST_CELL for cell in cells):
            raise UnreadableSheet(f"Row {number} has a cell of more than {_LONGEST_CELL:,} characters.")
        dataset.append(cells)
    return dataset


def _filled(lines: Iterable[list[str]]) -> Iterator[list[str]]:
    return (line for line in lines if any(cell.strip() for cell in line))


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        # Excel knows one kind of number; what people typed is its shortest decimal text.
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{Decimal(repr(cell)):f}"
    return str(cell)
