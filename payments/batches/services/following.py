"""What people do to a batch: cancel what waits, retry failed rows, find batches that have no worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from payments.batches.errors import (
    BatchFinished,
    BatchNotFound,
    BatchRunning,
    NothingFailed,
    RowNotFound,
)
from payments.batches.feeds import bank_feed
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.services.origins import SUPERSEDED
from payments.batches.subjects import BATCH

# Rows first, then the batch: the order of the workers. A chunk under way is waited for, and stays done.
_CANCEL: Final = """
with waiting as (
  select id from payment_batch_rows where company_id = %s::uuid and batch_id = %s::uuid and status = 'pending'
  order by row_no for no key update
)
update payment_batch_rows r set status = 'cancelled' from waiting
where r.company_id = %s::uuid and r.id = waiting.id and r.status = 'pending'
"""
_CANCELLED: Final = """
update payment_batches set cancelled_rows = cancelled_rows + %s::int, status = 'cancelled',
  finished_at = clock_timestamp()
where company_id = %s::uuid and id = %s::uuid
"""
# Rows that a row of another file took over are not tried here again (ADR 58).
_RETRY: Final = f"""
update payment_batch_rows r
set status = 'pending', customer_id = null, error_code = '', error_field = '', error_message = '', error_hint = '',
  further_errors = '[]'
where r.company_id = %s::uuid and r.batch_id = %s::uuid and r.status = 'failed' and not exists ({SUPERSEDED})
"""  # noqa: S608 - fixed text
_WAITING_AGAIN: Final = """
update payment_batches set failed_rows = failed_rows - %s::int, status = 'processing', finished_at = null
where company_id = %s::uuid and id = %s::uuid
"""


@reads
def find_batch(*, actor: Actor, batch_id: UUID) -> PaymentBatch:
    """The batch. Raises BatchNotFound (404)."""
    batch = PaymentBatch.objects.filter(company_id=actor.company_id, id=batch_id).first()
    if batch is None:
        raise BatchNotFound(f"There is no payment batch {batch_id}.")
    return batch


@joins_transaction
def cancel_batch(*, actor: Actor, batch_id: UUID) -> PaymentBatch:
    """Cancel the rows that wait; what is done stays done, and a bank's statement that is begun is booked to its end.
    Needs `payments.import_batches`.

    Raises BatchNotFound (404), BatchFinished (409) when no row waits anymore.
    """
    actor.require("payments.import_batches")
    batch = find_batch(actor=actor, batch_id=batch_id)
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, [actor.company_id, batch.id, actor.company_id])
        rows = cursor.rowcount
        if not rows:
            raise BatchFinished(f"{batch.number} is finished: no row is waiting anymore.")
        cursor.execute(_CANCELLED, [rows, actor.company_id, batch.id])
    if batch.source_type == PaymentBatch.Source.BANK_FEED:
        bank_feed().cancel(actor=actor, batch=batch)
    _trail(actor, batch, "payments.batch_cancelled", rows)
    batch.refresh_from_db()
    return batch


@joins_transaction
def retry_batch(*, actor: Actor, batch_id: UUID) -> PaymentBatch:
    """Let the failed rows wait again; the caller wakes a worker after the commit. Needs `payments.import_batches`.

    Raises BatchNotFound (404), BatchRunning (409) while rows wait, NothingFailed (409).
    """
    actor.require("payments.import_batches")
    batch = find_batch(actor=actor, batch_id=batch_id)
    # Locked before it is looked at: of two retries the second finds it running.
    batch = PaymentBatch.objects.select_for_update(no_key=True).get(company_id=actor.company_id, id=batch.id)
    if not batch.is_finished:
        raise BatchRunning(f"{batch.number} is still running.")
    if batch.undone_at is not None or not batch.failed_rows:
        raise NothingFailed(f"{batch.number} has no failed rows to try again.")
    with connection.cursor() as cursor:
        cursor.execute(_RETRY, [actor.company_id, batch.id])
        rows = cursor.rowcount
        if not rows:
            raise NothingFailed(f"The failed rows of {batch.number} have all been sent again.")
    wait_again(batch, rows=rows)
    _trail(actor, batch, "payments.batch_retried", rows)
    batch.refresh_from_db()
    return batch


@joins_transaction
def wait_again(batch: PaymentBatch, *, rows: int) -> None:
    """Count so many failed rows of the batch, which the caller has locked, as waiting."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING_AGAIN, [rows, batch.company_id, batch.id])


@reads
def find_row(*, actor: Actor, batch_id: UUID, row_no: int) -> tuple[PaymentBatch, PaymentBatchRow]:
    """A row of a batch with its batch. Raises BatchNotFound, RowNotFound (404)."""
    batch = find_batch(actor=actor, batch_id=batch_id)
    row = (
        PaymentBatchRow.objects.select_related("customer", "payment", "repeats", "origin")
        .filter(company_id=actor.company_id, batch=batch.id, row_no=row_no)
        .first()
    )
    if row is None:
        raise RowNotFound(f"{batch.number} has no row {row_no}; its last is row {batch.total_rows}.")
    return batch, row


@reads
def unfinished_batches(actor: Actor) -> list[UUID]:
    """Batches with waiting rows, oldest first, whether somebody is working on them or not."""
    waiting = PaymentBatch.objects.filter(
        company_id=actor.company_id,
        status__in=[PaymentBatch.Status.PENDING, PaymentBatch.Status.PROCESSING],
    )
    return list(waiting.order_by("created_at").values_list("id", flat=True))


def error_rows(batch: PaymentBatch) -> list[PaymentBatchRow]:
    """The failed rows in the order of the file."""
    return list(
        PaymentBatchRow.objects.filter(
            company_id=batch.company_id, batch=batch.id, status=PaymentBatchRow.Status.FAILED
        ).order_by("row_no")
    )


def paid_rows(batch: PaymentBatch) -> QuerySet[PaymentBatchRow]:
    """The rows that became payments in the order of the file, each with its payment and customer."""
    return (
        PaymentBatchRow.objects.filter(
            company_id=batch.company_id, batch=batch.id, status=PaymentBatchRow.Status.SUCCEEDED
        )
        .select_related("payment", "customer")
        .order_by("row_no")
    )


def held_rows(batch: PaymentBatch) -> list[PaymentBatchRow]:
    """The held rows in the order of the file, each with its customer, and the payment that it repeats; without a bank's
    lines, which are held on their statement."""
    return list(
        PaymentBatchRow.objects.filter(
            company_id=batch.company_id,
            batch=batch.id,
            status=PaymentBatchRow.Status.HELD,
            repeats__isnull=False,
        )
        .select_related("customer", "repeats")
        .order_by("row_no")
    )


@reads
def rows_of_payments(*, company_id: UUID, payments: Sequence[UUID]) -> dict[UUID, tuple[UUID, str, int]]:
    """The batch (id, number) and the row that each payment came from; two statements."""
    rows = PaymentBatchRow.objects.filter(company_id=company_id, payment__in=payments).select_related("batch")
    row_by_payment = dict(bank_feed().places_of(company_id=company_id, payments=payments))
    for each in rows.only("payment_id", "row_no", "batch__number"):
        assert each.payment_id is not None
        row_by_payment[each.payment_id] = (each.batch_id, each.batch.number, each.row_no)
    return row_by_payment


def _trail(actor: Actor, batch: PaymentBatch, action: str, rows: int) -> None:
    record_event(
        actor=actor,
        action=action,
        subject_type=BATCH,
        subject_id=batch.id,
        details={"batch": batch.number, "rows": rows},
    )
