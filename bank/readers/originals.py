"""The rows of a table as its file has them, to be handed back with what is wrong (docs/domain.md#batches)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Final

from bank.readers.interface import TableForm
from bank.readers.sniffing import find_kind
from bank.readers.table_rows import Row, find_headings, open_table

_PLAIN: Final = ","


@dataclass(frozen=True, slots=True)
class Originals:
    """The headings of a table, what parts its cells, and its rows by the line of the file."""

    headings: tuple[str, ...]
    separator: str
    rows: dict[int, tuple[str, ...]]


def read_originals(file: IO[bytes], *, form: TableForm | None) -> Originals | None:
    """The rows below the headings that the form names; None for a file that is no such table."""
    file.seek(0)
    if form is None or find_kind(file) != "table":
        return None
    source = open_table(file, encoding=form.encoding)
    money = [form.amount_column, form.direction_column, form.debit_column, form.credit_column]
    needed = [each for each in (form.date_column, *money) if each]
    for separator in source.separators(form.separator):
        head = [row for row in source.head(separator) if row.line_no > (form.skipped_lines or 0)]
        headings: Row | None = find_headings(head, needed)
        if headings is not None:
            below = (row for row in source.rows(separator) if row.line_no > headings.line_no)
            parted_by = separator if source.text is not None else _PLAIN
            return Originals(headings.cells, parted_by, {row.line_no: row.cells for row in below})
    return None
