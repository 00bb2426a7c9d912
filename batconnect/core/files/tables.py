"""Tables that people upload, CSV or Excel: the one reader of every import (docs/domain.md#imports).

A CSV file is UTF-8 with or without its mark, or UTF-16 with it where the caller takes that; comma, semicolon or tab, or
what a first line `sep=;` names. Blank lines, columns without a heading and columns that are not known do no harm; what
was ignored is said. Nothing is guessed: any other encoding is refused by name.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final, NamedTuple

from batconnect.core.files.formulas import unescape_formula
from batconnect.core.files.uploads import WHOLE_FILES, TableBounds, csv_records, named_separator

NOT_TEXT: Final = "not_text"
ENCODING: Final = "encoding"
NUL: Final = "nul"
EMPTY: Final = "empty"
QUOTING: Final = "quoting"
MISSING: Final = "missing"
TWICE: Final = "twice"

_DELIMITERS: Final = (",", ";", "\t")
_BLOCK: Final = 65_536
_WORKBOOK: Final = b"PK\x03\x04"
_SIGNATURES: Final = {
    _WORKBOOK: "a ZIP archive or an Excel workbook",
    b"\x1f\x8b": "a compressed file",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an Excel workbook of the old kind (.xls)",
}
_UTF_8: Final = "utf-8-sig"
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS: Final = re.compile(r"[\s\-_]+")
_QUOTED: Final = re.compile(r'"[^"]*"')
# What Excel is told so that it keeps a text a text: ="00504124".
_KEPT_AS_TEXT: Final = re.compile(r'="([^"]*)"')


class UnreadableTable(ValueError):
    """The file is not a table that can be read; `code` is one of this module's, the message says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Record(NamedTuple):
    """A record of a file: the line or row it is on, its text as it came, its cells without outer blanks."""

    line_no: int
    raw: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A file that is text: its encoding, and the SHA-256 of its bytes."""

    encoding: str
    checksum: str


def check_text(file: IO[bytes], *, utf_16: bool = False) -> Text:
    """What the file is, read once from its beginning. Raises UnreadableTable for whatever is not text without NUL."""
    file.seek(0)
    head = file.read(8)
    for signature, what in _SIGNATURES.items():
        if head.startswith(signature):
            raise UnreadableTable(NOT_TEXT, f"The file is {what}, not CSV, whatever its name says.")
    encoding = _UTF_8
    if head.startswith(_UTF_16) and utf_16:
        encoding = "utf-16"
    elif head.startswith(_UTF_16) or head[1:2] == b"\x00" or head[:1] == b"\x00":
        raise UnreadableTable(ENCODING, "The file is in UTF-16; save it as CSV in UTF-8.")
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    done = 0
    while block := file.read(_BLOCK):
        digest.update(block)
        if encoding == _UTF_8 and (at := block.find(b"\x00")) >= 0:
            raise UnreadableTable(NUL, f"The file holds a NUL character at byte {done + at}.")
        if "\x00" in _decoded(decoder, block, done, final=False):
            raise UnreadableTable(NUL, f"The file holds a NUL character after byte {done}.")
        done += len(block)
    _decoded(decoder, b"", done, final=True)
    return Text(encoding, digest.hexdigest())


def find_delimiter(file: IO[bytes], *, encoding: str = _UTF_8) -> str:
    """What parts the cells: what `sep=` names, else what stands most often in the first line that is not blank."""
    with _Lines(file, encoding) as lines:
        first = next((line for line in lines if not line.isspace()), "")
    return named_separator(first) or max(_DELIMITERS, key=_QUOTED.sub("", first).count)


def read_records(
    file: IO[bytes], *, delimiter: str, encoding: str = _UTF_8, bounds: TableBounds = WHOLE_FILES
) -> Iterator[Record]:
    """Every record that is not blank from the file's beginning; the first holds the headings.

    Raises UnreadableTable for quotes that do not match, TooHeavy at the first record or cell above a limit.
    """
    with _Lines(file, encoding) as lines:
        try:
            for found in csv_records(lines, delimiter=delimiter, bounds=bounds):
                cells = tuple(cell.strip() for cell in found.cells)
                yield Record(found.line_no, found.raw.rstrip("\r\n"), cells)
        except csv.Error as error:
            raise UnreadableTable(QUOTING, str(error)) from error


def written_cells(raw: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a record's text as they were written."""
    for cells in csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter, strict=True):
        return tuple(cells)
    return ()


def plain_cell(written: str) -> str:
    """What a cell says: without outer blanks, and without what keeps a spreadsheet from reading it as something else.

    That is the apostrophe before a formula, and `="…"` around a text.
    """
    text = written.strip()
    kept = _KEPT_AS_TEXT.fullmatch(text)
    return (kept[1] if kept else unescape_formula(text)).strip()


def fold_heading(text: str) -> str:
    """A heading in our spelling: any case, spaces and hyphens as underscores."""
    return _SEPARATORS.sub("_", text.strip().casefold()).strip("_")


def name_columns(
    headings: Sequence[str],
    *,
    known: Sequence[str],
    required: Sequence[str] = (),
    fold: Callable[[str], str] = fold_heading,
) -> tuple[list[str], list[str]]:
    """Our name for each of the file's columns, and the warnings about those that are not known.

    Of a heading that goes over several lines the first line counts where the whole is not known. Raises UnreadableTable
    naming headings that are there twice, or required and missing.
    """
    names: list[str] = []
    warnings: list[str] = []
    for written in headings:
        name = fold(written)
        first, *more = written.strip().splitlines() or [""]
        if more and name not in known and fold(first) in known:
            name = fold(first)
            warnings.append(f"The column {' '.join(written.split())[:60]!r} was read as {name}.")
        names.append(name)
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise UnreadableTable(TWICE, f"These columns appear twice: {', '.join(each[:60] for each in twice)}.")
    unknown = [name or "(no heading)" for name in names if name not in known]
    warnings += [f"The column {name[:60]!r} is unknown and was ignored." for name in dict.fromkeys(unknown)]
    if missing := [name for name in required if name not in names]:
        others = (
            f" Columns that are not known: {', '.join(each[:60] for each in unknown)}." if unknown else ""
        )
        raise UnreadableTable(MISSING, f"The first line lacks the headings {', '.join(missing)}.{others}")
    return names, warnings


class _Lines:
    """The file as lines of text from its beginning, left open afterwards."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        file.seek(0)
        self.lines = io.TextIOWrapper(
            io.BufferedReader(_Unclosed(file), _BLOCK), encoding=encoding, newline=""
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


def _decoded(decoder: codecs.IncrementalDecoder, block: bytes, done: int, *, final: bool) -> str:
    try:
        return decoder.decode(block, final)
    except UnicodeDecodeError as error:
        named = "UTF-8; it may be Latin-1 or Windows-1252" if error.encoding.startswith("utf-8") else "UTF-16"
        raise UnreadableTable(
            ENCODING,
            f"The file is not text in {named} (near byte {done + error.start}). Save it as CSV in UTF-8.",
        ) from error
