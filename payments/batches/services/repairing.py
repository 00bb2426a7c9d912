"""A failed row is repaired in place: its cells are changed, and it waits again once they are right.

Rule: docs/domain.md#batches, docs/adr/0058-rows-repaired-in-place.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import FieldError, InvalidInput
from payments.batches.errors import CELL_TOO_LONG, RowNotEditable, RowNotFailed, RowSuperseded
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.rules.columns import BadRow
from payments.batches.rules.layouts import cells_of, editable_cells
from payments.batches.rules.origins import write_origin
from payments.batches.rules.readings import COMMA, Reading
from payments.batches.services.checking import (
    Checked,
    Problem,
    StoredRow,
    check_rows,
    paid_references,
    reference_paid,
)
from payments.batches.services.following import find_batch, find_row, wait_again
from payments.batches.services.intake import digest_of_cells, first_sight, texts_of
from payments.batches.services.origins import superseded_rows
from payments.batches.subjects import BATCH

LONGEST_CELL: Final = 1_000


@dataclass(frozen=True, slots=True)
class Repaired:
    """The row after its repair: it waits again, or has failed anew and says why."""

    batch: PaymentBatch
    row: PaymentBatchRow

    @property
    def is_waiting(self) -> bool:
        """Whether a worker is to be woken."""
        return self.row.status == PaymentBatchRow.Status.PENDING


@joins_transaction
def repair_row(
    *,
    actor: Actor,
    batch_id: UUID,
    row_no: int,
    cells: Mapping[str, Any],
    check: Callable[[PaymentBatchRow], None] = lambda row: None,
) -> Repaired:
    """Change the cells that are given by name, check the row again, and let it wait when nothing is wrong.

    The others stay, but of a row whose cells do not fit its headings: there the given ones are all. With no cells
    the row is only checked again. What the file said stays. `check` is called with the locked row (`If-Match`). Locks
    the batch, then the row, as a retry does; the caller wakes a worker after the commit. Needs
    `payments.import_batches`. Raises BatchNotFound, RowNotFound (404), RowNotFailed, RowNotEditable, RowSuperseded
    (409), InvalidInput for a cell above 1,000 characters.
    """
    actor.require("payments.import_batches")
    batch = find_batch(actor=actor, batch_id=batch_id)
    batch = PaymentBatch.objects.select_for_update(no_key=True).get(company_id=actor.company_id, id=batch.id)
    row = _lock_failed(actor, batch, row_no)
    check(row)
    before = editable_cells(batch.layout, row.raw, row.cells)
    merged = _merged(batch, row, _typed(batch, cells))
    same_as = _same_as(batch, row, merged)
    checked = _check(actor, batch, row, merged, same_as)
    after = editable_cells(batch.layout, row.raw, merged)
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    _save(actor, batch, row, merged, same_as, checked, is_changed=bool(changed))
    if not checked.problems:
        wait_again(batch, rows=1)
    record_event(
        actor=actor,
        action="payments.batch_row_repaired",
        subject_type=BATCH,
        subject_id=batch.id,
        details={
            "batch": batch.number,
            "row": row.row_no,
            "old": {name: before.get(name, "") for name in changed},
            "new": {name: after.get(name, "") for name in changed},
            "errors": [each.code for each in checked.problems],
        },
    )
    batch.refresh_from_db()
    return Repaired(batch, find_row(actor=actor, batch_id=batch.id, row_no=row.row_no)[1])


def _lock_failed(actor: Actor, batch: PaymentBatch, row_no: int) -> PaymentBatchRow:
    # Only one that is seen as failed is waited for: a worker locks rows first, and the batch after them.
    row = (
        PaymentBatchRow.objects.select_for_update(no_key=True)
        .filter(
            company_id=actor.company_id, batch=batch.id, row_no=row_no, status=PaymentBatchRow.Status.FAILED
        )
        .first()
    )
    if row is None:
        _, there = find_row(actor=actor, batch_id=batch.id, row_no=row_no)
        raise RowNotFailed(f"Row {row_no} of {batch.number} is {there.get_status_display().lower()}.")
    if batch.layout["bank"]:
        raise RowNotEditable(f"Row {row_no} of {batch.number} is a bank's line.")
    if batch.undone_at is not None:
        raise RowNotFailed(f"{batch.number} has been undone.")
    if by := superseded_rows(company_id=batch.company_id, batch_id=batch.id).get(row_no):
        raise RowSuperseded(
            f"Row {row_no} of {batch.number} was sent again as {write_origin(by.batch_number, by.row_no)}."
        )
    return row


def _typed(batch: PaymentBatch, cells: Mapping[str, Any]) -> dict[str, str]:
    """The cells as texts; numbers as the batch's file writes amounts."""
    if Reading.of(batch.layout).decimal_sign == COMMA:
        cells = {
            name: str(value).replace(".", ",") if isinstance(value, Decimal) else value
            for name, value in cells.items()
        }
    typed = texts_of(cells) | {name: "" for name, value in cells.items() if value is None}
    if wrong := [
        FieldError(name, f"{len(text):,} characters; at most {LONGEST_CELL:,} are accepted.", CELL_TOO_LONG)
        for name, text in typed.items()
        if len(text) > LONGEST_CELL
    ]:
        raise InvalidInput(f"{wrong[0].field}: {wrong[0].message}", code=CELL_TOO_LONG, errors=wrong)
    return typed


def _merged(batch: PaymentBatch, row: PaymentBatchRow, typed: Mapping[str, str]) -> dict[str, str]:
    try:
        there = cells_of(batch.layout, row.raw, row.cells)
    except BadRow:
        # Which cell belongs under which heading is not known.
        there = {}
    return {name: text for name, text in {**there, **typed}.items() if text}


def _same_as(batch: PaymentBatch, row: PaymentBatchRow, cells: Mapping[str, str]) -> int | None:
    """Another row of the batch that says the very same: an earlier one, or one that is not failed."""
    amount, currency = first_sight(cells, Reading.of(batch.layout))
    digest = digest_of_cells(cells)
    others = (
        PaymentBatchRow.objects.filter(
            company_id=batch.company_id, batch=batch.id, amount=amount, currency=currency
        )
        .exclude(row_no=row.row_no)
        .exclude(status=PaymentBatchRow.Status.CANCELLED)
        .order_by("row_no")
    )
    for other in others.only("row_no", "raw", "cells", "status", "same_as_row").iterator():
        if other.same_as_row == row.row_no:
            continue
        if other.row_no > row.row_no and other.status == PaymentBatchRow.Status.FAILED:
            continue
        try:
            said = cells_of(batch.layout, other.raw, other.cells)
        except BadRow:
            continue
        if digest_of_cells(said) == digest:
            return other.row_no
    return None


def _check(
    actor: Actor, batch: PaymentBatch, row: PaymentBatchRow, cells: Mapping[str, str], same_as: int | None
) -> Checked:
    """All that is wrong with the row, told at once."""
    stored = StoredRow(row.row_no, row.raw, same_as, cells, row.origin_id is not None)
    (checked,) = check_rows(actor=actor, layout=batch.layout, rows=[stored])
    if checked.problems or checked.customer_id is None or checked.values is None:
        return checked
    reference = checked.values.reference_number
    paid = paid_references(actor=actor, references=[(checked.customer_id, reference)])
    if not paid:
        return checked
    (number,) = paid.values()
    return Checked(row.row_no, checked.values, problems=(reference_paid(number, reference),))


def _save(
    actor: Actor,
    batch: PaymentBatch,
    row: PaymentBatchRow,
    cells: Mapping[str, str],
    same_as: int | None,
    checked: Checked,
    *,
    is_changed: bool,
) -> None:
    """The row with its cells and errors; what was decided of other cells than these is decided anew."""
    first = checked.problems[0] if checked.problems else Problem("", "", "")
    amount, currency = first_sight(cells, Reading.of(batch.layout))
    if not row.repairs:
        row.file_amount, row.file_currency = row.amount, row.currency
    row.cells = dict(cells)
    row.amount, row.currency, row.same_as_row = amount, currency, same_as
    row.status = PaymentBatchRow.Status.FAILED if checked.problems else PaymentBatchRow.Status.PENDING
    row.customer_id = None
    row.error_code, row.error_field, row.error_message = first.code, first.field[:40], first.message[:500]
    row.error_hint = first.hint if checked.problems else ""
    row.further_errors = [each.as_kept() for each in checked.problems[1:]]
    if is_changed:
        row.repeats_id, row.decided_by, row.decided_at = None, "", None
    row.repairs += 1
    row.repaired_by, row.repaired_at = actor.name, now()
    row.save(
        update_fields=[
            *("file_amount", "file_currency", "cells", "amount", "currency", "same_as_row", "status"),
            *("customer", "error_code", "error_field", "error_message", "error_hint", "further_errors"),
            *("repeats", "decided_by", "decided_at", "repairs", "repaired_by", "repaired_at"),
        ]
    )
