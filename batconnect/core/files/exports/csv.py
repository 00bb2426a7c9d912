"""CSV: UTF-8, cells that a spreadsheet would take for a formula escaped, and every separator inside quotes.

Every CSV file that leaves the project is written by `CsvWriter`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final, Protocol

from batconnect.core.files.exports.columns import Sheet
from batconnect.core.files.formulas import escape_formula
from batconnect.core.kernel.json import instant_text

# Comma; what other settings of the country separate by; what ends a line; quotes; blanks that readers cut off.
_QUOTED: Final = re.compile(r'[,;\t|\r\n"]|^ | $')
_KEPT_TEXTS: Final = 10_000


class _Text(Protocol):
    def write(self, text: str, /) -> Any:
        """Take the text."""


class CsvWriter:
    """Writes rows as RFC 4180 has them. Texts are escaped; numbers are written as they are.

    A cell with a semicolon or a tab is quoted as well: where those separate cells, `a;=1+1` would be two, and the
    second a formula.
    """

    def __init__(self, file: _Text, *, line_end: str = "\r\n", delimiter: str = ",") -> None:
        self._file, self._end, self._delimiter = file, line_end, delimiter
        # What texts became: of names, categories and states a file has each many times.
        self._texts: dict[str, str] = {}

    def write_row(self, cells: Iterable[Any]) -> None:
        """Write one line; nothing between the separators for None."""
        texts, written = self._texts, []
        for cell in cells:
            kind = type(cell)
            if kind is str:
                text = texts.get(cell)
                written.append(self._keep(cell) if text is None else text)
            elif cell is None:
                written.append("")
            elif kind is Decimal:
                written.append(f"{cell:f}")
            elif kind is date:
                written.append(cell.isoformat())
            else:
                written.append(_written(cell))
        self._file.write(self._delimiter.join(written) + self._end)

    def _keep(self, cell: str) -> str:
        if len(self._texts) >= _KEPT_TEXTS:
            self._texts.clear()
        text = self._texts[cell] = _written(cell)
        return text

    def write_rows(self, rows: Iterable[Iterable[Any]]) -> None:
        """Write one line a row."""
        for row in rows:
            self.write_row(row)


def write_csv(file: IO[bytes], sheet: Sheet) -> None:
    """Write the sheet: headings, then one line a row; amounts plain, dates ISO, instants in UTC with Z.

    An `opened` sheet begins with what it is and what it was filtered by, and an empty line.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = CsvWriter(text, delimiter=sheet.delimiter)
    if sheet.opened:
        writer.write_rows((("List", sheet.title), ("Company", sheet.actor.company.name), *sheet.filters, ()))
    writer.write_row(column.title for column in sheet.columns)
    keys = [column.key for column in sheet.columns]
    writer.write_rows(
        [instant_text(cell) if isinstance(cell := row.get(key), datetime) else cell for key in keys]
        for row in sheet.rows
    )
    text.flush()
    text.detach()


def _written(cell: Any) -> str:
    if isinstance(cell, str):
        text = escape_formula(cell)
    elif isinstance(cell, Decimal):
        text = f"{cell:f}"
    else:
        text = "" if cell is None else str(cell)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
