"""A chunk's payments and allocations with what they post, in one statement, derived from documents.

Rule: docs/adr/0005-one-statement-per-posting.md.

Building some ten thousand model instances takes longer than writing their rows, so the two events of a batch are sets
for `ledger.services.journal.post_rows`. `test_a_batch_writes_what_single_calls_write` holds them to the single calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from batconnect.core.database.rows import as_document, insert_select, numbered_id, typed_columns
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from ledger import chart
from ledger.chart import account_id
from ledger.services.journal import post_rows
from ledger.services.sets import CALLERS_PARTS, RowEvents, RowLeg, RowPosting, compose
from payments import postings
from payments.models import Allocation, Payment
from payments.querysets import ONLY_LEASE

_PAYMENT, _ALLOCATION, _OPERATION, _ = CALLERS_PARTS
_PAYMENT_COLUMNS: Final = (
    *("number", "number_order", "customer_id", "currency", "amount", "unallocated", "method", "payment_date"),
    *("reference_number", "notes", "duplicate_of_id", "duplicate_acknowledged_at"),
)
_ALLOCATION_COLUMNS: Final = (
    *("line", "obligation_id", "amount", "outstanding_after", "strategy", "decision"),
)
_PAID: Final = f"""
select p.*, {numbered_id(_PAYMENT, "place")} as id, fits.lease_id
from json_to_recordset(%(payments)s::json) as p({{columns}}, row_no int, place bigint, cash_account uuid,
  unallocated_account uuid)
left join lateral ({
    ONLY_LEASE.format(company="%(company)s::uuid", customer="p.customer_id", day="p.payment_date")
}) fits on true
"""  # noqa: S608 - fixed text
_APPLIED: Final = f"""
select a.*, {numbered_id(_ALLOCATION, "a.place")} as id, {numbered_id(_OPERATION, "p.place")} as operation_id,
  p.id as payment_id, p.customer_id, p.currency, p.unallocated_account,
  greatest(p.payment_date, a.issue_date, %(first_open)s::date) as day
from json_to_recordset(%(allocations)s::json) as a({{columns}}, paid_position bigint, place bigint, lease_id bigint,
  category text, issue_date date, receivable_account uuid)
join paid p on p.place = a.paid_position
"""  # noqa: S608 - fixed text
_MARK: Final = """
update payment_batch_rows r set status = 'succeeded', payment_id = p.id
from paid p where r.company_id = %(company)s::uuid and r.batch_id = %(batch)s::uuid and r.row_no = p.row_no
"""
_BY: Final = {"company_id": "%(company)s::uuid", "created_by_id": "%(user)s::bigint"}
_OF_PAYMENTS: Final = f"'{chart.PAYMENTS}'"


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
    duplicate_of_id: UUID | None = None
    duplicate_acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewAllocation:
    """What a payment of the chunk (its `paid_position`, from 1) settles of an obligation, without discount."""

    paid_position: int
    line: int
    obligation_id: UUID
    lease_id: int | None
    category: str
    issue_date: date
    amount: Decimal
    outstanding_after: Decimal
    strategy: str
    decision: dict[str, Any]


@joins_transaction
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
    changed = post_rows(
        actor=actor,
        posting=_statement(),
        values={
            "payments": as_document(_payment_rows(actor.company_id, payments)),
            "allocations": as_document(_allocation_rows(actor.company_id, payments, allocations)),
            "batch": batch_id,
            "today": today,
        },
    )
    assert len(changed) == len({each.obligation_id for each in allocations}), (
        "every obligation is there and locked"
    )


def _payment_rows(company: UUID, payments: Sequence[NewPayment]) -> list[dict[str, Any]]:
    return [
        {
            **{name: getattr(each, name) for name in _PAYMENT_COLUMNS},
            "row_no": each.row_no,
            "place": place,
            "cash_account": account_id(company, each.currency, chart.cash(each.method)),
            "unallocated_account": account_id(company, each.currency, chart.UNALLOCATED_CASH),
        }
        for place, each in enumerate(payments, start=1)
    ]


def _allocation_rows(
    company: UUID, payments: Sequence[NewPayment], allocations: Sequence[NewAllocation]
) -> list[dict[str, Any]]:
    return [
        {
            **{name: getattr(each, name) for name in _ALLOCATION_COLUMNS},
            "paid_position": each.paid_position,
            "place": place,
            "lease_id": each.lease_id,
            "category": each.category,
            "issue_date": each.issue_date,
            "receivable_account": account_id(
                company, payments[each.paid_position - 1].currency, chart.receivable(each.category)
            ),
        }
        for place, each in enumerate(allocations, start=1)
    ]


@lru_cache(maxsize=1)
def _statement() -> RowPosting:
    """Both events, as `payments.postings` makes them, with the rows of payments and allocations."""
    received = RowEvents(
        name="paid",
        rows=_PAID.format(columns=typed_columns(Payment, _PAYMENT_COLUMNS)),
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
    allocated = RowEvents(
        name="applied",
        rows=_APPLIED.format(columns=typed_columns(Allocation, _ALLOCATION_COLUMNS)),
        entry={
            "effective_on": "day",
            "event": f"'{postings.ALLOCATION_APPLIED}'",
            "source_type": f"'{postings.ALLOCATION}'",
            "source_id": "id::text",
            "operation_id": "operation_id",
        },
        legs=(
            RowLeg(
                "amount", account_id="unallocated_account", subledger=_OF_PAYMENTS, payment_id="payment_id"
            ),
            RowLeg(
                "-amount",
                account_id="receivable_account",
                subledger="category",
                obligation_id="obligation_id",
            ),
        ),
    )
    return compose(
        received,
        allocated,
        along={
            "payments_made": _insert_payments(),
            "allocations_made": _insert_allocations(),
            "marked": _MARK,
        },
        settles="applied",
    )


def _insert_payments() -> str:
    return insert_select(
        Payment,
        {
            **_BY,
            **{name: name for name in ("id", "lease_id", *_PAYMENT_COLUMNS)},
            "kind": f"'{Payment.Kind.OTHER.value}'",
            "cashier": "%(actor)s::text",
        },
        "paid",
    )


def _insert_allocations() -> str:
    return insert_select(
        Allocation,
        {
            **_BY,
            **{name: name for name in ("id", "operation_id", "payment_id", *_ALLOCATION_COLUMNS)},
            "allocation_date": "day",
        },
        "applied",
    )
