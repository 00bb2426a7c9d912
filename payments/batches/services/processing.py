"""Rows become payments: sets in bounded chunks, each a transaction, by any number of workers (ADR 0011).

First every row is checked, a chunk at a time; then chunks of whole customers are paid. A worker claims a customer
by locking its first waiting row (SKIP LOCKED): whoever holds it has the customer's next rows, in the order of the
file, so that the result does not depend on how many share the work. A killed worker leaves whole chunks behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import DataError, IntegrityError, connection, transaction

from batconnect.core.database.rows import insert_many
from batconnect.core.database.tenancy import company_context
from batconnect.core.database.transactions import commits_by_chunks
from batconnect.core.jobs.holds import hold
from batconnect.core.jobs.metrics import count_batch_rows
from batconnect.core.jobs.running import wake
from batconnect.core.kernel.actors import Actor
from batconnect.directory.locks import lock_customers
from ledger.services import post_entries
from ledger.services.dates import book_date_error
from payments.batches import postings
from payments.batches.models import PaymentBatch, UnidentifiedReceipt
from payments.batches.rules.layouts import values_of
from payments.batches.services.checking import (
    Checked,
    Problem,
    check_rows,
    paid_references,
    reference_paid,
)
from payments.batches.services.paying import PaidRow, pay_rows
from payments.batches.services.repeats import Repeats

CHUNK_ROWS: Final = 1_000
CHECKED_ROWS: Final = 2_000
HELD_AS: Final = "payments.batch"
JOB: Final = "payments.process_batch"
PROCESS: Final = JOB
_log = structlog.stdlib.get_logger("payments.batch")

_ALONE: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 7))"
_UNCHECKED: Final = """
select row_no, raw, same_as_row from payment_batch_rows
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
select row_no, raw, customer_id, decided_at is not null from payment_batch_rows
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
        while (done := _check_chunk(company_id, batch_id)) is not None:
            progress(done)
        while (done := _pay_chunk_or_less(company_id, batch_id, rows)) is not None:
            progress(done)


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
        checked = check_rows(actor=actor, layout=batch.layout, rows=rows)
        outcomes = [_after_check(each) for each in checked]
        _receive_unidentified(actor, batch, checked)
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
            outcomes = [Outcome(number, "failed", customer, (problem,)) for number, _, customer, _ in rows]
        else:
            outcomes = _pay(actor, batch, rows)
        _write(actor, batch, outcomes)
        return _done(outcomes)


def _begin(job: Actor, batch_id: UUID) -> tuple[PaymentBatch, Actor]:
    """The batch, and its owner as the one who acts."""
    batch = PaymentBatch.objects.get(company_id=job.company_id, id=batch_id)
    owner = replace(job, user_id=batch.created_by_id, name=batch.created_by_name, request_id=batch.request_id)
    return batch, owner


def _pay(actor: Actor, batch: PaymentBatch, rows: Sequence[tuple[int, str, UUID, bool]]) -> list[Outcome]:
    """Record and allocate the rows, all of one customer in their order; one statement writes the payments."""
    # Whoever pays a customer by a batch holds the customer: another batch cannot pay the same meanwhile.
    lock_customers(actor.company_id, sorted({customer for _, _, customer, _ in rows}))
    waiting = [PaidRow(number, customer, values_of(batch.layout, raw)) for number, raw, customer, _ in rows]
    decided = {number for number, _, _, is_decided in rows if is_decided}
    paid = paid_references(
        actor=actor, references=[(each.customer_id, each.values.reference_number) for each in waiting]
    )
    repeats = Repeats(batch_id=batch.id)
    undecided = [each for each in waiting if each.row_no not in decided]
    repeats.look_up(actor=actor, rows=[(each.customer_id, each.values) for each in undecided])
    outcomes: list[Outcome] = []
    good: list[PaidRow] = []
    for each in waiting:
        reference = each.values.reference_number
        key = (each.customer_id, reference.upper())
        if reference and key in paid:
            problem = reference_paid(paid[key], reference)
            outcomes.append(Outcome(each.row_no, "failed", each.customer_id, (problem,)))
            continue
        if reference:
            paid[key] = f"row {each.row_no}"
        refused = _decided_too_late(actor, each) if each.row_no in decided else None
        if refused is not None:
            outcomes.append(Outcome(each.row_no, "failed", each.customer_id, (refused,)))
            continue
        repeat = None if each.row_no in decided else repeats.take(each.customer_id, each.values)
        if repeat is not None:
            outcomes.append(Outcome(each.row_no, "held", each.customer_id, repeats=repeat.payment_id))
            continue
        good.append(each)
    pay_rows(actor=actor, batch_id=batch.id, rows=good)
    return outcomes + [Outcome(each.row_no, "succeeded", each.customer_id) for each in good]


def _decided_too_late(actor: Actor, row: PaidRow) -> Problem | None:
    """A held row was checked long before somebody said yes: the books of its day may be closed by now."""
    wrong = book_date_error(actor=actor, day=row.values.payment_date, field="payment_date")
    return Problem(wrong.code, wrong.field, wrong.message) if wrong is not None else None


def _after_check(row: Checked) -> Outcome:
    if row.problems:
        return Outcome(row.row_no, "failed", problems=row.problems)
    if row.customer_id is None:
        return Outcome(row.row_no, "unmatched")
    return Outcome(row.row_no, "pending", row.customer_id)


def _receive_unidentified(actor: Actor, batch: PaymentBatch, checked: Sequence[Checked]) -> None:
    """Book the lines whose payer is not identified (docs/domain.md#bookings)."""
    receipts = [
        UnidentifiedReceipt(
            company_id=actor.company_id,
            batch_id=batch.id,
            row_no=each.row_no,
            amount=each.values.amount,
            currency=each.values.currency,
            method=each.values.method,
            payment_date=each.values.payment_date,
            reference_number=each.values.reference_number,
            payer_name=each.values.payer_name,
            payer_account=each.values.payer_account,
            text=each.values.text,
        )
        for each in checked
        if not each.problems and each.customer_id is None and each.values is not None
    ]
    if receipts:
        insert_many(receipts)
        post_entries(
            actor=actor,
            drafts=[
                postings.unidentified_received(
                    receipt_id=each.id,
                    method=each.method,
                    amount=each.amount,
                    currency=each.currency,
                    payment_date=each.payment_date,
                    operation_id=batch.operation_id,
                )
                for each in receipts
            ],
        )


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


def _done(outcomes: Sequence[Outcome]) -> int:
    return sum(each.status in _DONE for each in outcomes)


_DONE: Final = ("succeeded", "failed", "unmatched", "held")
_NO_PROBLEM: Final = Problem("", "", "")
