"""Somebody says what becomes of held rows: paid anyway, or dropped (ADR 0041)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from ledger.rules.reasons import checked_reason
from payments.batches.errors import BatchRunning, NothingHeld, RepeatGone, RowsNotHeld
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.services.following import find_batch
from payments.batches.subjects import BATCH

_MAX_NAMED: Final = 20
_HELD: Final = """
select row_no, repeats_id from payment_batch_rows
where company_id = %s::uuid and batch_id = %s::uuid and status = 'held' and repeats_id is not null
  and (%s::int[] is null or row_no = any(%s::int[]))
order by row_no for no key update
"""
# Shared, so that none of them is voided while its repeat is dropped.
_REPEATED: Final = """
select id, number, status from payments where company_id = %s::uuid and id = any(%s::uuid[]) order by id for share
"""
_DECIDE: Final = """
update payment_batch_rows set status = %s, decided_by = %s, decided_at = clock_timestamp()
where company_id = %s::uuid and batch_id = %s::uuid and row_no = any(%s::int[]) and status = 'held'
"""
_PAY: Final = """
update payment_batches set held_rows = held_rows - %s::int, status = 'processing', finished_at = null
where company_id = %s::uuid and id = %s::uuid
"""
_DROP: Final = """
update payment_batches set held_rows = held_rows - %s::int, cancelled_rows = cancelled_rows + %s::int
where company_id = %s::uuid and id = %s::uuid
"""


@joins_transaction
def decide_held_rows(
    *, actor: Actor, batch_id: UUID, pay: bool, reason: str, rows: Sequence[int] | None = None
) -> PaymentBatch:
    """Pay held rows anyway, or drop them: those named, or with None all that are held.

    Rows to be paid wait again, and the caller wakes a worker after the commit; dropped ones are cancelled. Locks the
    batch, then its rows, as a retry does: of two decisions the second finds the rows decided. Needs
    `payments.import_batches` and a reason of 10 to 500 characters.
    Raises BatchNotFound (404), BatchRunning, NothingHeld, RowsNotHeld (409), and RepeatGone (409) when a row shall be
    dropped whose payment was voided since: nothing else would pay it.
    """
    actor.require("payments.import_batches")
    reason = checked_reason(reason)
    batch = find_batch(actor=actor, batch_id=batch_id)
    batch = PaymentBatch.objects.select_for_update(no_key=True).get(company_id=actor.company_id, id=batch.id)
    if not batch.is_finished:
        raise BatchRunning(f"{batch.number} is still running.")
    numbers = None if rows is None else sorted(set(rows))
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [actor.company_id, batch.id, numbers, numbers])
        held = dict(cursor.fetchall())
    _refuse_not_held(batch, numbers, held)
    if not pay:
        _refuse_gone(actor, held)
    status = PaymentBatchRow.Status.PENDING if pay else PaymentBatchRow.Status.CANCELLED
    with connection.cursor() as cursor:
        cursor.execute(_DECIDE, [status, actor.name, actor.company_id, batch.id, list(held)])
        count = cursor.rowcount
        if pay:
            cursor.execute(_PAY, [count, actor.company_id, batch.id])
        else:
            cursor.execute(_DROP, [count, count, actor.company_id, batch.id])
    record_event(
        actor=actor,
        action="payments.repeats_paid" if pay else "payments.repeats_dropped",
        subject_type=BATCH,
        subject_id=batch.id,
        reason=reason,
        details={"batch": batch.number, "rows": list(held)},
    )
    batch.refresh_from_db()
    return batch


def _refuse_not_held(batch: PaymentBatch, numbers: Sequence[int] | None, held: dict[int, UUID]) -> None:
    if numbers is None and not held:
        raise NothingHeld(f"{batch.number} has no held rows.")
    if missing := [each for each in numbers or () if each not in held]:
        raise RowsNotHeld(f"Not held in {batch.number}: {_named(missing)}.", field="rows")


def _refuse_gone(actor: Actor, held: dict[int, UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_REPEATED, [actor.company_id, list(set(held.values()))])
        gone = {key: number for key, number, status in cursor.fetchall() if status != "posted"}
    if rows := [row_no for row_no, payment in held.items() if payment in gone]:
        numbers = ", ".join(sorted({gone[held[each]] for each in rows})[:_MAX_NAMED])
        raise RepeatGone(f"{_named(rows)}: what they repeat was voided ({numbers}).", field="rows")


def _named(rows: Sequence[int]) -> str:
    listed = ", ".join(str(each) for each in rows[:_MAX_NAMED])
    more = f" and {len(rows) - _MAX_NAMED:,} more" if len(rows) > _MAX_NAMED else ""
    return f"row {listed}" if len(rows) == 1 else f"rows {listed}{more}"
