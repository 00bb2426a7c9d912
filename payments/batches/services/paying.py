"""A chunk of rows becomes payments with their allocations and entries, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.database.numbers import take
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import from_cents, to_cents
from payments.batches.rules.columns import RowValues
from payments.batches.services.writing import NewAllocation, NewPayment, write_chunk
from payments.rules.plans import OpenItem, Options
from payments.rules.strategies import plan
from payments.services.auto import kept_decision
from payments.subjects import PAYMENT_NUMBERS

_OPEN: Final = """
select o.id, o.customer_id, o.currency, o.category, coalesce(i.number, o.reference_id), o.outstanding, o.issue_date,
  o.due_date, o.lease_id
from ledger_obligations o
left join invoices i on i.company_id = o.company_id and i.obligation_id = o.id
where o.company_id = %s::uuid and o.customer_id = any(%s::uuid[]) and o.status = 'open'
order by o.id for no key update of o
"""


@dataclass(frozen=True, slots=True)
class PaidRow:
    """A row that will be a payment of the customer; `other_than` the payment that somebody said it does not repeat."""

    row_no: int
    customer_id: UUID
    values: RowValues
    other_than: UUID | None = None
    decided_at: datetime | None = None


@dataclass(slots=True)
class _Open:
    """An open obligation, with what the rows before have left of it, in cents."""

    id: UUID
    category: str
    number: str
    left: int
    issue_date: date
    due_date: date
    lease_id: int | None

    def as_item(self) -> OpenItem:
        return OpenItem(self.id, self.number, self.category, self.left, self.issue_date, self.due_date)


@joins_transaction
def pay_rows(*, actor: Actor, batch_id: UUID, rows: Sequence[PaidRow]) -> None:
    """Record the payments and spread them by their strategies, in the order of the rows, and mark the rows.

    The caller holds the rows and the customers. Locks the customers' open obligations by id, then takes a block of
    numbers (docs/architecture.md#lock-order); later rows of a customer see what earlier ones left.
    """
    if not rows:
        return
    open_items = _lock_open(actor, sorted({each.customer_id for each in rows if each.values.strategy}))
    today = clock.today(actor.company)
    allocations: list[NewAllocation] = []
    left: list[Decimal] = []
    for place, row in enumerate(rows, start=1):
        items = open_items.get((row.customer_id, row.values.currency), ()) if row.values.strategy else ()
        made, cash_left = _allocate(row.values, items, place, today)
        allocations += made
        left.append(cash_left)
    write_chunk(
        actor=actor,
        batch_id=batch_id,
        today=today,
        payments=_payments(actor, rows, left, today),
        allocations=allocations,
    )


def _lock_open(actor: Actor, customers: Sequence[UUID]) -> Mapping[tuple[UUID, str], Sequence[_Open]]:
    open_items: dict[tuple[UUID, str], list[_Open]] = {}
    if not customers:
        return open_items
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [actor.company_id, list(customers)])
        for key, customer, currency, category, number, outstanding, issued, due, lease in cursor.fetchall():
            open_items.setdefault((customer, currency), []).append(
                _Open(key, category, number, to_cents(outstanding), issued, due, lease)
            )
    return open_items


def _payments(
    actor: Actor, rows: Sequence[PaidRow], left: Sequence[Decimal], today: date
) -> list[NewPayment]:
    """The payments with a block of numbers: taken after all locks and right before the insert.

    Rule: docs/domain.md#numbers.
    """
    numbers = take(PAYMENT_NUMBERS, company_id=actor.company_id, day=today, count=len(rows))
    return [
        NewPayment(
            row_no=row.row_no,
            number=number.text,
            number_order=number.order,
            customer_id=row.customer_id,
            currency=row.values.currency,
            amount=row.values.amount,
            unallocated=unallocated,
            method=row.values.method,
            payment_date=row.values.payment_date,
            reference_number=row.values.reference_number,
            notes=row.values.notes,
            duplicate_of_id=row.other_than,
            duplicate_acknowledged_at=row.decided_at,
        )
        for row, number, unallocated in zip(rows, numbers, left, strict=True)
    ]


def _allocate(
    values: RowValues, items: Sequence[_Open], place: int, today: date
) -> tuple[list[NewAllocation], Decimal]:
    """The payment's allocations by the strategy, taken from the items; and what is left of it."""
    by_id = {item.id: item for item in items if item.left}
    if not by_id:
        return [], values.amount
    made = plan(
        strategy=values.strategy,
        items=[item.as_item() for item in by_id.values()],
        available=to_cents(values.amount),
        options=Options(today=today),
    )
    allocations: list[NewAllocation] = []
    for number, line in enumerate(made.lines, start=1):
        item = by_id[line.item_id]
        item.left -= line.amount
        allocations.append(
            NewAllocation(
                paid_position=place,
                line=number,
                obligation_id=item.id,
                lease_id=item.lease_id,
                category=item.category,
                issue_date=item.issue_date,
                amount=from_cents(line.amount),
                outstanding_after=from_cents(item.left),
                strategy=values.strategy,
                decision=kept_decision(line.decision),
            )
        )
    return allocations, from_cents(made.cash_left)
