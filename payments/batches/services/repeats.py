"""Rows without a reference that say what a payment of another file says: likely the same money again (ADR 0041)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.kernel.actors import Actor
from payments.batches.rules.columns import RowValues

# Those that this batch's rows are held for, or were, count for no further row: the n-th row repeats the n-th payment.
# A customer's payments of a day are read once, and compared as a set: below row security an index is not asked for
# amounts. `offset 0` and `limit 1` keep each further step a look-up by its key, however little the planner knows of
# tables that were just filled; joined freely, a chunk took every payment of the company for every row.
_REPEATED: Final = """
with wanted as materialized (
  select distinct * from unnest(%(customers)s::uuid[], %(methods)s::text[], %(amounts)s::numeric[],
    %(currencies)s::text[], %(dates)s::date[], %(notes)s::text[])
    as w(customer_id, method, amount, currency, payment_date, notes)
), near as materialized (
  select p.* from (select distinct customer_id, payment_date from wanted) d cross join lateral (
    select p.id, p.number, p.number_order, p.customer_id, p.method::text, p.amount, p.currency::text, p.payment_date,
      p.notes::text
    from payments p
    where p.company_id = %(company)s::uuid and p.customer_id = d.customer_id and p.payment_date = d.payment_date
      and p.reference_number = '' and p.status = 'posted'
    offset 0
  ) p
), same as materialized (
  select p.* from near p join wanted w using (customer_id, payment_date, amount, currency, method, notes)
)
select p.customer_id, p.method, p.amount, p.currency, p.payment_date, p.notes, p.id, p.number, b.id, b.number, f.row_no
from same p
cross join lateral (
  (select batch_id, row_no from payment_batch_rows where company_id = %(company)s::uuid and payment_id = p.id)
  union all
  (select batch_id, row_no from unidentified_receipts where company_id = %(company)s::uuid and payment_id = p.id)
  limit 1
) f
cross join lateral (
  select id, number from payment_batches where company_id = %(company)s::uuid and id = f.batch_id limit 1
) b
where b.id is distinct from %(batch)s::uuid
  and not exists (select from payment_batch_rows where company_id = %(company)s::uuid
    and batch_id = %(batch)s::uuid and repeats_id = p.id offset 0)
order by p.number_order
"""
Key = tuple[UUID, str, Decimal, str, date, str]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The payment that a row likely repeats, and the row of the other batch that it came from."""

    payment_id: UUID
    payment_number: str
    batch_id: UUID
    batch_number: str
    row_no: int


class Repeats:
    """The payments of other files that rows may repeat; each is repeated by one row of a file."""

    def __init__(self, *, batch_id: UUID | None = None) -> None:
        """`batch_id` is the batch whose rows are looked at, None where none is stored."""
        self._batch_id = batch_id
        self._found: dict[Key, list[Repeat]] = {}
        self._taken: set[UUID] = set()

    def look_up(self, *, actor: Actor, rows: Sequence[tuple[UUID, RowValues]]) -> None:
        """Read what the rows (customer, values) may repeat; one statement however many rows."""
        keys = list(dict.fromkeys(_key(*each) for each in rows if not each[1].reference_number))
        if not keys:
            return
        columns = ("customers", "methods", "amounts", "currencies", "dates", "notes")
        given = {name: [key[place] for key in keys] for place, name in enumerate(columns)}
        self._found = {}
        with connection.cursor() as cursor:
            cursor.execute(_REPEATED, {**given, "company": actor.company_id, "batch": self._batch_id})
            for customer, method, amount, currency, day, notes, *repeat in cursor.fetchall():
                match = Repeat(*repeat)
                if match.payment_id not in self._taken:
                    self._found.setdefault((customer, method, amount, currency, day, notes), []).append(match)

    def take(self, customer_id: UUID, values: RowValues) -> Repeat | None:
        """The payment that this row repeats, taken from the others; None for a row that repeats nothing."""
        left = None if values.reference_number else self._found.get(_key(customer_id, values))
        if not left:
            return None
        repeat = left.pop(0)
        self._taken.add(repeat.payment_id)
        return repeat


def _key(customer_id: UUID, values: RowValues) -> Key:
    return (
        customer_id,
        values.method,
        values.amount,
        values.currency,
        values.payment_date,
        values.notes,
    )
