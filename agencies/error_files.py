"""errors.csv: the failed lines under the file's own headings, with what is wrong at the end, to be corrected and sent
again as it is (docs/domain.md#agency-imports)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.http import FileResponse

from agencies.models import AgencyImport, AgencyImportLine
from batconnect.core.files.exports import Column, export_response
from batconnect.core.kernel.actors import Actor

_ADDED: Final = ("error_line", "error_field", "error")
_AT_ONCE: Final = 2_000


def errors_file(actor: Actor, received: AgencyImport) -> FileResponse:
    """The failed lines as the file has them. What a spreadsheet would run is escaped, and read back as it was."""
    headings: list[str] = received.layout["headings"]
    kept = [place for place, each in enumerate(headings) if each not in _ADDED]
    titles = [*(headings[place] for place in kept), *_ADDED]
    columns = [Column(str(place), title) for place, title in enumerate(titles)]
    return export_response(
        ({str(place): cell for place, cell in enumerate(cells)} for cells in _failed(received, kept)),
        columns,
        format="csv",
        name=f"agency-import-{str(received.id)[-12:]}-errors",
        title=f"Errors of {received}",
        actor=actor,
    )


def _failed(received: AgencyImport, kept: list[int]) -> Iterator[list[str]]:
    rows = AgencyImportLine.objects.filter(
        company_id=received.company_id, import_file=received, status=AgencyImportLine.Status.FAILED
    ).order_by("line_no")
    for line in rows.iterator(chunk_size=_AT_ONCE):
        cells = [line.cells[place] if place < len(line.cells) else "" for place in kept]
        yield [*cells, str(line.line_no), line.error_field, line.error_message]
