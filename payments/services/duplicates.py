"""Payments that are there already and look like what comes in, for calls, the counter, files and feeds alike.

Rule: docs/domain.md#likely-duplicates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from payments.models import Payment
from payments.rules.duplicates import DAYS_APART, Seen, pair_up

# A customer's payments of those days are read once, and compared as a set: below row security an index is not asked for
# amounts. `offset 0` keeps the read a look-up by customer and day, however little the planner knows.
_ALIKE: Final = f"""
with wanted as materialized (
  select distinct * from unnest(%(customers)s::uuid[], %(amounts)s::numeric[], %(currencies)s::text[],
    %(dates)s::date[]) as w(customer_id, amount, currency, payment_date)
), near as materialized (
  select p.* from (
    select customer_id, min(payment_date) - {DAYS_APART} as first_day, max(payment_date) + {DAYS_APART} as last_day
    from wanted group by customer_id
  ) d cross join lateral (
    select p.id, p.number, p.number_order, p.customer_id, p.payment_date, p.reference_number::text as reference,
      p.amount, p.currency::text as currency, p.method::text as method, p.notes::text as notes
    from payments p
    where p.company_id = %(company)s::uuid and p.customer_id = d.customer_id
      and p.payment_date between d.first_day and d.last_day and p.status not in ('voided', 'returned')
    offset 0
  ) p
), named as materialized (
  select p.id, p.number, p.number_order, p.customer_id, p.payment_date, p.reference_number::text, p.amount,
    p.currency::text, p.method::text, p.notes::text
  from payments p
  join (select distinct * from unnest(%(named)s::uuid[], %(references)s::text[]) as w(customer_id, reference)) w
    on w.customer_id = p.customer_id and w.reference = upper(p.reference_number)
  where p.company_id = %(company)s::uuid and p.customer_id = any(%(named)s::uuid[])
    and p.status not in ('voided', 'returned')
)
select * from near p where exists (
  select from wanted w where w.customer_id = p.customer_id and w.amount = p.amount and w.currency = p.currency
    and abs(w.payment_date - p.payment_date) <= {DAYS_APART}
)
union select * from named
"""  # noqa: S608 - fixed text


@dataclass(frozen=True, slots=True)
class Incoming:
    """Money of a customer that may be there already; `method` and `notes` only say which of several is the same."""

    customer_id: UUID
    amount: Decimal
    currency: str
    payment_date: date
    reference_number: str = ""
    method: str = ""
    notes: str = ""

    def as_seen(self, key: int) -> Seen[int]:
        """As the rule compares it."""
        return Seen(
            key,
            self.payment_date,
            self.reference_number,
            0,
            self.amount,
            self.currency,
            self.customer_id,
            (self.method, self.notes),
        )


@dataclass(frozen=True, slots=True)
class Alike:
    """A payment that stands, and that something that comes in may be."""

    payment_id: UUID
    payment_number: str
    number_order: int
    customer_id: UUID
    payment_date: date
    reference_number: str
    amount: Decimal
    currency: str
    method: str
    notes: str

    def as_seen(self) -> Seen[UUID]:
        """As the rule compares it."""
        return Seen(
            self.payment_id,
            self.payment_date,
            self.reference_number,
            self.number_order,
            self.amount,
            self.currency,
            self.customer_id,
            (self.method, self.notes),
        )


@dataclass(frozen=True, slots=True)
class LikelyDuplicate:
    """The payment that a row looks like, and by what: `same_reference` or `same_amount`."""

    payment: Alike
    reason: str


@reads
def find_likely_duplicates(*, actor: Actor, rows: Sequence[Incoming]) -> list[LikelyDuplicate | None]:
    """For each row the payment that it likely is, or None; each payment is that of one row. One statement."""
    known = {each.payment_id: each for each in read_alike(actor=actor, rows=rows)}
    pairs = pair_up(
        rows=[each.as_seen(place) for place, each in enumerate(rows)],
        known=[each.as_seen() for each in known.values()],
    )
    return [
        LikelyDuplicate(known[pairs[place].key], pairs[place].reason) if place in pairs else None
        for place in range(len(rows))
    ]


@reads
def remember_duplicate(*, actor: Actor, payment: Payment, is_acknowledged: bool) -> Payment | None:
    """The standing payment that a new one looks like, which it remembers; None when nothing does.

    `is_acknowledged`: somebody says that it is another payment. Called before the new one is inserted, and after its
    number is taken: the number's counter is held until the transaction ends, so of two at once the second sees the
    first.
    """
    incoming = Incoming(
        customer_id=payment.customer_id,
        amount=payment.amount,
        currency=payment.currency,
        payment_date=payment.payment_date,
        reference_number=payment.reference_number,
        method=payment.method,
        notes=payment.notes,
    )
    (likely,) = find_likely_duplicates(actor=actor, rows=[incoming])
    if likely is None:
        return None
    duplicate = Payment.objects.get(company_id=actor.company_id, id=likely.payment.payment_id)
    payment.duplicate_of = duplicate
    payment.duplicate_acknowledged_at = clock.now() if is_acknowledged else None
    return duplicate


@reads
def read_alike(*, actor: Actor, rows: Sequence[Incoming], by_reference: bool = True) -> list[Alike]:
    """The standing payments of the rows' customers with their amount and a near day, or with their reference."""
    if not rows:
        return []
    named = sorted(
        {
            (each.customer_id, each.reference_number.strip().upper())
            for each in rows
            if by_reference and each.reference_number.strip()
        }
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _ALIKE,
            {
                "company": actor.company_id,
                "customers": [each.customer_id for each in rows],
                "amounts": [each.amount for each in rows],
                "currencies": [each.currency for each in rows],
                "dates": [each.payment_date for each in rows],
                "named": [customer for customer, _ in named],
                "references": [reference for _, reference in named],
            },
        )
        return [Alike(*row) for row in cursor.fetchall()]
