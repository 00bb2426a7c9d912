"""An errors file that came back: its rows take over from the failed rows that they correct (ADR 58)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from payments.batches.models import PaymentBatchRow
from payments.batches.rules.origins import read_origin, write_origin

# The row of another batch that took over row `r`, unless it was dropped, or its batch undone.
SUPERSEDED: Final = """
select s.batch_id, sb.number, s.row_no from payment_batch_rows s
join payment_batches sb on sb.company_id = s.company_id and sb.id = s.batch_id
where s.company_id = r.company_id and s.origin_id = r.batch_id and s.origin_row = r.row_no
  and s.status <> 'cancelled' and sb.undone_at is null
"""
# Batches before their rows, as everybody who decides on failed rows; in one order.
_LOCK: Final = """
select id from payment_batches where company_id = %s::uuid and number = any(%s::text[]) order by id for no key update
"""
_NAMED: Final = f"""
select b.number, r.row_no, b.id, b.undone_at is not null, r.status, p.number, s.batch_id, s.number, s.row_no
from unnest(%(numbers)s::text[], %(rows)s::int[]) as w(number, row_no)
join payment_batches b on b.company_id = %(company)s::uuid and b.number = w.number
join payment_batch_rows r on r.company_id = b.company_id and r.batch_id = b.id and r.row_no = w.row_no
left join payments p on p.company_id = r.company_id and p.id = r.payment_id
left join lateral ({SUPERSEDED} order by s.batch_id limit 1) s on true
"""  # noqa: S608 - fixed text
_SUPERSEDED_ROWS: Final = """
select distinct on (s.origin_row) s.origin_row, s.batch_id, sb.number, s.row_no from payment_batch_rows s
join payment_batches sb on sb.company_id = s.company_id and sb.id = s.batch_id
join payment_batch_rows r on r.company_id = s.company_id and r.batch_id = s.origin_id and r.row_no = s.origin_row
where s.company_id = %s::uuid and s.origin_id = %s::uuid and s.status <> 'cancelled' and sb.undone_at is null
  and r.status = 'failed'
order by s.origin_row, s.batch_id, s.row_no
"""


@dataclass(frozen=True, slots=True)
class Superseding:
    """The row of another batch that took over a failed row."""

    batch_id: UUID
    batch_number: str
    row_no: int


@dataclass(frozen=True, slots=True)
class Origins:
    """What rows of a file say to correct: the failed rows that are free, and why the others are not, by row number."""

    free: Mapping[int, tuple[UUID, int]]
    taken: Mapping[int, str]


@joins_transaction
def claim_origins(*, actor: Actor, rows: Sequence[tuple[int, str]]) -> Origins:
    """The origins of rows (number, what they say), their batches locked, so that of two files one takes a row over."""
    named = _named(rows)
    if not named:
        return Origins({}, {})
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [actor.company_id, sorted({number for number, _ in named.values()})])
    return _look_up(actor, named)


@reads
def find_origins(*, actor: Actor, rows: Sequence[tuple[int, str]]) -> Origins:
    """The same without a lock, to tell what would be taken over; one statement."""
    named = _named(rows)
    return _look_up(actor, named) if named else Origins({}, {})


@reads
def superseded_rows(*, company_id: UUID, batch_id: UUID) -> dict[int, Superseding]:
    """The failed rows of the batch that a row of another batch took over, by number; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SUPERSEDED_ROWS, [company_id, batch_id])
        return {row_no: Superseding(*by) for row_no, *by in cursor.fetchall()}


def _named(rows: Sequence[tuple[int, str]]) -> dict[int, tuple[str, int]]:
    return {row_no: origin for row_no, text in rows if text and (origin := read_origin(text)) is not None}


def _look_up(actor: Actor, named: Mapping[int, tuple[str, int]]) -> Origins:
    wanted = sorted(set(named.values()))
    with connection.cursor() as cursor:
        cursor.execute(
            _NAMED,
            {
                "company": actor.company_id,
                "numbers": [number for number, _ in wanted],
                "rows": [row_no for _, row_no in wanted],
            },
        )
        found = {(number, row_no): rest for number, row_no, *rest in cursor.fetchall()}
    free: dict[int, tuple[UUID, int]] = {}
    taken: dict[int, str] = {}
    for row_no, origin in named.items():
        if origin not in found:
            continue
        batch_id, is_undone, status, payment, *superseding = found[origin]
        told = write_origin(*origin)
        if status == PaymentBatchRow.Status.FAILED and not is_undone and superseding[0] is None:
            free[row_no] = (batch_id, origin[1])
        elif superseding[0] is not None:
            taken[row_no] = f"{told} is corrected by {write_origin(superseding[1], superseding[2])} already."
        elif payment is not None:
            taken[row_no] = f"{told} is {payment} already."
        else:
            taken[row_no] = f"{told} is {'undone' if is_undone else status}, not failed."
    return Origins(free, taken)
