"""PDFs by WeasyPrint, which may fetch nothing: no network, no files; images come as data URIs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import IO, Any, Final

from django.template.loader import render_to_string

from batconnect.core.clock import now
from batconnect.core.errors import Refusal
from batconnect.core.exports.columns import Kind, Sheet, printed
from batconnect.core.exports.letterhead import letterhead

# Some 4 ms and 100 kB a row: beyond this a request would take too long.
MOST_PDF_ROWS: Final = 2_000
ROWS_PER_PAGE: Final = 36
_ROWS_PER_BRANDED_PAGE: Final = 35
_PAGES_AT_ONCE: Final = 20
_LONGEST_TEXT: Final = 120
_EMPTY: Final = "\u00a0"
_WIDEST_COLUMN: Final = 36
_NARROWEST_TEXT: Final = 8
_PAGE_WIDTH: Final = 168  # digits that stand side by side on a page, less the columns' margins
APT_LINE: Final = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


class PdfUnavailable(Refusal):
    """501: a system library that PDFs need is not installed; everything but PDFs works."""

    status = 501
    code = "pdf_unavailable"
    title = "PDFs cannot be made here"
    remedy = "Install the system libraries that the message names."


def render_pdf(template: str, context: Mapping[str, Any]) -> bytes:
    """The template as a PDF file. Raises PdfUnavailable (501) where Pango is not installed."""
    return bytes(_layout(render_to_string(template, dict(context))).write_pdf())


def write_pdf(file: IO[bytes], sheet: Sheet) -> None:
    """Write the sheet as pages of ROWS_PER_PAGE rows of one height, so that "page x of y" is known before layout.

    A page's columns are laid out as one block of lines each, in chunks of pages: a table cell per value takes
    three times as long. Long texts are cut at the column's edge; the other formats hold them whole.
    """
    zone = sheet.zone

    def line(row: Mapping[str, Any]) -> list[str]:
        return [_line(printed(row.get(column.key), column.kind, zone)) for column in sheet.columns]

    lines, totals = [line(row) for row in sheet.rows], [line(row) for row in sheet.totals]
    pages = _paged(lines, totals=len(totals), most=_ROWS_PER_BRANDED_PAGE if sheet.branded else ROWS_PER_PAGE)
    kinds = [column.kind for column in sheet.columns]
    context = {
        "title": sheet.title,
        "company": sheet.actor.company,
        "filters": sheet.filters,
        "columns": sheet.columns,
        # A total's words lie over the columns beside them.
        "widths": _widths(sheet, lines + [[_EMPTY, *total[1:]] for total in totals]),
        "totals": [_spanning(kinds, total) for total in totals],
        "printed_at": printed(now(), "instant", zone),
        "printed_by": sheet.actor.name,
        "page_count": len(pages),
        "row_count": len(lines),
        **(letterhead(actor=sheet.actor) if sheet.branded else {}),
    }
    template = "pdf/report.html" if sheet.branded else "pdf/list.html"
    documents = []
    for first in range(0, len(pages), _PAGES_AT_ONCE):
        chunk = [
            (number, [(kind, "\n".join(row[place] for row in page)) for place, kind in enumerate(kinds)])
            for number, page in enumerate(pages[first : first + _PAGES_AT_ONCE], start=first + 1)
        ]
        documents.append(_layout(render_to_string(template, {**context, "pages": chunk})))
    whole = documents[0].copy(chain.from_iterable(document.pages for document in documents))
    whole.write_pdf(target=file)


def _paged(lines: list[list[str]], *, totals: int, most: int) -> list[list[list[str]]]:
    """The lines by pages of `most`; the totals stand on the last one, which is empty where they do not fit else."""
    pages = [lines[first : first + most] for first in range(0, len(lines), most)] or [[]]
    if totals and len(pages[-1]) + totals + 1 > most:
        pages.append([])
    return pages


def _spanning(kinds: Sequence[Kind], total: list[str]) -> list[tuple[Kind, str, int]]:
    """A total's cells with how many columns each takes: the first one's words lie over the empty cells after it."""
    figures = next((place for place, text in enumerate(total[1:], start=1) if text != _EMPTY), len(total))
    rest = [(kind, text, 1) for kind, text in zip(kinds[figures:], total[figures:], strict=True)]
    return [("text", total[0], figures), *rest]


def _line(text: str) -> str:
    """The text as one line that cannot break the block it stands in."""
    return " ".join(text[:_LONGEST_TEXT].split()) or _EMPTY


def _widths(sheet: Sheet, lines: list[list[str]]) -> list[str]:
    """Each column's share of the page in percent, by its longest text within bounds.

    Where the page is too narrow for all, words are cut before any number is, and never a figure. The headings of a
    branded page break between their words.
    """
    longest: list[int] = []
    texts: list[int] = []
    numbers: list[int] = []
    for place, column in enumerate(sheet.columns):
        headings = column.title.split(" ") if sheet.branded else [column.title]
        values = [row[place] for row in lines]
        longest.append(min(max(*(len(word) + 2 for word in headings), *map(len, values), 6), _WIDEST_COLUMN))
        if column.kind == "text":
            (texts if any(" " in value for value in values) else numbers).append(place)
    for cuttable in (texts, numbers):
        while sum(longest) + 2 * len(longest) > _PAGE_WIDTH and cuttable:
            widest = max(cuttable, key=lambda place: longest[place])
            if longest[widest] <= _NARROWEST_TEXT:
                break
            longest[widest] -= 1
    return [f"{100 * (length + 2) / (sum(longest) + 2 * len(longest)):.2f}" for length in longest]


def _layout(html: str) -> Any:
    try:
        # Imported when needed: it takes 0.6 s and a system library that may be missing.
        import weasyprint
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise PdfUnavailable(f"A system library for PDFs is missing. As root: {APT_LINE}") from error
    fetcher = URLFetcher(allowed_protocols=["data"], allow_redirects=False)
    return weasyprint.HTML(string=html, url_fetcher=fetcher, base_url="about:blank").render()
