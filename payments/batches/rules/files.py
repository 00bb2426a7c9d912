"""A file read as a stream: checked whole before anything of it is stored (docs/domain.md#batches)."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final

from batconnect.core.files.formulas import unescape_formula
from batconnect.core.files.uploads import TooHeavy, csv_records
from payments.batches import errors
from payments.batches.errors import UnreadableFile

_DELIMITERS: Final = (",", ";", "\t")
_BLOCK: Final = 65_536
_SIGNATURES: Final = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\x1f\x8b": "a compressed file",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
}
_TOO_HEAVY: Final = {
    "rows": errors.TOO_MANY_ROWS,
    "columns": errors.TOO_MANY_COLUMNS,
    "cell": errors.CELL_TOO_LONG,
}
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a file: its number among them, its text as it came, its cells without outer blanks."""

    row_no: int
    raw: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A checked CSV file: its headings as written, the delimiter, how many records follow."""

    headings: tuple[str, ...]
    delimiter: str
    rows: int


def refuse(code: str, message: str, *, field: str = "file") -> UnreadableFile:
    """The refusal of a whole file."""
    return UnreadableFile(message, code=code, field=field)


def check_bytes(file: IO[bytes]) -> str:
    """The SHA-256 of the file, once it is UTF-8 text without NUL. Raises UnreadableFile."""
    file.seek(0)
    head = file.read(8)
    for signature, what in _SIGNATURES.items():
        if head.startswith(signature):
            raise refuse(errors.FILE_NOT_TEXT, f"The file is {what}, not CSV, whatever its name says.")
    if head.startswith(_UTF_16) or head[1:2] == b"\x00" or head[:1] == b"\x00":
        raise refuse(errors.FILE_ENCODING, "The file is in UTF-16; save it as CSV in UTF-8.")
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    done = 0
    while block := file.read(_BLOCK):
        digest.update(block)
        if (at := block.find(b"\x00")) >= 0:
            raise refuse(errors.FILE_NUL, f"The file holds a NUL character at byte {done + at}.")
        _decode(decoder, block, done, final=False)
        done += len(block)
    _decode(decoder, b"", done, final=True)
    return digest.hexdigest()


def check_table(file: IO[bytes]) -> Table:
    """Headings, delimiter and number of records of a CSV file. Raises UnreadableFile."""
    with _Text(file) as lines:
        first = lines.readline()
        while first and not first.strip():
            first = lines.readline()
    delimiter = max(_DELIMITERS, key=first.count)
    records = _records(file, delimiter)
    headings = next(records, None)
    if headings is None:
        raise refuse(errors.FILE_EMPTY, "The file is empty.")
    rows = sum(1 for _ in records)
    if not rows:
        raise refuse(errors.FILE_EMPTY, "The file has headings but no rows.")
    return Table(headings.cells, delimiter, rows)


def read_records(file: IO[bytes], table: Table) -> Iterator[Record]:
    """The records below the headings, blank lines left out."""
    records = _records(file, table.delimiter)
    next(records)
    yield from records


def written_cells(raw: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a record's text as they were written."""
    for cells in csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter, strict=True):
        return tuple(cells)
    return ()


def split_record(raw: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a record's text without outer blanks and the apostrophes that keep formulas from running."""
    return tuple(unescape_formula(cell.strip()).strip() for cell in written_cells(raw, delimiter))


def check_headings(names: Sequence[str], *, required: Sequence[str], known: Sequence[str]) -> list[str]:
    """The warnings about unknown headings. Raises UnreadableFile for missing and duplicate ones."""
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise refuse(errors.DUPLICATE_COLUMN, f"These columns appear twice: {', '.join(twice)}.")
    missing = [name for name in required if name not in names]
    if missing:
        raise refuse(errors.MISSING_COLUMN, f"The first line lacks the columns {', '.join(missing)}.")
    unknown = [name or "(no heading)" for name in names if name not in known]
    return [f"The column {name[:60]!r} is unknown and was ignored." for name in unknown]


def _records(file: IO[bytes], delimiter: str) -> Iterator[Record]:
    """Every record with its text; number 0 is the first, the headings."""
    with _Text(file) as lines:
        try:
            for number, found in enumerate(csv_records(lines, delimiter=delimiter)):
                cells = tuple(cell.strip() for cell in found.cells)
                yield Record(number, found.raw.rstrip("\r\n"), cells)
        except TooHeavy as error:
            raise refuse(_TOO_HEAVY[error.limit], str(error)) from error
        except csv.Error as error:
            raise refuse(errors.FILE_QUOTING, str(error)) from error


class _Text:
    """The file as text from its beginning, left open afterwards."""

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        self.lines = io.TextIOWrapper(
            io.BufferedReader(_Unclosed(file), _BLOCK), encoding="utf-8-sig", newline=""
        )

    def __enter__(self) -> IO[str]:
        return self.lines

    def __exit__(self, *_: object) -> None:
        self.lines.detach()


class _Unclosed(io.RawIOBase):
    """Reads through to a file that somebody else closes."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # the protocol's buffer
        block = self._file.read(len(view))
        view[: len(block)] = block
        return len(block)


def _decode(decoder: codecs.IncrementalDecoder, block: bytes, done: int, *, final: bool) -> None:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError as error:
        raise refuse(
            errors.FILE_ENCODING,
            f"The file is not UTF-8 (near byte {done + error.start}); it may be Latin-1 or Windows-1252.",
        ) from error
