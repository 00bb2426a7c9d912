"""What an uploaded file may weigh, counted while it is read: every entry point for files reads through here.

A file that is too heavy is refused at the first row, cell or element above the limit, before anything is kept of it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate

from batconnect.core.kernel.errors import TooLarge

MAX_BYTES: Final = 10_485_760
MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 200
LONGEST_CELL: Final = 131_072
_BLOCK: Final = 65_536
_LONGEST_TAG: Final = 65_536
_SEPARATOR: Final = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)


class TooHeavy(ValueError):
    """The file is more than its entry point takes; the message names the limit. `limit`: rows, columns, cell or
    elements."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit


class ForbiddenXml(ValueError):
    """The XML declares a document type, and with it perhaps entities."""


@dataclass(frozen=True, slots=True)
class TableBounds:
    """The most rows that are not blank, columns and characters of a cell; the headings count as a row."""

    rows: int = MAX_ROWS + 1
    columns: int = MAX_COLUMNS
    cell: int = LONGEST_CELL


WHOLE_FILES: Final = TableBounds()
"""What a file may have that nobody bounds more tightly."""


@dataclass(frozen=True, slots=True)
class XmlBounds:
    """The most elements, attributes and levels; an element counts as often as its reading costs."""

    elements: int
    attributes: int
    depth: int
    weights: Mapping[str, int] = field(default_factory=dict)
    """What an element of that name counts instead of `weight`."""
    weight: int = 1


class CsvRecord(NamedTuple):
    """A record: the file's line it ends on, its text as it came, its cells."""

    line_no: int
    raw: str
    cells: list[str]


def read_file(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """The content of a file that a command was given. Raises TooLarge before it is read, OSError."""
    size = path.stat().st_size
    if size > limit:
        raise TooLarge(f"{path} has {size:,} bytes; at most {limit:,} are accepted.")
    return path.read_bytes()


def csv_records(
    lines: Iterable[str], *, delimiter: str, bounds: TableBounds = WHOLE_FILES
) -> Iterator[CsvRecord]:
    """The records that are not blank, without a first line that only names the separator.

    Raises TooHeavy, csv.Error.
    """
    line_no = cells_begun = rows = 0
    is_first = True
    kept: list[str] = []

    def feed() -> Iterator[str]:
        nonlocal line_no, cells_begun, is_first
        for line in lines:
            line_no += 1
            # Millions of blank lines are not worth a record each; one inside of a quoted cell belongs to it.
            if not kept and line.isspace():
                continue
            if is_first:
                is_first = False
                if named_separator(line):
                    continue
            # Counted before the reader makes a list of them; delimiters in quoted texts are allowed for.
            cells_begun += line.count(delimiter)
            if cells_begun > _max_delimiters(bounds):
                raise _too_many_columns(line_no, bounds)
            kept.append(line)
            yield line

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            raw = "".join(kept)
            kept.clear()
            cells_begun = 0
            if len(cells) > bounds.columns:
                raise _too_many_columns(line_no, bounds)
            if not any(cell and not cell.isspace() for cell in cells):
                continue
            rows += 1
            if rows > bounds.rows:
                raise too_many_rows(bounds.rows - 1)
            if any(len(cell) > bounds.cell for cell in cells):
                raise _cell_too_long(line_no, bounds)
            yield CsvRecord(line_no, raw, cells)
    except csv.Error as error:
        if "field larger" in str(error):
            raise _cell_too_long(line_no, bounds) from error
        raise csv.Error(f"Line {line_no}: {error}.") from error


def named_separator(line: str) -> str:
    """The separator that a line `sep=;` names, as spreadsheets write it above the headings; "" for any other line."""
    named = _SEPARATOR.fullmatch(line) if len(line) < 20 else None
    return named[1] if named else ""


def too_many_rows(limit: int) -> TooHeavy:
    """The refusal of a file with more rows below its headings."""
    return TooHeavy("rows", f"At most {limit:,} rows at once; the file has more: split it.")


def check_xml(file: IO[bytes], bounds: XmlBounds) -> int:
    """Read the XML once, keep nothing of it, and return what its elements weigh.

    Raises TooHeavy at the first element above a limit, ForbiddenXml for a document type, ExpatError for other text.
    """
    parser = ParserCreate(namespace_separator="}")
    weight = attributes = depth = 0

    def begin(name: str, attribute_values: dict[str, str]) -> None:
        nonlocal weight, attributes, depth
        depth += 1
        weight += bounds.weights.get(name.rpartition("}")[2], bounds.weight)
        attributes += len(attribute_values)
        if weight > bounds.elements:
            raise TooHeavy("elements", f"The XML weighs more than {bounds.elements:,} elements.")
        if attributes > bounds.attributes:
            raise TooHeavy("elements", f"The XML has more than {bounds.attributes:,} attributes.")
        if depth > bounds.depth:
            raise TooHeavy("elements", f"The XML is nested more than {bounds.depth} levels deep.")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def declare(prefix: str | None, address: str | None) -> None:
        nonlocal attributes
        attributes += 1

    def forbid(*_: object) -> None:
        raise ForbiddenXml

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.StartNamespaceDeclHandler = declare
    parser.StartDoctypeDeclHandler = forbid
    unclosed = 0
    while block := file.read(_BLOCK):
        # A tag that never closes is scanned anew with every block.
        at = block.rfind(b">")
        unclosed = unclosed + len(block) if at < 0 else len(block) - at
        if unclosed > _LONGEST_TAG + _BLOCK:
            raise TooHeavy("elements", f"The XML has a tag or text of more than {_LONGEST_TAG:,} bytes.")
        parser.Parse(block, False)
    parser.Parse(b"", True)
    return weight


def _max_delimiters(bounds: TableBounds) -> int:
    return bounds.columns * 50


def _too_many_columns(line_no: int, bounds: TableBounds) -> TooHeavy:
    return TooHeavy("columns", f"Line {line_no} has more than {bounds.columns} columns.")


def _cell_too_long(line_no: int, bounds: TableBounds) -> TooHeavy:
    return TooHeavy("cell", f"Line {line_no}: a cell has more than {bounds.cell:,} characters.")


__all__ = [
    "WHOLE_FILES",
    "CsvRecord",
    "ExpatError",
    "ForbiddenXml",
    "TableBounds",
    "TooHeavy",
    "XmlBounds",
    "check_xml",
    "csv_records",
    "named_separator",
    "read_file",
    "too_many_rows",
]
