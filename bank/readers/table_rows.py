"""The rows of a bank's CSV or XLSX file, and which of them holds the headings (docs/domain.md#statement-files)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import IO, Final

from bank.readers import refusals
from bank.readers.interface import MAX_LINES
from bank.readers.refusals import refuse, too_many_lines
from bank.readers.values import clean, decode, read_all
from batconnect.core.files.tables import UnreadableTable, fold_heading, plain_cell
from batconnect.core.files.uploads import TableBounds, TooHeavy, csv_records, named_separator
from batconnect.core.files.workbooks import is_workbook, read_workbook

SEPARATORS: Final = (",", ";", "\t", "|")
_HEAD: Final = 100
_MAX_OTHER_ROWS: Final = 500
_BOUNDS: Final = TableBounds(rows=MAX_LINES + _MAX_OTHER_ROWS)
ENCODINGS: Final = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "cp437": "cp437",
    "cp850": "cp850",
}
"""What a mapping may say, and how it is read; every other name is refused."""
# Excel keeps a number or a reference a text by an apostrophe before it; a name in quotes has another behind it.
_KEPT: Final = re.compile(r"^'(?=[0-9A-Z=+\-@][^']*$)")
# The headings of our own payment batches.
_BATCH: Final = frozenset(("payment_method", "amount", "currency", "payment_date"))


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not blank: the line of the file it is on, its cells as they are meant."""

    line_no: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A table that was opened: its text, or None for a workbook, and the encoding it was read in."""

    text: str | None
    workbook: bytes
    encoding: str

    def rows(self, separator: str) -> Iterator[Row]:
        """The rows, cells parted by the separator. Raises UnreadableStatement."""
        try:
            if self.text is None:
                for record in read_workbook(self.workbook, bounds=_BOUNDS):
                    yield Row(record.line_no, _meant(record.cells))
                return
            lines = io.StringIO(self.text, newline="")
            for found in csv_records(lines, delimiter=separator, bounds=_BOUNDS):
                yield Row(found.line_no, _meant(found.cells))
        except TooHeavy as error:
            if error.limit == "rows":
                raise too_many_lines() from error
            raise refuse(refusals.TOO_HEAVY, str(error)) from error
        except UnreadableTable as error:
            raise refuse(refusals.WRONG_FILE, error.message) from error
        except csv.Error as error:
            raise refuse(refusals.BAD_STRUCTURE, str(error)) from error

    def head(self, separator: str) -> list[Row]:
        """The first rows, as far as they can be read so."""
        found: list[Row] = []
        with suppress(refusals.UnreadableStatement):
            found.extend(islice(self.rows(separator), _HEAD))
        return found

    def separators(self, named: str = "") -> Sequence[str]:
        """The separators that may part the cells: the one that is named, by the mapping or by the file; else all."""
        if self.text is None:
            return (",",)
        first = named or named_separator(self.text.lstrip()[:40].splitlines()[0] if self.text.strip() else "")
        return (first,) if first else SEPARATORS


def open_table(file: IO[bytes], *, encoding: str = "") -> Source:
    """The file as a table. `encoding` is one of ENCODINGS, or "" to find it. Raises UnreadableStatement."""
    content = read_all(file)
    if is_workbook(content):
        return Source(None, content, "")
    named = encoding.strip().casefold()
    if named and named not in ENCODINGS:
        raise refuse(
            refusals.BAD_ENCODING, f"The encoding {encoding[:20]!r} is not one of {', '.join(ENCODINGS)}."
        )
    text, read_in = decode(content, encoding=ENCODINGS.get(named, ""))
    return Source(text.lstrip("\ufeff"), b"", read_in)


def fold(text: str) -> str:
    """A heading without case, and with single separators."""
    return fold_heading(clean(text))


def find_headings(rows: Iterable[Row], needed: Collection[str]) -> Row | None:
    """The first row that has all of these headings."""
    wanted = {fold(each) for each in needed if each}
    return next((row for row in rows if wanted <= {fold(cell) for cell in row.cells}), None)


def refuse_batch(rows: Iterable[Row]) -> None:
    """Raise UnreadableStatement for a file of our own payment batches."""
    if any({fold(cell) for cell in row.cells} >= _BATCH for row in islice(rows, 5)):
        raise refuse(
            refusals.PAYMENT_BATCH,
            "This is a payment batch, not a bank statement: upload it under Payment batches.",
        )


def _meant(cells: Iterable[str]) -> tuple[str, ...]:
    """The cells as they are meant, empty ones at the end left out."""
    found = [clean(_KEPT.sub("", plain_cell(cell))) for cell in cells]
    while found and not found[-1]:
        found.pop()
    return tuple(found)
