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
from payments.batches.rules.origins import ORIGIN, write_origin
from payments.batches.serializers import faults_of
from payments.batches.services.following import error_rows
from payments.batches.services.origins import superseded_rows

_ADDED: Final = (*ERROR_COLUMNS, ORIGIN)
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
    """The failed rows under the file's own headings and `error_field, error, hint, error_row`, with its delimiter.

    A bank's lines have no `error_row`. Entries and CAMT lines, which have no headings, get ours. What a spreadsheet
    would run is escaped, and read back as what it was. Rows that a later file corrects are left out; of one repaired
    in place, the cells of its repair stand there.
    """
    superseded = superseded_rows(company_id=batch.company_id, batch_id=batch.id)
    headings, rows = failed_table(
        batch, [each for each in error_rows(batch) if each.row_no not in superseded]
    )
    # The row's own columns have names that a list cannot have twice, but for blank ones: by their places.
    columns = [Column(str(place), title) for place, title in enumerate([*headings, *_added(batch)])]
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
    if layout["kind"] == JSON and layout.get("headings"):
        return _of_table(batch, failed)
    if layout["kind"] == JSON:
        names = _BANK_COLUMNS if layout["bank"] else COLUMNS
        entries = (each.cells or json.loads(each.raw) for each in failed)
        listed = ([entry.get(name, "") for name in names] for entry in entries)
        return names, _with_faults(batch, failed, listed)
    headings = _headings(layout)
    added = sorted({name for each in failed for name in each.cells or ()} - set(layout["columns"]))
    headings += added
    written = [_written(layout, each, added) for each in failed]
    # A row that has more cells than headings keeps them, under blank headings.
    widest = max([len(headings), *(len(cells) for cells in written)])
    headings = [*headings, *[""] * (widest - len(headings))]
    kept = [place for place, each in enumerate(headings) if heading(each) not in _ADDED]
    listed = ([cells[place] if place < len(cells) else "" for place in kept] for cells in written)
    return [headings[place] for place in kept], _with_faults(batch, failed, listed)


def _written(layout: Mapping[str, Any], row: PaymentBatchRow, added: Sequence[str]) -> tuple[str, ...]:
    """The row's cells as its file has them, or as its repair says; `added` are columns that only repairs have."""
    cells = written_cells(row.raw, layout["delimiter"])
    if row.cells is None:
        return cells
    said: dict[str, str] = row.cells
    columns = layout["columns"]
    under = [
        said.get(name, "") if name else cells[place] if place < len(cells) else ""
        for place, name in enumerate(columns)
    ]
    return (*under, *(said.get(name, "") for name in added))


def _of_table(
    batch: PaymentBatch, failed: Sequence[PaymentBatchRow]
) -> tuple[Sequence[str], Iterator[Sequence[str]]]:
    """The rows of a bank's table under its own headings."""
    headings = batch.layout["headings"]
    kept = [place for place, each in enumerate(headings) if heading(each) not in ERROR_COLUMNS]
    written = (json.loads(json.loads(each.raw).get("cells", "[]")) for each in failed)
    listed = ([cells[place] if place < len(cells) else "" for place in kept] for cells in written)
    return [headings[place] for place in kept], _with_faults(batch, failed, listed)


def _headings(layout: Mapping[str, Any]) -> list[str]:
    """As the file wrote them; of a batch from before they were kept, our names for them."""
    if "headings" in layout:
        return list(layout["headings"])
    return [name or f"column {place}" for place, name in enumerate(layout["columns"], start=1)]


def _with_faults(
    batch: PaymentBatch, failed: Sequence[PaymentBatchRow], listed: Iterator[Sequence[str]]
) -> Iterator[Sequence[str]]:
    for row, cells in zip(failed, listed, strict=True):
        faults = faults_of(row)
        told = ["; ".join(each[name] for each in faults) for name in ("field", "message", "hint")]
        yield [*cells, *told, write_origin(batch.number, row.row_no)][: len(cells) + len(_added(batch))]


def _added(batch: PaymentBatch) -> tuple[str, ...]:
    return ERROR_COLUMNS if batch.layout["bank"] else _ADDED
