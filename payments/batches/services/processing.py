"""Rows become payments: sets in bounded chunks, each a transaction, by any number of workers (ADR 0011).

First every row is checked, a chunk at a time; then chunks of whole customers are paid. A worker claims a customer
by locking its first waiting row (SKIP LOCKED): whoever holds it has the customer's next rows, in the order of the
file, so that the result does not depend on how many share the work. A killed worker leaves whole chunks behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import DataError, IntegrityError, connection, transaction

from batconnect.core.database.tenancy import company_context
from batconnect.core.database.transactions import commits_by_chunks
from batconnect.core.jobs.holds import hold
from batconnect.core.jobs.metrics import count_batch_rows
from batconnect.core.jobs.running import wake
from batconnect.core.kernel.actors import Actor
from batconnect.directory.locks import lock_customers
from ledger.services.dates import book_date_error
from payments.batches.feeds import bank_feed
from payments.batches.models import PaymentBatch
from payments.batches.rules.layouts import values_of
from payments.batches.services.checking import (
    Checked,
    Problem,
    StoredRow,
    check_rows,
    paid_references,
    reference_paid,
)
from payments.batches.services.paying import PaidRow, pay_rows
from payments.batches.services.repeats import Repeats
from payments.batches.services.telling import notify_of_outcome

CHUNK_ROWS: Final = 1_000
CHECKED_ROWS: Final = 2_000
HELD_AS: Final = "payments.batch"
JOB: Final = "payments.process_batch"
PROCESS: Final = JOB
_log = structlog.stdlib.get_logger("payments.batch")

_ALONE: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 7))"
_UNCHECKED: Final = """
select row_no, raw, same_as_row, cells::text, origin_id is not null from payment_batch_rows
where company_id = %s::uuid and batch_id = %s::uuid and status = 'pending' and customer_id is null
order by row_no limit %s::int for no key update
"""
# A customer's first waiting row stands for the customer. An array, so that the rows are looked up by their key
# however little the planner knows of a table that was just filled.
_CLAIM: Final = """
select r.customer_id from payment_batch_rows r
where r.company_id = %(company)s::uuid and r.batch_id = %(batch)s::uuid and r.status = 'pending'
  and r.row_no = any(array(select min(row_no) from payment_batch_rows
    where company_id = %(company)s::uuid and batch_id = %(batch)s::uuid and status = 'pending'
      and customer_id is not null group by customer_id))
order by r.row_no limit %(rows)s::int for no key update of r skip locked
"""
# In a separate statement: it sees what was committed before the claim's locks were had.
_CLAIMED: Final = """
select row_no, raw, cells::text, customer_id, repeats_id, decided_at from payment_batch_rows
where company_id = %s::uuid and batch_id = %s::uuid and status = 'pending' and customer_id = any(%s::uuid[])
order by row_no limit %s::int
"""
_MARK: Final = """
update payment_batch_rows r
set status = d.status, customer_id = d.customer_id, error_code = d.code, error_field = d.field,
    error_message = d.message, error_hint = d.hint, further_errors = d.further::jsonb,
    repeats_id = coalesce(d.repeats, r.repeats_id)
from unnest(%s::int[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[])
  as d(row_no, status, customer_id, code, field, message, hint, further, repeats)
where r.company_id = %s::uuid and r.batch_id = %s::uuid and r.row_no = d.row_no
"""
# One level, so that a batch that another worker counts meanwhile is read again once its lock is held. Repeats that
# somebody dropped are cancelled too, but do not make it a cancelled batch.
_COUNT: Final = """
update payment_batches b
set succeeded_rows = b.succeeded_rows + %(succeeded)s::int, failed_rows = b.failed_rows + %(failed)s::int,
    unmatched_rows = b.unmatched_rows + %(unmatched)s::int, held_rows = b.held_rows + %(held)s::int,
    started_at = coalesce(b.started_at, statement_timestamp()),
    finished_at = case when {done} = b.total_rows then clock_timestamp() end,
    status = case when {done} < b.total_rows then 'processing'
      when exists (select from payment_batch_rows r where r.company_id = b.company_id and r.batch_id = b.id
        and r.status = 'cancelled' and r.repeats_id is null) then 'cancelled'
      when b.failed_rows + %(failed)s::int = b.total_rows then 'failed'
      when b.failed_rows + %(failed)s::int > 0 then 'completed_with_errors' else 'completed' end
where b.company_id = %(company)s::uuid and b.id = %(batch)s::uuid
returning b.status
""".replace(
    "{done}",
    "b.succeeded_rows + b.failed_rows + b.unmatched_rows + b.cancelled_rows + b.held_rows"
    " + %(succeeded)s::int + %(failed)s::int + %(unmatched)s::int + %(held)s::int",
)


# A row as it is claimed: number, raw text, cells of its repair, customer, what it repeats, when somebody decided.
_Claimed = tuple[int, str, str | None, UUID, UUID | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row."""

    row_no: int
    status: str
    customer_id: UUID | None = None
    problems: tuple[Problem, ...] = ()
    repeats: UUID | None = None


def wake_after_commit(batch: PaymentBatch) -> None:
    """Wake a worker once the batch is there for it to see."""
    wake(PROCESS, batch.company_id, batch.id)


@commits_by_chunks
def process_batch(
    *,
    company_id: UUID,
    batch_id: UUID,
    rows: int = CHUNK_ROWS,
    progress: Callable[[int], Any] = lambda done: None,
) -> None:
    """Do what is left of the batch, each chunk in its own transaction; returns when nothing can be claimed.

    May be called at any time, by several workers at once and again after a crash: what is done is done once.
    `progress` hears how many rows each chunk finished.
    """
    with hold(company_id=company_id, kind=HELD_AS, subject=str(batch_id), by=JOB, share=True):
        if _is_feed(company_id, batch_id):
            bank_feed().process(company_id=company_id, batch_id=batch_id, progress=progress)
            return
        while (done := _check_chunk(company_id, batch_id)) is not None:
            progress(done)
        while (done := _pay_chunk_or_less(company_id, batch_id, rows)) is not None:
            progress(done)


def _is_feed(company_id: UUID, batch_id: UUID) -> bool:
    with company_context(company_id, job=JOB):
        rows = PaymentBatch.objects.filter(company_id=company_id, id=batch_id)
        return rows.filter(source_type=PaymentBatch.Source.BANK_FEED).exists()


def _check_chunk(company_id: UUID, batch_id: UUID) -> int | None:
    """Check the next rows; how many are done with that, None when all are checked.

    One worker at a time: nobody pays before everything is checked, or a customer's later row could come first.
    """
    with company_context(company_id, job=JOB) as job, connection.cursor() as cursor:
        cursor.execute(_ALONE, [str(batch_id)])
        cursor.execute(_UNCHECKED, [company_id, batch_id, CHECKED_ROWS])
        rows = cursor.fetchall()
        if not rows:
            return None
        batch, actor = _begin(job, batch_id)
        stored = [
            StoredRow(row_no, raw, same_as, _repaired(cells), has_origin)
            for row_no, raw, same_as, cells, has_origin in rows
        ]
        checked = check_rows(actor=actor, layout=batch.layout, rows=stored)
        outcomes = [_after_check(each) for each in checked]
        _write(actor, batch, outcomes)
        return _done(outcomes)


def _pay_chunk_or_less(company_id: UUID, batch_id: UUID, rows: int) -> int | None:
    """A chunk; where the database refuses something in it, fewer rows, until the one is found and fails alone."""
    while True:
        try:
            return _pay_chunk(company_id, batch_id, rows)
        except (IntegrityError, DataError) as error:
            _log.error("batch_chunk_refused", batch=str(batch_id), rows=rows, error=str(error)[:300])
            if rows == 1:
                return _pay_chunk(company_id, batch_id, 1, refused=True)
            rows = max(1, rows // 10)


def _pay_chunk(company_id: UUID, batch_id: UUID, size: int, *, refused: bool = False) -> int | None:
    with company_context(company_id, job=JOB) as job, connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"company": company_id, "batch": batch_id, "rows": size})
        customers = [row[0] for row in cursor.fetchall()]
        if not customers:
            return None
        cursor.execute(_CLAIMED, [company_id, batch_id, customers, size])
        rows = cursor.fetchall()
        batch, actor = _begin(job, batch_id)
        if refused:
            problem = Problem(
                "refused_by_database", "row", "The database refused what this row would have written."
            )
            outcomes = [
                Outcome(number, "failed", customer, (problem,)) for number, _, _, customer, *_ in rows
            ]
        else:
            outcomes = _pay(actor, batch, rows)
        _write(actor, batch, outcomes)
        return _done(outcomes)


def _begin(job: Actor, batch_id: UUID) -> tuple[PaymentBatch, Actor]:
    """The batch, and its owner as the one who acts."""
    batch = PaymentBatch.objects.get(company_id=job.company_id, id=batch_id)
    owner = replace(job, user_id=batch.created_by_id, name=batch.created_by_name, request_id=batch.request_id)
    return batch, owner


def _pay(actor: Actor, batch: PaymentBatch, rows: Sequence[_Claimed]) -> list[Outcome]:
    """Record and allocate the rows, all of one customer in their order; one statement writes the payments."""
    # Whoever pays a customer by a batch holds the customer: another batch cannot pay the same meanwhile.
    lock_customers(actor.company_id, sorted({customer for _, _, _, customer, *_ in rows}))
    waiting = [
        PaidRow(
            number,
            customer,
            values_of(batch.layout, raw, _repaired(cells)),
            repeats if decided_at is not None else None,
            decided_at,
        )
        for number, raw, cells, customer, repeats, decided_at in rows
    ]
    outcomes = _refuse_paid(actor, waiting)
    left = _without(waiting, outcomes)
    late = _refuse_late(actor, left)
    outcomes, left = outcomes + late, _without(left, late)
    repeats = Repeats(batch_id=batch.id).look_up(
        actor=actor,
        rows=[(each.row_no, each.customer_id, each.values) for each in left if each.decided_at is None],
    )
    outcomes += [
        Outcome(each.row_no, "held", each.customer_id, repeats=repeats[each.row_no].payment_id)
        for each in left
        if each.row_no in repeats
    ]
    good = [each for each in left if each.row_no not in repeats]
    pay_rows(actor=actor, batch_id=batch.id, rows=good)
    return outcomes + [Outcome(each.row_no, "succeeded", each.customer_id) for each in good]


def _refuse_paid(actor: Actor, rows: Sequence[PaidRow]) -> list[Outcome]:
    """The rows whose reference is paid already, by a payment or by a row before."""
    paid = paid_references(
        actor=actor, references=[(each.customer_id, each.values.reference_number) for each in rows]
    )
    outcomes: list[Outcome] = []
    for each in rows:
        reference = each.values.reference_number
        key = (each.customer_id, reference.upper())
        if reference and key in paid:
            problem = reference_paid(paid[key], reference)
            outcomes.append(Outcome(each.row_no, "failed", each.customer_id, (problem,)))
        elif reference:
            paid[key] = f"row {each.row_no}"
    return outcomes


def _without(rows: Sequence[PaidRow], outcomes: Sequence[Outcome]) -> list[PaidRow]:
    """The rows of which nothing has come yet."""
    done = {each.row_no for each in outcomes}
    return [each for each in rows if each.row_no not in done]


def _refuse_late(actor: Actor, rows: Sequence[PaidRow]) -> list[Outcome]:
    """Held rows were checked long before somebody said yes: the books of their day may be closed by now."""
    return [
        Outcome(each.row_no, "failed", each.customer_id, (Problem(wrong.code, wrong.field, wrong.message),))
        for each in rows
        if each.decided_at is not None
        and (wrong := book_date_error(actor=actor, day=each.values.payment_date, field="payment_date"))
    ]


def _repaired(cells: str | None) -> dict[str, str] | None:
    """The cells of a row that was repaired."""
    return json.loads(cells) if cells is not None else None


def _after_check(row: Checked) -> Outcome:
    if row.problems:
        return Outcome(row.row_no, "failed", problems=row.problems)
    return Outcome(row.row_no, "pending", row.customer_id)


def _write(actor: Actor, batch: PaymentBatch, outcomes: Sequence[Outcome]) -> None:
    """Mark the rows and count them, in the transaction that did their work; paid ones are marked already."""
    counts = {status: sum(each.status == status for each in outcomes) for status in _DONE}
    marked = [each for each in outcomes if each.status != "succeeded"]
    problems = [each.problems[0] if each.problems else _NO_PROBLEM for each in marked]
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK,
            [
                [each.row_no for each in marked],
                [each.status for each in marked],
                [each.customer_id for each in marked],
                [each.code for each in problems],
                [each.field[:40] for each in problems],
                [each.message[:500] for each in problems],
                ["" if each is _NO_PROBLEM else each.hint for each in problems],
                [json.dumps([problem.as_kept() for problem in each.problems[1:]]) for each in marked],
                [each.repeats for each in marked],
                actor.company_id,
                batch.id,
            ],
        )
        cursor.execute(_COUNT, {**counts, "company": actor.company_id, "batch": batch.id})
        (status,) = cursor.fetchone()
    transaction.on_commit(lambda: count_batch_rows(**counts))
    if status not in ("pending", "processing"):
        _log.info("batch_finished", batch=batch.number, company=str(actor.company_id), status=status)
    notify_of_outcome(actor=actor, batch_id=batch.id, number=batch.number, status=status)


def _done(outcomes: Sequence[Outcome]) -> int:
    return sum(each.status in _DONE for each in outcomes)


_DONE: Final = ("succeeded", "failed", "unmatched", "held")
_NO_PROBLEM: Final = Problem("", "", "")
