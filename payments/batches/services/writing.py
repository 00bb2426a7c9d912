"""A chunk's payments, allocations, entries and postings in one statement, derived from arrays.

Rule: docs/adr/0005-one-statement-per-posting.md.

What `post_entries` does for any event, written out for the two events of a batch: building some ten thousand
model instances takes longer than writing their rows. `test_a_batch_writes_what_single_calls_write` holds both alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from ledger import chart, sources
from ledger.chart import account_id
from payments import postings
from payments.models import Allocation, Payment

# Ids of a chunk: the head of one UUIDv7 and a count in its last 48 bits, so they sort and stay together.
_HEAD_DIGITS: Final = 24
_WRITE: Final = """
with paid as materialized (
  select p.*, (%(payment_head)s::text || lpad(to_hex(place), 12, '0'))::uuid as id,
    (%(entry_head)s::text || lpad(to_hex(place), 12, '0'))::uuid as entry_id
  from unnest(%(numbers)s::text[], %(orders)s::bigint[], %(customers)s::uuid[], %(currencies)s::text[],
    %(amounts)s::numeric[], %(unallocated)s::numeric[], %(methods)s::text[], %(dates)s::date[], %(references)s::text[],
    %(notes)s::text[], %(cash_accounts)s::uuid[], %(unallocated_accounts)s::uuid[]) with ordinality
    as p(number, number_order, customer_id, currency, amount, unallocated, method, payment_date, reference_number,
      notes, cash_account, unallocated_account, place)
), applied as materialized (
  select a.*, a.place + %(payments)s::bigint as entry_position,
    (%(allocation_head)s::text || lpad(to_hex(a.place), 12, '0'))::uuid as id,
    (%(entry_head)s::text || lpad(to_hex(a.place + %(payments)s::bigint), 12, '0'))::uuid as entry_id,
    (%(operation_head)s::text || lpad(to_hex(a.paid_position), 12, '0'))::uuid as operation_id,
    (%(payment_head)s::text || lpad(to_hex(a.paid_position), 12, '0'))::uuid as payment_id
  from unnest(%(paid_positions)s::bigint[], %(lines)s::int[], %(obligations)s::uuid[], %(leases)s::bigint[],
    %(settled)s::numeric[], %(after)s::numeric[], %(strategies)s::text[], %(decisions)s::text[], %(owners)s::uuid[],
    %(owned_in)s::text[], %(categories)s::text[], %(receivables)s::uuid[], %(taken_from)s::uuid[]) with ordinality
    as a(paid_position, line, obligation_id, lease_id, amount, outstanding_after, strategy, decision, customer_id,
      currency, category, receivable_account, unallocated_account, place)
), entries as materialized (
  select place as entry_position, entry_id, currency, payment_date as effective_on, %(received)s::text as event,
    %(payment_source)s::text as source_type, id::text as source_id, customer_id, null::bigint as lease_id,
    null::uuid as operation_id, cash_account as debit, '' as debit_subledger, null::uuid as debit_payment,
    unallocated_account as credit, %(of_payments)s::text as credit_subledger, id as credit_payment,
    null::uuid as credit_obligation, amount from paid
  union all
  select entry_position, entry_id, currency, %(today)s::date, %(allocated)s::text, %(allocation_source)s::text,
  id::text,
    customer_id, lease_id, operation_id, unallocated_account, %(of_payments)s::text, payment_id, receivable_account,
    category, null, obligation_id, amount from applied
), payments_made as (
  insert into payments (id, company_id, kind, number, number_order, customer_id, currency, amount, unallocated,
    refunded, method, payment_date, reference_number, notes, status, case_no, created_by_id, cashier,
    void_reason, version)
  select id, %(company)s::uuid, 'other', number, number_order, customer_id, currency, amount, unallocated, 0, method,
    payment_date, reference_number, notes, 'posted', '', %(user)s::bigint, %(actor)s::text, '', 1
  from paid order by place
), allocations_made as (
  insert into payment_allocations (id, company_id, operation_id, line, payment_id, obligation_id, amount,
    discount_amount, discount_percent, discount_reason, refunded_amount, refunded_discount, status, allocation_date,
    strategy, decision, outstanding_after, notes, created_by_id, reason)
  select id, %(company)s::uuid, operation_id, line, payment_id, obligation_id, amount, 0, 0, '', 0, 0, 'active',
    %(today)s::date, strategy, decision::jsonb, outstanding_after, '', %(user)s::bigint, ''
  from applied order by place
), entered as (
  insert into ledger_entries (id, company_id, currency, effective_on, event, source_type, source_id, customer_id,
    lease_id, is_full_reversal, line_count, case_no, reason, operation_id, created_by_id, actor, request_id)
  select entry_id, %(company)s::uuid, currency, effective_on, event, source_type, source_id, customer_id, lease_id,
    false, 2, '', '', operation_id, %(user)s::bigint, %(actor)s::text, %(request)s::text
  from entries order by entry_position
), posted as (
  insert into ledger_postings (id, company_id, entry_id, line, line_count, account_id, currency, subledger, amount,
    obligation_id, payment_id)
  select (%(posting_head)s::text || lpad(to_hex(2 * entry_position + leg.line), 12, '0'))::uuid, %(company)s::uuid,
    e.entry_id, leg.line, 2, leg.account, e.currency, leg.subledger, leg.amount, leg.obligation, leg.payment
  from entries e cross join lateral (values
    (1, e.debit, e.debit_subledger, e.amount, null::uuid, e.debit_payment),
    (2, e.credit, e.credit_subledger, -e.amount, e.credit_obligation, e.credit_payment)
  ) as leg(line, account, subledger, amount, obligation, payment)
  order by entry_position, leg.line
), marked as (
  update payment_batch_rows r set status = 'succeeded',
    payment_id = (%(payment_head)s::text || lpad(to_hex(m.place), 12, '0'))::uuid
  from unnest(%(row_nos)s::int[]) with ordinality as m(row_no, place)
  where r.company_id = %(company)s::uuid and r.batch_id = %(batch)s::uuid and r.row_no = m.row_no
)
update ledger_obligations o
set outstanding = o.outstanding - d.taken,
    status = case when o.outstanding - d.taken > 0 then 'open' else 'settled' end
from (select obligation_id, sum(amount) as taken from applied group by obligation_id) d
where o.company_id = %(company)s::uuid and o.id = d.obligation_id
returning o.source_type, o.source_id, o.outstanding
"""


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment of a chunk. Amounts in its currency; `unallocated` is what its allocations leave."""

    row_no: int
    number: str
    number_order: int
    customer_id: UUID
    currency: str
    amount: Decimal
    unallocated: Decimal
    method: str
    payment_date: date
    reference_number: str
    notes: str


@dataclass(frozen=True, slots=True)
class NewAllocation:
    """What a payment of the chunk (its `paid_position`, from 1) settles of an obligation, without discount."""

    paid_position: int
    line: int
    obligation_id: UUID
    lease_id: int | None
    category: str
    amount: Decimal
    outstanding_after: Decimal
    strategy: str
    decision: dict[str, Any]


def write_chunk(
    *,
    actor: Actor,
    batch_id: UUID,
    today: date,
    payments: Sequence[NewPayment],
    allocations: Sequence[NewAllocation],
) -> None:
    """Write everything of the chunk and mark its rows, in one statement (docs/domain.md#bookings).

    The caller holds the locks on rows and obligations and has taken the numbers. The sources of what was settled
    hear of it. Raises IntegrityError where the database refuses.
    """
    company = actor.company_id
    owners = [payments[each.paid_position - 1] for each in allocations]
    values: dict[str, Any] = {
        **{f"{name}_head": str(uuid7())[:_HEAD_DIGITS] for name in _HEADS},
        **_payment_columns(company, payments),
        **_allocation_columns(company, allocations, owners),
        "company": company,
        "batch": batch_id,
        "payments": len(payments),
        "today": today,
        "user": actor.user_id,
        "actor": actor.name,
        "request": actor.request_id,
        "received": postings.PAYMENT_RECEIVED,
        "allocated": postings.ALLOCATION_APPLIED,
        "payment_source": postings.PAYMENT,
        "allocation_source": postings.ALLOCATION,
        "of_payments": chart.PAYMENTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
        changed = cursor.fetchall()
    assert len(changed) == len({each.obligation_id for each in allocations}), (
        "every obligation is there and locked"
    )
    settled = [(kind, key) for kind, key, left in changed if left == 0]
    if settled:
        sources.notify(actor, settled=settled, reopened=[])


def _payment_columns(company: UUID, payments: Sequence[NewPayment]) -> dict[str, Any]:
    return {
        "row_nos": [each.row_no for each in payments],
        "numbers": [each.number for each in payments],
        "orders": [each.number_order for each in payments],
        "customers": [each.customer_id for each in payments],
        "currencies": [each.currency for each in payments],
        "amounts": [each.amount for each in payments],
        "unallocated": [each.unallocated for each in payments],
        "methods": [each.method for each in payments],
        "dates": [each.payment_date for each in payments],
        "references": [each.reference_number for each in payments],
        "notes": [each.notes for each in payments],
        "cash_accounts": [account_id(company, each.currency, chart.cash(each.method)) for each in payments],
        "unallocated_accounts": [
            account_id(company, each.currency, chart.UNALLOCATED_CASH) for each in payments
        ],
    }


def _allocation_columns(
    company: UUID, allocations: Sequence[NewAllocation], owners: Sequence[NewPayment]
) -> dict[str, Any]:
    return {
        "paid_positions": [each.paid_position for each in allocations],
        "lines": [each.line for each in allocations],
        "obligations": [each.obligation_id for each in allocations],
        "leases": [each.lease_id for each in allocations],
        "settled": [each.amount for each in allocations],
        "after": [each.outstanding_after for each in allocations],
        "strategies": [each.strategy for each in allocations],
        "decisions": [orjson.dumps(each.decision).decode() for each in allocations],
        "owners": [each.customer_id for each in owners],
        "owned_in": [each.currency for each in owners],
        "categories": [str(each.category) for each in allocations],
        "receivables": [
            account_id(company, owner.currency, chart.receivable(each.category))
            for each, owner in zip(allocations, owners, strict=True)
        ],
        "taken_from": [account_id(company, owner.currency, chart.UNALLOCATED_CASH) for owner in owners],
    }


_HEADS: Final = ("payment", "allocation", "entry", "posting", "operation")
# The texts of the statement are these choices.
assert (Payment.Kind.OTHER, Payment.Status.POSTED, Allocation.Status.ACTIVE) == ("other", "posted", "active")
