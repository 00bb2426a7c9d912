"""Lists as files: Excel, PDF and CSV behind one function that any list can use.

The file is written to a temporary file inside the request's transaction and streamed from there: a response
streams after the transaction is over, when the company context is gone and every row with it. Rows come
through a server-side cursor (`.iterator()`), so memory stays bounded for Excel and CSV; PDFs are capped.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import IO, Any, Final

from django.db.models import QuerySet
from django.http import FileResponse, QueryDict

from batconnect.core.audit import record_event
from batconnect.core.database.waits import EXPORT, be_patient
from batconnect.core.files.exports.columns import Column, Sheet
from batconnect.core.files.exports.csv import write_csv
from batconnect.core.files.exports.excel import MAX_EXCEL_ROWS, write_excel
from batconnect.core.files.exports.list_pdf import MAX_PDF_ROWS, write_pdf
from batconnect.core.files.exports.slots import EXPORTS, Slot, take_slot
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.codes import EXPORT_TOO_LARGE, UNKNOWN_FORMAT
from batconnect.core.kernel.errors import InvalidInput

__all__ = ["FORMATS", "Column", "export_response", "read_format"]

_CHUNK: Final = 2_000
_Writer = Callable[[IO[bytes], Sheet], None]
# Format → extension, content type, writer, most rows.
FORMATS: Final[dict[str, tuple[str, str, _Writer, int | None]]] = {
    "excel": (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        write_excel,
        MAX_EXCEL_ROWS,
    ),
    "pdf": ("pdf", "application/pdf", write_pdf, MAX_PDF_ROWS),
    "csv": ("csv", "text/csv; charset=utf-8", write_csv, None),
}


def read_format(query: QueryDict, *, allowed: Sequence[str] = tuple(FORMATS), default: str = "excel") -> str:
    """The format that `?format=` asks for. Raises InvalidInput listing the allowed ones."""
    format_name = (query.get("format") or default).lower()
    if format_name not in allowed:
        raise InvalidInput(
            f"{format_name[:40]!r} is not a format; format must be one of {', '.join(allowed)}.",
            code=UNKNOWN_FORMAT,
            field="format",
        )
    return format_name


def export_response(
    rows: QuerySet[Any, Any] | Iterable[Mapping[str, Any]],
    columns: Sequence[Column],
    *,
    format: str,
    name: str,
    title: str,
    actor: Actor,
    filters: Sequence[tuple[str, str]] = (),
    totals: Sequence[Mapping[str, Any]] = (),
    branded: bool = False,
    opened: bool = False,
    delimiter: str = ",",
) -> FileResponse:
    """The rows (dicts by column key) as a file named `{name}-{today}.{extension}`; headings alone for no rows.

    `filters` are printed at the head of a PDF and stand on a sheet of their own in Excel; `totals`, `branded`,
    `opened` and `delimiter` are those of `Sheet`. The audit trail keeps who took which list away, and how much of
    it. Raises InvalidInput `export_too_large` above the format's most rows, PdfUnavailable (501) where a system
    library is missing, TooManyRequests (429, Retry-After) while the company has as many files made as it may: a slot
    is held until the stream ends.
    """
    extension, content_type, write, limit = FORMATS[format]
    taken = _Counted(rows, limit=limit, format=format)
    sheet = Sheet(
        title=title,
        columns=columns,
        rows=taken,
        actor=actor,
        filters=filters,
        totals=totals,
        branded=branded,
        opened=opened,
        delimiter=delimiter,
    )
    with ExitStack() as unless_sent:
        slot = take_slot(EXPORTS, actor=actor)
        unless_sent.callback(slot.release)
        file = unless_sent.enter_context(tempfile.TemporaryFile())
        if not actor.is_job:
            be_patient(EXPORT)
        write(file, sheet)
        _note_taken(actor, name, format=format, rows=taken.count, filters=filters)
        file.seek(0)
        unless_sent.pop_all()
    filename = f"{name}-{today(actor.company).isoformat()}.{extension}"
    return _Download(file, slot=slot, filename=filename, content_type=content_type)


class _Download(FileResponse):
    """A file whose slot is free again when its stream has ended, or the client is gone."""

    def __init__(self, file: IO[bytes], *, slot: Slot, **options: Any) -> None:
        super().__init__(file, as_attachment=True, **options)
        self._slot = slot

    def close(self) -> None:
        """Close the file, and give the slot back."""
        try:
            super().close()
        finally:
            self._slot.release()


def _note_taken(
    actor: Actor, name: str, *, format: str, rows: int, filters: Sequence[tuple[str, str]]
) -> None:
    details = {"format": format, "rows": rows, "filters": [list(each) for each in filters]}
    record_event(
        actor=actor, action="core.export_list", subject_type="list", subject_id=name, details=details
    )


class _Counted:
    """Rows, as many as the format takes, that say how many of them were read."""

    def __init__(
        self, rows: QuerySet[Any, Any] | Iterable[Mapping[str, Any]], *, limit: int | None, format: str
    ) -> None:
        source: Iterable[Mapping[str, Any]] = (
            rows.iterator(chunk_size=_CHUNK) if isinstance(rows, QuerySet) else rows
        )
        self._rows = source if limit is None else _capped(source, limit=limit, format=format)
        self.count = 0

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for row in self._rows:
            self.count += 1
            yield row


def _capped(rows: Iterable[Mapping[str, Any]], *, limit: int, format: str) -> Iterable[Mapping[str, Any]]:
    """The rows, refusing the one after the last that the format takes."""
    iterator = iter(rows)
    yield from islice(iterator, limit)
    if next(iterator, None) is not None:
        raise InvalidInput(
            f"The list has more than the {limit:,} rows that {format} takes; narrow the filters or use another "
            f"format.",
            code=EXPORT_TOO_LARGE,
            field="format",
        )
