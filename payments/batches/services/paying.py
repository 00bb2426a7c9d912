"""A chunk of rows becomes payments with their allocations and entries, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core import clock
from batconnect.core.actors import Actor
from batconnect.core.ids import uuid7
from batconnect.core.money import from_cents, to_cents
from batconnect.core.numbers import format_number, take_numbers
from ledger.postings import EntryDraft
from ledger.services import post_entries
from payments import postings
from payments.batches.rules.columns import RowValues
from payments.models import Allocation, Payment
from payments.rules.plans import OpenItem, Options
from payments.rules.strategies import plan
from payments.services.auto import Spread, planned_lines
from payments.services.interim import NUMBERS_PER_YEAR
from payments.services.open_items import Items
from payments.services.recording import NUMBER_DIGITS, SERIES

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
    """A row that will be a payment of the customer."""

    row_no: int
    customer_id: UUID
    values: RowValues


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


def pay_rows(*, actor: Actor, rows: Sequence[PaidRow]) -> list[UUID]:
    """Record the payments and spread them by their strategies, in the order of the rows; the payments' ids.

    The caller holds the rows and the customers. Locks the customers' open obligations by id, then takes a block of
    numbers (DESIGN 2); later rows of a customer see what earlier ones left.
    """
    if not rows:
        return []
    spread = [each for each in rows if each.values.strategy]
    open_items = _lock_open(actor, sorted({each.customer_id for each in spread}))
    payments = _payments(actor, rows)
    allocations: list[Allocation] = []
    drafts: list[EntryDraft] = []
    today = clock.today(actor.company)
    for row, payment in zip(rows, payments, strict=True):
        drafts.append(_received(payment))
        if row.values.strategy:
            items = open_items.get((row.customer_id, payment.currency), ())
            for allocation, item in _spread(actor, payment, items, row.values.strategy, today):
                allocations.append(allocation)
                drafts.append(_applied(payment, allocation, item))
    post_entries(actor=actor, drafts=drafts, rows=[payments, allocations])
    return [payment.id for payment in payments]


def _lock_open(actor: Actor, customers: Sequence[UUID]) -> Mapping[tuple[UUID, str], Sequence[_Open]]:
    found: dict[tuple[UUID, str], list[_Open]] = {}
    if not customers:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [actor.company_id, list(customers)])
        for key, customer, currency, category, number, outstanding, issued, due, lease in cursor.fetchall():
            found.setdefault((customer, currency), []).append(
                _Open(key, category, number, to_cents(outstanding), issued, due, lease)
            )
    return found


def _payments(actor: Actor, rows: Sequence[PaidRow]) -> list[Payment]:
    """The payments, unsaved, with a block of numbers."""
    year = clock.today(actor.company).year
    period = str(year)
    numbers = take_numbers(company_id=actor.company_id, series=SERIES, period=period, count=len(rows))
    return [
        Payment(
            id=uuid7(),
            company_id=actor.company_id,
            kind=Payment.Kind.OTHER,
            number=format_number(SERIES, number, period=period, digits=NUMBER_DIGITS),
            number_order=year * NUMBERS_PER_YEAR + number,
            customer_id=row.customer_id,
            currency=row.values.currency,
            amount=row.values.amount,
            unallocated=row.values.amount,
            method=row.values.method,
            payment_date=row.values.payment_date,
            reference_number=row.values.reference_number,
            notes=row.values.notes,
            status=Payment.Status.POSTED,
            created_by_id=actor.user_id,
            cashier=actor.name,
        )
        for row, number in zip(rows, numbers, strict=True)
    ]


def _spread(
    actor: Actor, payment: Payment, items: Sequence[_Open], strategy: str, today: date
) -> list[tuple[Allocation, _Open]]:
    """The payment's allocations by the strategy; takes from the items and from what is unallocated."""
    by_id = {item.id: item for item in items if item.left}
    if not by_id:
        return []
    made = plan(
        strategy=strategy,
        items=[item.as_item() for item in by_id.values()],
        available=to_cents(payment.amount),
        options=Options(today=today),
    )
    operation_id = uuid7()
    found: list[tuple[Allocation, _Open]] = []
    for place, (line, decision) in enumerate(planned_lines(Spread(payment, _NOTHING, made, "")), start=1):
        item = by_id[line.item_id]
        item.left -= line.amount
        allocation = Allocation(
            company_id=actor.company_id,
            operation_id=operation_id,
            line=place,
            payment_id=payment.id,
            obligation_id=item.id,
            amount=from_cents(line.amount),
            allocation_date=today,
            strategy=strategy,
            decision=decision,
            outstanding_after=from_cents(item.left),
            created_by_id=actor.user_id,
        )
        found.append((allocation, item))
    payment.unallocated = from_cents(made.cash_left)
    return found


def _received(payment: Payment) -> EntryDraft:
    return postings.payment_received(
        payment_id=payment.id,
        method=payment.method,
        amount=payment.amount,
        currency=payment.currency,
        payment_date=payment.payment_date,
        customer_id=payment.customer_id,
        lease_id=None,
    )


def _applied(payment: Payment, allocation: Allocation, item: _Open) -> EntryDraft:
    return postings.allocation_applied(
        allocation_id=allocation.id,
        operation_id=allocation.operation_id,
        payment_id=payment.id,
        obligation_id=item.id,
        category=item.category,
        cash=allocation.amount,
        discount=allocation.discount_amount,
        currency=payment.currency,
        allocation_date=allocation.allocation_date,
        customer_id=payment.customer_id,
        lease_id=item.lease_id,
    )


_NOTHING: Final = Items({})
