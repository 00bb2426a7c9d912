"""Rows without a reference that say what a payment of another file says: likely the same money once more (ADR 0054)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.actors import Actor
from payments.batches.rules.columns import RowValues

# Those that this batch's rows are held for, or were, count for no further row: the n-th row repeats the n-th payment.
_REPEATED: Final = """
select p.customer_id, p.method, p.amount, p.currency, p.payment_date, p.notes, p.id, p.number, b.id, b.number,
  coalesce(r.row_no, u.row_no)
from (select distinct * from unnest(%(customers)s::uuid[], %(methods)s::text[], %(amounts)s::numeric[],
    %(currencies)s::text[], %(dates)s::date[], %(notes)s::text[])
    as w(customer_id, method, amount, currency, payment_date, notes)) w
join payments p on p.company_id = %(company)s::uuid and p.customer_id = w.customer_id
  and p.payment_date = w.payment_date and p.amount = w.amount and p.currency = w.currency and p.method = w.method
  and p.notes = w.notes and p.reference_number = '' and p.status = 'posted'
left join payment_batch_rows r on r.company_id = p.company_id and r.payment_id = p.id
left join unidentified_receipts u on u.company_id = p.company_id and u.payment_id = p.id
join payment_batches b on b.company_id = p.company_id and b.id = coalesce(r.batch_id, u.batch_id)
where b.id is distinct from %(batch)s::uuid
  and not exists (select from payment_batch_rows mine where mine.company_id = p.company_id
    and mine.batch_id = %(batch)s::uuid and mine.repeats_id = p.id)
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

    def look_up(self, *, actor: Actor, wanted: Sequence[tuple[UUID, RowValues]]) -> None:
        """Read what the rows (customer, values) may repeat; one statement however many rows."""
        keys = list(dict.fromkeys(_key(*each) for each in wanted if not each[1].reference_number))
        if not keys:
            return
        columns = ("customers", "methods", "amounts", "currencies", "dates", "notes")
        given = {name: [key[place] for key in keys] for place, name in enumerate(columns)}
        self._found = {}
        with connection.cursor() as cursor:
            cursor.execute(_REPEATED, {**given, "company": actor.company_id, "batch": self._batch_id})
            for customer, method, amount, currency, day, notes, *repeat in cursor.fetchall():
                found = Repeat(*repeat)
                if found.payment_id not in self._taken:
                    self._found.setdefault((customer, method, amount, currency, day, notes), []).append(found)

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
