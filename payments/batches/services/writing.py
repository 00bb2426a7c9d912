"""A chunk's payments and allocations with what they post, in one statement, derived from arrays.

Rule: docs/adr/0005-one-statement-per-posting.md.

Building some ten thousand model instances takes longer than writing their rows, so the two events of a batch are sets
for `ledger.services.journal.post_rows`. `test_a_batch_writes_what_single_calls_write` holds them to the single calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson

from batconnect.core.database.rows import insert_select, numbered_id
from batconnect.core.kernel.actors import Actor
from ledger import chart
from ledger.chart import account_id
from ledger.services.journal import post_rows
from ledger.services.sets import CALLERS_PARTS, RowEvents, RowLeg, compose
from payments import postings
from payments.models import Allocation, Payment

_PAYMENT, _ALLOCATION, _OPERATION, _ = CALLERS_PARTS
_PAID: Final = f"""
select p.*, {numbered_id(_PAYMENT, "place")} as id, null::bigint as lease_id
from unnest(%(numbers)s::text[], %(orders)s::bigint[], %(customers)s::uuid[], %(currencies)s::text[],
  %(amounts)s::numeric[], %(unallocated)s::numeric[], %(methods)s::text[], %(dates)s::date[], %(references)s::text[],
  %(notes)s::text[], %(cash_accounts)s::uuid[], %(unallocated_accounts)s::uuid[]) with ordinality
  as p(number, number_order, customer_id, currency, amount, unallocated, method, payment_date, reference_number,
    notes, cash_account, unallocated_account, place)
"""  # noqa: S608 - fixed text
_APPLIED: Final = f"""
select a.*, {numbered_id(_ALLOCATION, "place")} as id, {numbered_id(_OPERATION, "paid_position")} as operation_id,
  {numbered_id(_PAYMENT, "paid_position")} as payment_id
from unnest(%(paid_positions)s::bigint[], %(lines)s::int[], %(obligations)s::uuid[], %(leases)s::bigint[],
  %(settled)s::numeric[], %(after)s::numeric[], %(strategies)s::text[], %(decisions)s::jsonb[], %(owners)s::uuid[],
  %(owned_in)s::text[], %(categories)s::text[], %(receivables)s::uuid[], %(taken_from)s::uuid[]) with ordinality
  as a(paid_position, line, obligation_id, lease_id, amount, outstanding_after, strategy, decision, customer_id,
    currency, category, receivable_account, unallocated_account, place)
"""  # noqa: S608 - fixed text
_OF_PAYMENTS: Final = f"'{chart.PAYMENTS}'"
_RECEIVED: Final = RowEvents(
    name="paid",
    rows=_PAID,
    entry={
        "effective_on": "payment_date",
        "event": f"'{postings.PAYMENT_RECEIVED}'",
        "source_type": f"'{postings.PAYMENT}'",
        "source_id": "id::text",
    },
    legs=(
        RowLeg("amount", account_id="cash_account"),
        RowLeg("-amount", account_id="unallocated_account", subledger=_OF_PAYMENTS, payment_id="id"),
    ),
)
_ALLOCATED: Final = RowEvents(
    name="applied",
    rows=_APPLIED,
    entry={
        "effective_on": "%(today)s::date",
        "event": f"'{postings.ALLOCATION_APPLIED}'",
        "source_type": f"'{postings.ALLOCATION}'",
        "source_id": "id::text",
        "operation_id": "operation_id",
    },
    legs=(
        RowLeg("amount", account_id="unallocated_account", subledger=_OF_PAYMENTS, payment_id="payment_id"),
        RowLeg(
            "-amount", account_id="receivable_account", subledger="category", obligation_id="obligation_id"
        ),
    ),
)
_COMPANY: Final = {"company_id": "%(company)s::uuid", "created_by_id": "%(user)s::bigint"}
_PAYMENTS: Final = insert_select(
    Payment,
    {
        **_COMPANY,
        **{
            column: column
            for column in (
                *(
                    "id",
                    "number",
                    "number_order",
                    "customer_id",
                    "currency",
                    "amount",
                    "unallocated",
                    "method",
                ),
                *("payment_date", "reference_number", "notes"),
            )
        },
        "kind": f"'{Payment.Kind.OTHER.value}'",
        "cashier": "%(actor)s::text",
    },
    "paid",
)
_ALLOCATIONS: Final = insert_select(
    Allocation,
    {
        **_COMPANY,
        **{
            column: column
            for column in (
                *(
                    "id",
                    "operation_id",
                    "line",
                    "payment_id",
                    "obligation_id",
                    "amount",
                    "strategy",
                    "decision",
                ),
                "outstanding_after",
            )
        },
        "allocation_date": "%(today)s::date",
    },
    "applied",
)
_MARK: Final = f"""
update payment_batch_rows r set status = 'succeeded', payment_id = {numbered_id(_PAYMENT, "m.place")}
from unnest(%(row_nos)s::int[]) with ordinality as m(row_no, place)
where r.company_id = %(company)s::uuid and r.batch_id = %(batch)s::uuid and r.row_no = m.row_no
"""  # noqa: S608 - fixed text
_WRITE: Final = compose(
    _RECEIVED,
    _ALLOCATED,
    along={"payments_made": _PAYMENTS, "allocations_made": _ALLOCATIONS, "marked": _MARK},
    settles="applied",
)


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
    values = {
        **_payment_columns(company, payments),
        **_allocation_columns(company, allocations, owners),
        "batch": batch_id,
        "today": today,
    }
    changed = post_rows(actor=actor, posting=_WRITE, values=values)
    assert len(changed) == len({each.obligation_id for each in allocations}), (
        "every obligation is there and locked"
    )


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
