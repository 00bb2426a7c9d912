"""What a customer owed at the end of a day, as it was known at an instant: from postings.

Rule: docs/domain.md#obligations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, sum_of
from batconnect.directory.models import Customer
from ledger.chart import Category
from payments.errors import CustomerNotFound

_WITHIN: Final = """
  and e.effective_on <= %(as_of)s::date
  and (%(known_at)s::timestamptz is null or e.posted_at <= %(known_at)s::timestamptz)
"""
_OPEN: Final = f"""
select o.id, o.category, o.reference_id, o.description, o.issue_date, o.due_date, o.currency, o.original,
  sum(p.amount), i.id, i.number
from ledger_obligations o
join ledger_postings p on p.company_id = o.company_id and p.obligation_id = o.id
join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
left join invoices i on i.company_id = o.company_id and i.obligation_id = o.id
where o.company_id = %(company)s::uuid and o.customer_id = %(customer)s::uuid {_WITHIN}
group by o.company_id, o.id, i.company_id, i.id
having sum(p.amount) <> 0
order by o.due_date, o.issue_date, o.reference_id, o.id
"""  # noqa: S608 - fixed texts of this file
_UNALLOCATED: Final = f"""
select y.currency, -sum(p.amount)
from payments y
join ledger_postings p on p.company_id = y.company_id and p.payment_id = y.id
join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
where y.company_id = %(company)s::uuid and y.customer_id = %(customer)s::uuid {_WITHIN}
group by y.currency
having sum(p.amount) <> 0
"""  # noqa: S608 - fixed texts of this file


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What was owed on one obligation, in its currency; `invoice_id` and `invoice_number` are None for others."""

    obligation_id: UUID
    category: str
    reference_id: str
    description: str
    issue_date: date
    due_date: date
    currency: str
    original: Decimal
    outstanding: Decimal
    invoice_id: UUID | None
    invoice_number: str | None

    def days_overdue(self, on: date) -> int:
        """Days past due on the day; 0 on the due date itself."""
        return max((on - self.due_date).days, 0)


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A customer's open items and unallocated cash per currency, on both time axes."""

    customer: Customer
    as_of: date
    known_at: datetime | None
    items: tuple[OpenItem, ...]
    unallocated: dict[str, Decimal]

    def owed(self, currency: str, *, overdue: bool = False) -> Decimal:
        """What was owed in the currency; with `overdue` only what was past due."""
        return sum_of(
            each.outstanding
            for each in self.items
            if each.currency == currency and (not overdue or each.days_overdue(self.as_of) > 0)
        )

    @property
    def currencies(self) -> list[str]:
        """Every currency with an open item or unallocated cash."""
        return sorted({each.currency for each in self.items} | self.unallocated.keys())


@reads
def read_outstanding(
    *, actor: Actor, customer_id: UUID, as_of: date | None = None, known_at: datetime | None = None
) -> Outstanding:
    """What the customer owed at the end of `as_of` (the company's today without it), counting only what had been
    posted by `known_at`; three statements.

    With both at now these are today's figures. Needs `payments.view`. Raises CustomerNotFound (404).
    """
    actor.require("payments.view")
    customer = find_customer(actor=actor, customer_id=customer_id)
    day = as_of or today(actor.company)
    parameters = {"company": actor.company_id, "customer": customer_id, "as_of": day, "known_at": known_at}
    return Outstanding(
        customer=customer,
        as_of=day,
        known_at=known_at,
        items=tuple(OpenItem(*row) for row in _rows(_OPEN, parameters)),
        unallocated=dict(_rows(_UNALLOCATED, parameters)),
    )


@reads
def find_customer(*, actor: Actor, customer_id: UUID) -> Customer:
    """The customer. Raises CustomerNotFound (404), also for another company's."""
    customer = Customer.objects.filter(company_id=actor.company_id, id=customer_id).first()
    if customer is None:
        raise CustomerNotFound(f"There is no customer {customer_id}.")
    return customer


@reads
def outstanding_document(*, actor: Actor, outstanding: Outstanding) -> dict[str, Any]:
    """The answer of `GET /api/customers/{id}/outstanding`; the totals at the top are the base currency's."""
    base = actor.company.base_currency
    return {
        "customer_id": outstanding.customer.id,
        "customer_name": outstanding.customer.name,
        "as_of": outstanding.as_of,
        "known_at": outstanding.known_at,
        **_totals(outstanding, base),
        "by_currency": [_totals(outstanding, currency) for currency in outstanding.currencies],
        "items": [
            {
                "obligation_id": each.obligation_id,
                "invoice_id": each.invoice_id,
                "invoice_number": each.invoice_number,
                "category": Category(each.category).label,
                "reference_id": each.reference_id,
                "description": each.description,
                "issue_date": each.issue_date,
                "due_date": each.due_date,
                "days_overdue": each.days_overdue(outstanding.as_of),
                "currency": each.currency,
                "original_amount": each.original,
                "outstanding": each.outstanding,
            }
            for each in outstanding.items
        ],
    }


def _totals(outstanding: Outstanding, currency: str) -> dict[str, Any]:
    return {
        "currency": currency,
        "total_outstanding": outstanding.owed(currency),
        "total_overdue": outstanding.owed(currency, overdue=True),
        "total_unallocated": outstanding.unallocated.get(currency, ZERO),
    }


def _rows(statement: str, values: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
