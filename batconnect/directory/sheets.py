"""Files of rows, as people fill them in: CSV and Excel in, CSV and Excel out, with nothing that runs (DOMAIN 8).

Every cell is text on its way in. An amount is never a float: a number of Excel's becomes its shortest decimal text.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import openpyxl
import xlsxwriter
from import_export.formats.base_formats import CSV, XLSX
from openpyxl.utils.exceptions import InvalidFileException
from tablib import Dataset

from batconnect.core.exports.csv import CsvWriter, is_formula

LARGEST_FILE_BYTES: Final = 2 * 1024 * 1024
MOST_ROWS: Final = 2_000
MOST_EXPORTED_ROWS: Final = 50_000
_LARGEST_UNPACKED_BYTES: Final = 50 * 1024 * 1024
_MOST_COLUMNS: Final = 50
_LONGEST_CELL: Final = 2_000


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
        try:
            text = in_stream.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UnreadableSheet("This is no text in UTF-8. Save it as “CSV UTF-8”.") from error
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            return _dataset([unescaped(cell) for cell in line] for line in reader)
        except csv.Error as error:
            raise UnreadableSheet(f"Line {reader.line_num} cannot be read: {error}.") from error

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
        try:
            with zipfile.ZipFile(io.BytesIO(in_stream)) as packed:
                unpacked = sum(entry.file_size for entry in packed.infolist())
            if unpacked > _LARGEST_UNPACKED_BYTES:
                raise UnreadableSheet("This workbook is too large once it is unpacked.")
            book = openpyxl.load_workbook(io.BytesIO(in_stream), read_only=True, data_only=True)
        except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError) as error:
            raise UnreadableSheet("This is no Excel workbook (.xlsx).") from error
        rows = book.worksheets[0].iter_rows(values_only=True)
        return _dataset([_text(cell) for cell in row] for row in rows)

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


def _dataset(lines: Iterable[list[str]]) -> Dataset:
    """The first line as headings, the others as rows of the same width; empty lines do not count."""
    filled = _filled(lines)
    headings = [cell.strip() for cell in next(filled, [])]
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        raise UnreadableSheet("The file is empty.")
    if len(headings) > _MOST_COLUMNS:
        raise UnreadableSheet(f"The file has more than {_MOST_COLUMNS} columns.")
    dataset = Dataset(headers=headings)
    for number, line in enumerate(filled, start=2):
        if number > MOST_ROWS + 1:
            raise UnreadableSheet(f"At most {MOST_ROWS:,} rows at once: split the file.")
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
