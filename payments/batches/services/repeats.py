"""Rows that look like a payment that is there already: likely the same money again (ADR 41, ADR 58)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.kernel.actors import Actor
from payments.batches.rules.columns import RowValues
from payments.batches.services.following import rows_of_payments
from payments.rules.duplicates import pair_up
from payments.services.duplicates import Incoming, read_alike

# Of the payments those that this batch made, and those that its rows are held for, or were: they count for no further
# row, since the n-th row repeats the n-th payment.
_OWN: Final = """
select payment_id from payment_batch_rows
where company_id = %(company)s::uuid and batch_id = %(batch)s::uuid and payment_id = any(%(payments)s::uuid[])
union all
select repeats_id from payment_batch_rows
where company_id = %(company)s::uuid and batch_id = %(batch)s::uuid and repeats_id = any(%(payments)s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Repeat:
    """The payment that a row likely repeats, and the row of the other batch that it came from, if it did."""

    payment_id: UUID
    payment_number: str
    batch_id: UUID | None
    batch_number: str
    row_no: int | None


class Repeats:
    """The payments that rows may repeat; each is repeated by one row of a file."""

    def __init__(self, *, batch_id: UUID | None = None) -> None:
        """`batch_id` is the batch whose rows are looked at, None where none is stored."""
        self._batch_id = batch_id
        self._taken: set[UUID] = set()

    def look_up(self, *, actor: Actor, rows: Sequence[tuple[int, UUID, RowValues]]) -> dict[int, Repeat]:
        """What of the rows (number, customer, values) repeats which payment; four statements however many rows.

        References are not asked for: one that is paid already is an error of its row.
        """
        incoming = {row_no: _incoming(customer, values) for row_no, customer, values in rows}
        alike = read_alike(actor=actor, rows=list(incoming.values()), by_reference=False)
        own = self._taken | self._own(actor, [each.payment_id for each in alike])
        known = {each.payment_id: each for each in alike if each.payment_id not in own}
        if not known:
            return {}
        pairs = pair_up(
            rows=[each.as_seen(row_no) for row_no, each in incoming.items()],
            known=[each.as_seen() for each in known.values()],
        )
        self._taken.update(each.key for each in pairs.values())
        places = rows_of_payments(company_id=actor.company_id, payments=[each.key for each in pairs.values()])
        return {
            row_no: Repeat(each.key, known[each.key].payment_number, *places.get(each.key, (None, "", None)))
            for row_no, each in pairs.items()
        }

    def _own(self, actor: Actor, payments: Sequence[UUID]) -> set[UUID]:
        if self._batch_id is None or not payments:
            return set()
        with connection.cursor() as cursor:
            cursor.execute(
                _OWN, {"company": actor.company_id, "batch": self._batch_id, "payments": list(payments)}
            )
            return {key for (key,) in cursor.fetchall()}


def _incoming(customer_id: UUID, values: RowValues) -> Incoming:
    return Incoming(
        customer_id=customer_id,
        amount=values.amount,
        currency=values.currency,
        payment_date=values.payment_date,
        reference_number=values.reference_number,
        method=values.method,
        notes=values.notes,
    )
