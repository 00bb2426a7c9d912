"""What became of a bank feed's rows, as the app of the bank's word tells it: written, and written again when it is
decided later (docs/domain.md#batches)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.jobs.metrics import count_batch_rows
from batconnect.core.kernel.actors import Actor
from payments.batches.services.checking import Problem
from payments.batches.services.telling import notify_of_outcome

# What waits, and what was held or given up before its line was decided on.
_MARK: Final = """
update payment_batch_rows r
set status = d.status, customer_id = d.customer, payment_id = d.payment, error_code = d.code, error_field = d.field,
  error_message = d.message, error_hint = d.hint, further_errors = '[]'::jsonb
from unnest(%s::int[], %s::text[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
  as d(row_no, status, customer, payment, code, field, message, hint)
where r.company_id = %s::uuid and r.batch_id = %s::uuid and r.row_no = d.row_no
  and (r.repeats_id is null or r.status = 'pending')
  and r.status in ('pending', 'held', 'cancelled')
"""
_COUNT: Final = """
with counted as (
  select count(*) filter (where status = 'succeeded') as succeeded, count(*) filter (where status = 'failed') as failed,
    count(*) filter (where status = 'unmatched') as unmatched, count(*) filter (where status = 'held') as held,
    count(*) filter (where status = 'cancelled') as cancelled, count(*) filter (where status = 'known') as known,
    count(*) filter (where status = 'money_out') as money_out, count(*) filter (where status = 'pending') as pending
  from payment_batch_rows where company_id = %(company)s::uuid and batch_id = %(batch)s::uuid
)
update payment_batches b
set succeeded_rows = c.succeeded, failed_rows = c.failed, unmatched_rows = c.unmatched, held_rows = c.held,
  cancelled_rows = c.cancelled, known_rows = c.known, money_out_rows = c.money_out,
  started_at = coalesce(b.started_at, statement_timestamp()),
  finished_at = case when c.pending = 0 then coalesce(b.finished_at, clock_timestamp()) end,
  status = case when c.pending > 0 then 'processing' when c.cancelled > 0 then 'cancelled'
    when c.failed = b.total_rows then 'failed' when c.failed + c.held > 0 then 'completed_with_errors'
    else 'completed' end
from counted c where b.company_id = %(company)s::uuid and b.id = %(batch)s::uuid
returning b.number, b.status
"""
_LOCK: Final = """
select finished_at from payment_batches where company_id = %s::uuid and id = %s::uuid for no key update
"""
_NOTHING: Final = Problem("", "", "")


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a row; `problem` says why it failed or is held."""

    row_no: int
    status: str
    customer_id: UUID | None = None
    payment_id: UUID | None = None
    problem: Problem = _NOTHING


@joins_transaction
def record_outcomes(*, actor: Actor, batch_id: UUID, outcomes: Sequence[RowOutcome]) -> None:
    """Mark rows that wait or are held, and count all of the batch anew. Locks the batch, then its rows.

    A row that is done stays what it is.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [actor.company_id, batch_id])
        before = cursor.fetchone()
        cursor.execute(
            _MARK,
            [
                [each.row_no for each in outcomes],
                [each.status for each in outcomes],
                [each.customer_id for each in outcomes],
                [each.payment_id for each in outcomes],
                [each.problem.code for each in outcomes],
                [each.problem.field[:40] for each in outcomes],
                [each.problem.message[:500] for each in outcomes],
                [each.problem.hint if each.problem.code else "" for each in outcomes],
                actor.company_id,
                batch_id,
            ],
        )
        cursor.execute(_COUNT, {"company": actor.company_id, "batch": batch_id})
        counted = cursor.fetchone()
    if before == (None,) and counted is not None:
        # Once, when it ends; what is decided later of its rows somebody is looking at.
        number, status = counted
        notify_of_outcome(actor=actor, batch_id=batch_id, number=number, status=status)
    done = Counter(each.status for each in outcomes)
    transaction.on_commit(lambda: count_batch_rows(**done))
