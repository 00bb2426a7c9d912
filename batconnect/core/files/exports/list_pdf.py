"""Lists and reports as PDF pages: rows of as many lines as their cells need, columns in which nothing is cut off.

A page's columns are laid out as one block of lines each: a table cell per value takes three times as long. Where a cell
wraps, the other cells of its row are padded with empty lines, so that rows stay in line; wrapping is computed from the
typeface's widths, and the renderer breaks nothing by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, Final

from django.template.loader import render_to_string

from batconnect.core.files.exports.columns import Column, Kind, Sheet, printed
from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.files.exports.pdf import lay_out
from batconnect.core.files.exports.sizing import SIZES, ColumnNeed, Layout, lay_out_columns, wrap
from batconnect.core.files.exports.widths import Widths
from batconnect.core.kernel.clock import now

MAX_PDF_ROWS: Final = 2_000
"""More would take too long for a request: some 4 ms a row."""
ROWS_PER_PAGE: Final = 36
"""Of rows with one line each."""
_PAGES_AT_ONCE: Final = 20
_LONGEST_TEXT: Final = 200
_PAGE_MM: Final = 275.0
_ROW_MM: Final = 4.5
_LINE_MM: Final = 3.5  # of rows that have several
_HEADING_LINE_MM: Final = 3.2
_HEADER_LINE_MM: Final = 3.4
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NAMES: Final = re.compile("[0-9]")
Lines = list[str]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """How a page is divided: heights in millimeters, and how wide the words at its head may be."""

    template: str
    page: float
    header: float
    words: float

    def room_for_rows(self, *, header: float, headings: float) -> float:
        """What is left for rows between the headings and the footer."""
        return self.page - header - headings - 5.0


_PLAIN: Final = _Sheet("pdf/list.html", page=188.0, header=9.6, words=_PAGE_MM)
_BRANDED: Final = _Sheet("pdf/report.html", page=200.0, header=18.6, words=172.0)


def write_pdf(file: IO[bytes], sheet: Sheet) -> None:
    """Write the sheet, rows whole on a page, with "page x of y" known before anything is laid out.

    Raises PdfUnavailable.
    """
    form = _BRANDED if sheet.branded else _PLAIN
    table = _Table.of(sheet)
    head, header = _head(sheet, table, form)
    line_mm = table.line_mm
    heading_mm = table.heading_lines * _HEADING_LINE_MM + 1.4
    capacity = int(form.room_for_rows(header=header, headings=heading_mm) / line_mm)
    pages = _paged([table.lines_of(row) for row in table.rows], capacity, totals=len(table.totals))
    context = {
        **head,
        "title": sheet.title,
        "company": sheet.actor.company,
        "columns": table.columns,
        "widths": [f"{width:.2f}" for width in table.layout.widths],
        "size": table.layout.size,
        "line_mm": f"{line_mm:.3f}",
        "heading_mm": f"{heading_mm:.2f}",
        "header_mm": f"{header:.2f}",
        "totals": [_spanning(table.kinds, total) for total in table.totals],
        "printed_at": printed(now(), "instant", sheet.zone),
        "printed_by": sheet.actor.name,
        "page_count": len(pages),
        "row_count": len(table.rows),
        **(letterhead(actor=sheet.actor) if sheet.branded else {}),
    }
    documents = []
    for first in range(0, len(pages), _PAGES_AT_ONCE):
        chunk = [
            _page(number, page, table.kinds, line_mm=line_mm, heading_mm=heading_mm)
            for number, page in enumerate(pages[first : first + _PAGES_AT_ONCE], start=first + 1)
        ]
        documents.append(lay_out(render_to_string(form.template, {**context, "pages": chunk})))
    whole = documents[0].copy(chain.from_iterable(document.pages for document in documents))
    whole.write_pdf(target=file)


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns that the page has room for, with every cell as one line of text, and how they share the page."""

    columns: Sequence[Column]
    left_out: Sequence[str]
    rows: list[Lines]
    totals: list[Lines]
    shortened: bool
    layout: Layout
    measure: Widths
    bold: Widths

    @classmethod
    def of(cls, sheet: Sheet) -> _Table:
        """Read the sheet's rows and find room for its columns."""
        zone, columns = sheet.zone, [column for column in sheet.columns if column.on_paper]

        def line(row: Mapping[str, Any]) -> Lines:
            return [_one_line(printed(row.get(column.key), column.kind, zone)) for column in columns]

        rows, totals = [line(row) for row in sheet.rows], [line(row) for row in sheet.totals]
        shortened = any(len(cell) > _LONGEST_TEXT for row in rows for cell in row)
        if shortened:
            rows = [[_shortened(cell) for cell in row] for row in rows]
        measure = Widths(set().union(*map(set, chain.from_iterable(rows))))
        bold = Widths(bold=True)
        needs = [_need(column, place, rows, totals, measure, bold) for place, column in enumerate(columns)]
        layout = lay_out_columns(needs, page_mm=_PAGE_MM)
        kept = len(layout.widths)
        return cls(
            columns=columns[:kept],
            left_out=[each.title for each in sheet.columns if each not in columns[:kept]],
            rows=[row[:kept] for row in rows],
            totals=[total[:kept] for total in totals],
            shortened=shortened,
            layout=layout,
            measure=measure,
            bold=bold,
        )

    @property
    def kinds(self) -> list[Kind]:
        """What each column holds."""
        return [column.kind for column in self.columns]

    @property
    def line_mm(self) -> float:
        """How high a line is: where rows have several, those of a row stand closer together."""
        rooms = [self.layout.room(place) for place in range(len(self.columns))]
        wraps = any(
            self.measure(cell) > room for row in self.rows for cell, room in zip(row, rooms, strict=True)
        )
        return (_LINE_MM if wraps else _ROW_MM) * self.layout.size / SIZES[0]

    @property
    def heading_lines(self) -> int:
        """How many lines the tallest heading takes."""
        return max(
            len(wrap(column.title, self.layout.room(place), self.bold))
            for place, column in enumerate(self.columns)
        )

    def lines_of(self, row: Lines) -> list[Lines]:
        """The row as lines of the page, each with a text of every column; empty ones below the shorter cells."""
        cells = [wrap(cell, self.layout.room(place), self.measure) for place, cell in enumerate(row)]
        height = max(map(len, cells))
        padded = [[*cell, *[""] * (height - len(cell))] for cell in cells]
        return [list(line) for line in zip(*padded, strict=True)]


def _need(
    column: Column, place: int, rows: list[Lines], totals: list[Lines], measure: Widths, bold: Widths
) -> ColumnNeed:
    """What a column asks for. A total's words lie over the columns beside them, its figures in their own."""
    rigid = column.kind != "text"
    cells = {row[place] for row in rows}
    widths = [measure(cell) for cell in cells]
    if place:
        widths += [bold(total[place]) for total in totals]
    words = set() if rigid else {word for cell in cells for word in cell.split(" ")}
    return ColumnNeed(
        natural=max(widths, default=0.0),
        word=max(map(measure, words), default=0.0),
        name=max((measure(word) for word in words if _NAMES.search(word)), default=0.0),
        heading=max(bold(word) for word in column.title.split(" ")),
        title=bold(column.title),
        rigid=rigid,
    )


def _head(sheet: Sheet, table: _Table, form: _Sheet) -> tuple[dict[str, Any], float]:
    """What stands above the table, in lines that are whole, and how high that is."""
    filters = " · ".join(f"{name}: {value}" for name, value in sheet.filters) or "No filters"
    notes = []
    if table.left_out:
        notes.append(
            f"Left out, because the page has no room for them: {', '.join(table.left_out)}. "
            "Excel and CSV have every column."
        )
    if table.shortened:
        notes.append(
            f"Texts of more than {_LONGEST_TEXT} characters end in …; Excel and CSV have them whole."
        )
    room = form.words / (SIZES[0] * 25.4 / 72 * 1.02)
    lines = [line for text in [_one_line(filters), *notes] for line in wrap(text, room, table.bold)]
    return {"head_lines": lines}, form.header + len(lines) * _HEADER_LINE_MM


def _paged(rows: list[list[Lines]], limit: int, *, totals: int) -> list[list[list[Lines]]]:
    """The rows by pages of at most `limit` lines: whole, but for one that is higher than a page.

    The totals stand on the last page, which is empty where they do not fit else.
    """
    pages: list[list[list[Lines]]] = [[]]
    used = 0
    for row in rows:
        for first in range(0, len(row), limit):
            part = row[first : first + limit]
            if used + len(part) > limit:
                pages.append([])
                used = 0
            pages[-1].append(part)
            used += len(part)
    if totals and pages[-1] and used + totals + 1 > limit:
        pages.append([])
    return pages


def _page(
    number: int, rows: list[list[Lines]], kinds: Sequence[Kind], *, line_mm: float, heading_mm: float
) -> dict[str, Any]:
    """A page: its columns as blocks of lines, and where every second row lies, to be shaded."""
    lines = list(chain.from_iterable(rows))
    shades, top = [], 0
    for place, row in enumerate(rows):
        if place % 2:
            shades.append((f"{heading_mm + top * line_mm:.3f}", f"{len(row) * line_mm:.3f}"))
        top += len(row)
    return {
        "number": number,
        "columns": [(kind, _block([line[place] for line in lines])) for place, kind in enumerate(kinds)],
        "shades": shades if any(len(row) > 1 for row in rows) else [],
    }


def _block(lines: Lines) -> str:
    """A column's lines as one text; a line break at its very beginning would be taken for the tag's."""
    if lines and not lines[0]:
        lines[0] = "\u00a0"
    return "\n".join(lines)


def _spanning(kinds: Sequence[Kind], total: Lines) -> list[tuple[Kind, str, int]]:
    """A total's cells with how many columns each takes: the first one's words lie over the empty cells after it."""
    figures = next((place for place, text in enumerate(total[1:], start=1) if text), len(total))
    rest = [(kind, text, 1) for kind, text in zip(kinds[figures:], total[figures:], strict=True)]
    return [("text", total[0], figures), *rest]


def _one_line(text: str) -> str:
    """The text as one line that cannot break the block it stands in."""
    return " ".join(_UNPRINTABLE.sub("\ufffd", text).split())


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
