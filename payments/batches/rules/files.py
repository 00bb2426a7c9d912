"""A file read as a stream: checked whole before anything of it is stored (docs/domain.md#batches)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

from batconnect.core.files import tables
from batconnect.core.files.tables import Record, UnreadableTable
from batconnect.core.files.uploads import TooHeavy
from payments.batches import errors
from payments.batches.errors import UnreadableFile
from payments.batches.rules.columns import heading

_CODES: Final = {
    tables.NOT_TEXT: errors.FILE_NOT_TEXT,
    tables.ENCODING: errors.FILE_ENCODING,
    tables.NUL: errors.FILE_NUL,
    tables.QUOTING: errors.FILE_QUOTING,
    tables.MISSING: errors.MISSING_COLUMN,
    tables.TWICE: errors.DUPLICATE_COLUMN,
}
_TOO_HEAVY: Final = {
    "rows": errors.TOO_MANY_ROWS,
    "columns": errors.TOO_MANY_COLUMNS,
    "cell": errors.CELL_TOO_LONG,
}


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
    with _refused():
        return tables.check_text(file).checksum


def check_table(file: IO[bytes]) -> Table:
    """Headings, delimiter and number of records of a CSV file. Raises UnreadableFile."""
    delimiter = tables.find_delimiter(file)
    with _refused():
        records = tables.read_records(file, delimiter=delimiter)
        headings = next(records, None)
        if headings is None:
            raise refuse(errors.FILE_EMPTY, "The file is empty.")
        rows = sum(1 for _ in records)
    if not rows:
        raise refuse(errors.FILE_EMPTY, "The file has headings but no rows.")
    return Table(headings.cells, delimiter, rows)


def read_records(file: IO[bytes], table: Table) -> Iterator[Record]:
    """The records below the headings, blank lines left out."""
    with _refused():
        records = tables.read_records(file, delimiter=table.delimiter)
        next(records)
        yield from records


def name_columns(
    headings: Sequence[str], *, required: Sequence[str], known: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Our names of the columns, and the warnings about others. Raises UnreadableFile for missing and duplicate ones."""
    with _refused():
        return tables.name_columns(headings, known=known, required=required, fold=heading)


def split_record(raw: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a record's text as they are meant."""
    return tuple(tables.plain_cell(cell) for cell in tables.written_cells(raw, delimiter))


@contextmanager
def _refused() -> Iterator[None]:
    """The reader's refusals, with the codes of this API."""
    try:
        yield
    except TooHeavy as error:
        raise refuse(_TOO_HEAVY[error.limit], str(error)) from error
    except UnreadableTable as error:
        raise refuse(_CODES[error.code], error.message) from error
