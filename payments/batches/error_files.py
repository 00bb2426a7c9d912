"""errors.csv: the failed rows as their file has them, with what is wrong at the end, to be corrected and sent again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.http import FileResponse

from batconnect.core.files.exports import Column, export_response
from batconnect.core.files.tables import written_cells
from batconnect.core.kernel.actors import Actor
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.rules.columns import COLUMNS, ERROR_COLUMNS, heading
from payments.batches.rules.layouts import JSON
from payments.batches.serializers import faults_of
from payments.batches.services.following import error_rows

_BANK_COLUMNS: Final = (
    *(
        "amount",
        "currency",
        "payment_date",
        "reference_number",
        "payer_name",
        "payer_account",
        "text",
        "booked",
    ),
)


def errors_file(actor: Actor, batch: PaymentBatch) -> FileResponse:
    """The failed rows under the file's own headings and `error_field, error, hint`, as CSV with its delimiter.

    Entries and CAMT lines, which have no headings, get ours. What a spreadsheet would run is escaped, and
    read back as what it was.
    """
    headings, rows = failed_table(batch, error_rows(batch))
    # The row's own columns have names that a list cannot have twice, but for blank ones: by their places.
    columns = [Column(str(place), title) for place, title in enumerate([*headings, *ERROR_COLUMNS])]
    return export_response(
        ({str(place): cell for place, cell in enumerate(cells)} for cells in rows),
        columns,
        format="csv",
        name=f"{batch.number.lower()}-errors",
        title=f"Errors of {batch.number}",
        actor=actor,
        delimiter=batch.layout.get("delimiter", ","),
    )


def failed_table(
    batch: PaymentBatch, failed: Sequence[PaymentBatchRow]
) -> tuple[Sequence[str], Iterator[Sequence[str]]]:
    """The headings, and the cells of each failed row with what is wrong with it."""
    layout = batch.layout
    if layout["kind"] == JSON:
        names = _BANK_COLUMNS if layout["bank"] else COLUMNS
        entries = (json.loads(each.raw) for each in failed)
        listed = ([entry.get(name, "") for name in names] for entry in entries)
        return names, _with_faults(failed, listed)
    headings = _headings(layout)
    written = [written_cells(each.raw, layout["delimiter"]) for each in failed]
    # A row that has more cells than headings keeps them, under blank headings.
    widest = max([len(headings), *(len(cells) for cells in written)])
    headings = [*headings, *[""] * (widest - len(headings))]
    kept = [place for place, each in enumerate(headings) if heading(each) not in ERROR_COLUMNS]
    listed = ([cells[place] if place < len(cells) else "" for place in kept] for cells in written)
    return [headings[place] for place in kept], _with_faults(failed, listed)


def _headings(layout: Mapping[str, Any]) -> list[str]:
    """As the file wrote them; of a batch from before they were kept, our names for them."""
    if "headings" in layout:
        return list(layout["headings"])
    return [name or f"column {place}" for place, name in enumerate(layout["columns"], start=1)]


def _with_faults(
    failed: Sequence[PaymentBatchRow], listed: Iterator[Sequence[str]]
) -> Iterator[Sequence[str]]:
    for row, cells in zip(failed, listed, strict=True):
        faults = faults_of(row)
        yield [*cells, *("; ".join(each[name] for each in faults) for name in ("field", "message", "hint"))]
