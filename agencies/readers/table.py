"""The records of an agency's CSV or XLSX file, one after the other, however long the file is.

Rule: docs/domain.md#agency-files. The file is read from where it lies: what is held of it is one block and one record.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import IO, Final

from agencies.readers.refusals import EMPTY, NO_HEADINGS, NOT_A_TABLE, TOO_LARGE, UnreadableFile
from batconnect.core.files.tables import Record, UnreadableTable, fold_heading, plain_cell, read_records
from batconnect.core.files.uploads import MAX_BYTES, TableBounds, TooHeavy, named_separator
from batconnect.core.files.workbooks import is_workbook, read_workbook

MAX_FILE_BYTES: Final = 32 * 1024 * 1024
MAX_FILE_ROWS: Final = 200_000
MAX_COLUMNS: Final = 80
LONGEST_CELL: Final = 500
# Headings stand in one of the first records; what stands above them is the letter of the file.
_HEAD: Final = 60
_BLOCK: Final = 65_536
_SEPARATORS: Final = (",", ";", "\t", "|")
_BOUNDS: Final = TableBounds(rows=MAX_FILE_ROWS + _HEAD, columns=MAX_COLUMNS, cell=LONGEST_CELL)
_NOT_UTF_8: Final = "The file is not UTF-8; it was read as Windows-1252: look at its names."
_BINARY: Final = {
    b"\x1f\x8b": "a compressed file",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old workbook (.xls)",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A file that is a table: how it is read, the SHA-256 of its bytes, the record of its headings, and what was
    noticed on the way. `separator` is empty for a workbook."""

    encoding: str
    separator: str
    checksum: str
    headings: tuple[str, ...]
    heading_line: int
    warnings: tuple[str, ...] = ()


def open_table(file: IO[bytes], *, wanted: Sequence[Collection[str]]) -> Table:
    """How the file is to be read; its headings are the record that fits one of the `wanted` sets of headings best.

    Raises UnreadableFile, also for a file without such a record, above the largest size or that is not text.
    """
    size = file.seek(0, 2)
    if size > MAX_FILE_BYTES:
        raise UnreadableFile(
            TOO_LARGE,
            f"The file has {size:,} bytes; at most {MAX_FILE_BYTES:,} are accepted: ask for shorter periods.",
        )
    file.seek(0)
    head = file.read(8)
    for signature, what in _BINARY.items():
        if head.startswith(signature):
            raise UnreadableFile(NOT_A_TABLE, f"The file is {what}, not CSV or XLSX, whatever its name says.")
    if is_workbook(head):
        return _workbook(file, size, wanted)
    encoding, checksum, warnings = _text(file)
    best: tuple[int, str, Record] | None = None
    for separator in _candidates(file, encoding):
        found = _best(_head(file, encoding, separator), wanted)
        if found and (best is None or found[0] > best[0]):
            best = (found[0], separator, found[1])
    if best is None:
        raise _no_headings(size)
    return Table(encoding, best[1], checksum, _cells(best[2]), best[2].line_no, warnings)


def records(file: IO[bytes], table: Table) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each record below the headings that is not blank and does not repeat them: its line and its cells.

    Raises UnreadableFile at the first record above a limit, or with quotes that do not match.
    """
    try:
        for record in _read(file, table.encoding, table.separator):
            if record.line_no > table.heading_line and (cells := _cells(record)) and cells != table.headings:
                yield record.line_no, cells
    except TooHeavy as error:
        raise UnreadableFile(TOO_LARGE, _too_heavy(error)) from error
    except UnreadableTable as error:
        raise UnreadableFile(NOT_A_TABLE, error.message) from error


def fold(heading: str) -> str:
    """A heading in one spelling: any case, single underscores."""
    return fold_heading(" ".join(heading.split()))


def _text(file: IO[bytes]) -> tuple[str, str, tuple[str, ...]]:
    """Encoding, checksum and warnings of a file that is text: by its mark, else UTF-8, else Windows-1252."""
    file.seek(0)
    first = file.read(2)
    if first in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        tried: tuple[str, ...] = ("utf-16",)
    elif first[1:] == b"\x00" or first[:1] == b"\x00":
        tried = ("utf-16-le" if first[1:] == b"\x00" else "utf-16-be",)
    else:
        tried = ("utf-8-sig", "cp1252")
    for encoding in tried:
        with suppress(UnicodeDecodeError):
            said = (
                "The file is not UTF-8; it was read as Windows-1252: look at its names."
                if encoding == "cp1252"
                else ""
            )
            return encoding, _decoded(file, encoding), (said,) if said else ()
    raise UnreadableFile(
        NOT_A_TABLE, f"The file is not text in {' or '.join(tried)}: save it as CSV in UTF-8."
    )


def _decoded(file: IO[bytes], encoding: str) -> str:
    """The checksum of the bytes, once all of them were decoded. Raises UnicodeDecodeError, UnreadableFile for NUL."""
    file.seek(0)
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder(encoding)()
    done = 0
    while block := file.read(_BLOCK):
        digest.update(block)
        if "\x00" in decoder.decode(block):
            raise UnreadableFile(NOT_A_TABLE, f"The file holds a NUL character after byte {done:,}.")
        done += len(block)
    decoder.decode(b"", True)
    return digest.hexdigest()


def _candidates(file: IO[bytes], encoding: str) -> Sequence[str]:
    file.seek(0)
    with suppress(UnicodeDecodeError):
        lines = (
            codecs.getincrementaldecoder(encoding)().decode(file.read(200)).lstrip("\ufeff\r\n ").splitlines()
        )
        if lines and (named := named_separator(lines[0])):
            return (named,)
    return _SEPARATORS


def _read(file: IO[bytes], encoding: str, separator: str) -> Iterator[Record]:
    if separator:
        return read_records(file, delimiter=separator, encoding=encoding, bounds=_BOUNDS)
    file.seek(0)
    return read_workbook(file.read(), bounds=_BOUNDS)


def _head(file: IO[bytes], encoding: str, separator: str) -> list[Record]:
    """The first records, as far as they can be read so; what stops the reading is said when the rows are read."""
    found: list[Record] = []
    with suppress(TooHeavy, UnreadableTable):
        found.extend(islice(_read(file, encoding, separator), _HEAD))
    return found


def _best(head: Sequence[Record], wanted: Sequence[Collection[str]]) -> tuple[int, Record] | None:
    """The record with the most of one wanted set, and how many it has: at least two."""
    best: tuple[int, Record] | None = None
    for record in head:
        names = {fold(cell) for cell in record.cells if cell}
        fits = max((len(names & set(each)) for each in wanted), default=0)
        if fits > 1 and (best is None or fits > best[0]):
            best = (fits, record)
    return best


def _workbook(file: IO[bytes], size: int, wanted: Sequence[Collection[str]]) -> Table:
    if size > MAX_BYTES:
        raise UnreadableFile(
            TOO_LARGE,
            f"The workbook has {size:,} bytes; at most {MAX_BYTES:,} are accepted: save its rows as CSV.",
        )
    file.seek(0)
    checksum = hashlib.sha256(file.read()).hexdigest()
    try:
        best = _best(list(islice(_read(file, "", ""), _HEAD)), wanted)
    except TooHeavy as error:
        raise UnreadableFile(TOO_LARGE, str(error)) from error
    except UnreadableTable as error:
        raise UnreadableFile(NOT_A_TABLE, error.message) from error
    if best is None:
        raise _no_headings(size)
    return Table("", "", checksum, _cells(best[1]), best[1].line_no)


def _no_headings(size: int) -> UnreadableFile:
    if not size:
        return UnreadableFile(EMPTY, "The file is empty.")
    return UnreadableFile(
        NO_HEADINGS,
        f"None of the first {_HEAD} records holds the headings of a layout: make a layout for this file.",
    )


def _cells(record: Record) -> tuple[str, ...]:
    # What a spreadsheet has to be kept from begins with one of two characters; most cells do not.
    found = [
        " ".join((plain_cell(cell) if cell[:1] in ("=", "'") else cell).split()) if cell else ""
        for cell in record.cells
    ]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def _too_heavy(error: TooHeavy) -> str:
    if error.limit == "rows":
        return f"The file has more than {MAX_FILE_ROWS:,} rows: ask for shorter periods, or split it."
    return str(error)
