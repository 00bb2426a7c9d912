"""What became of a bank feed's rows, told by the lines that they are (docs/domain.md#batches)."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from django.db import connection

from bank.models import Statement, StatementLine
from batconnect.core.database.tenancy import actor_transaction
from batconnect.core.database.transactions import commits_by_chunks, joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from payments.batches.models import PaymentBatch
from payments.batches.rules.layouts import JSON
from payments.batches.services.checking import Problem
from payments.batches.services.outcomes import RowOutcome, record_outcomes

CANCELLED: Final = "batch_cancelled"
_AT_ONCE: Final = 1_000
_UNBOOKED: Final = (Statement.Status.RECEIVED, Statement.Status.WAITING, Statement.Status.HELD)
# What waits, and what was held or given up before its line was decided on. Lines of a page are those of the statement
# that it became a part of.
_ROWS: Final = """
with wanted as materialized (
  select row_no, raw from payment_batch_rows
  where company_id = %(company)s::uuid and batch_id = %(batch)s::uuid and row_no > %(after)s::int
    and (status = 'pending' or status in ('held', 'cancelled') and repeats_id is null)
  order by row_no limit %(rows)s::int
), named as materialized (
  select row_no, raw, case when %(is_json)s then (raw::json->>'statement')::int end as statement,
    case when %(is_json)s then (raw::json->>'line')::int end as line from wanted
)
select n.row_no, n.raw, n.statement, s.status, s.hold_code, s.hold_message, l.kind, l.state, l.note, p.direction,
  p.status, x.kind, x.customer_id, x.payment_id
from named n
left join bank_statements f on f.company_id = %(company)s::uuid and f.batch_id = %(batch)s::uuid
  and f.place = n.statement
left join bank_statements s on s.company_id = f.company_id
  and s.id = coalesce((f.hold_details->>'joined_into')::uuid, f.id)
left join bank_statement_lines l on l.company_id = s.company_id and l.statement_id = s.id
  and l.line_no = n.line + coalesce((f.hold_details->>'lines_before')::int, 0)
left join bank_line_parts p on p.company_id = %(company)s::uuid and p.batch_id = %(batch)s::uuid
  and p.row_no = n.row_no and p.line_id = l.id
left join lateral (
  select kind, customer_id, payment_id from bank_explanations
  where company_id = p.company_id and part_id = p.id and status = 'live' order by kind <> 'payment', id limit 1
) x on true
order by n.row_no
"""


@reads
def accounts_of(*, actor: Actor, batch_id: UUID) -> list[UUID]:
    """The bank accounts of the batch's statements that are not booked, in the order of their ids."""
    with actor_transaction(actor):
        waiting = Statement.objects.filter(
            company_id=actor.company_id,
            batch=batch_id,
            status__in=[Statement.Status.RECEIVED, Statement.Status.WAITING, Statement.Status.BOOKING],
        )
        return sorted(set(waiting.values_list("bank_account_id", flat=True)))


@commits_by_chunks
def report_outcomes(*, actor: Actor, batch_id: UUID) -> None:
    """Write to the batch's rows what became of their lines, as far as that is known; each chunk is a transaction.

    May be called at any time: a row that is done stays what it is. Rows that a worker still books go on waiting.
    """
    after = 0
    while True:
        with actor_transaction(actor):
            batch = PaymentBatch.objects.get(company_id=actor.company_id, id=batch_id)
            rows = _rows(actor, batch, after)
            told = [outcome for row in rows if (outcome := _outcome(*row)) is not None]
            if told:
                record_outcomes(actor=actor, batch_id=batch.id, outcomes=told)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]


@joins_transaction
def refuse_unbooked(*, actor: Actor, batch: PaymentBatch) -> None:
    """Statements of the batch that nobody began to book are refused; what is begun is booked to its end."""
    Statement.objects.filter(company_id=actor.company_id, batch=batch.id, status__in=_UNBOOKED).update(
        status=Statement.Status.REFUSED,
        hold_code=CANCELLED,
        hold_message=f"{batch.number} was canceled before it was booked.",
    )


def _rows(actor: Actor, batch: PaymentBatch, after: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS,
            {
                "company": actor.company_id,
                "batch": batch.id,
                "after": after,
                "rows": _AT_ONCE,
                "is_json": batch.layout["kind"] == JSON,
            },
        )
        return list(cursor.fetchall())


def _outcome(
    row_no: int,
    raw: str,
    statement: int | None,
    status: str | None,
    hold_code: str | None,
    hold_message: str | None,
    *rest: Any,
) -> RowOutcome | None:
    """What became of a row; None for one that is still worked on."""
    if statement is None:
        why = Problem(
            "unreadable_row", "row", "It was received before statements were kept: send the file again."
        )
        return RowOutcome(row_no, "failed", problem=why)
    if fault := json.loads(raw).get("fault"):
        return RowOutcome(row_no, "failed", problem=Problem(*json.loads(fault)))
    if status is None:
        # The statement was there already, with the same content.
        return RowOutcome(row_no, "known")
    if status in (Statement.Status.RECEIVED, Statement.Status.BOOKING):
        return None
    if status == Statement.Status.REFUSED:
        return RowOutcome(row_no, "cancelled")
    if status in (Statement.Status.HELD, Statement.Status.WAITING):
        return RowOutcome(
            row_no, "held", problem=Problem("statement_held", hold_code or "", hold_message or "")
        )
    return _of_line(row_no, *rest)


def _of_line(
    row_no: int,
    kind: str,
    state: str,
    note: str,
    direction: str | None,
    part: str | None,
    explained_as: str | None,
    customer_id: UUID | None,
    payment_id: UUID | None,
) -> RowOutcome | None:
    """What a line of a booked statement became."""
    if kind != StatementLine.Kind.BOOKED:
        return RowOutcome(row_no, "failed", problem=not_booked(kind))
    if state == StatementLine.State.NEW:
        return None
    if state == StatementLine.State.HELD:
        return RowOutcome(row_no, "held", problem=Problem("line_held", "row", note))
    if state == StatementLine.State.WAITING:
        why = Problem("line_held", "payment_date", "It is dated after today, and booked on that day.")
        return RowOutcome(row_no, "held", problem=why)
    if state != StatementLine.State.BOOKED or part is None:
        return RowOutcome(row_no, "known")
    if direction == "out":
        return RowOutcome(row_no, "money_out")
    if part == "open":
        return RowOutcome(row_no, "unmatched")
    if explained_as == "payment":
        return RowOutcome(row_no, "succeeded", customer_id, payment_id)
    return RowOutcome(row_no, "known", customer_id)


def not_booked(kind: str) -> Problem:
    """Why an entry that is not booked becomes nothing."""
    return Problem("not_booked", "status", f"The bank has not booked it yet ({kind}).")
