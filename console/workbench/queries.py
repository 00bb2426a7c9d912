"""What waits to be allocated: payments with unallocated cash. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from batconnect.core.kernel.actors import Actor

PAGE_SIZE: Final = 50
# Only payments with cash are in the index that both statements begin with.
_WITH_CASH: Final = """
from payments p join customers c on c.company_id = p.company_id and c.id = p.customer_id
where p.company_id = %(company)s::uuid and p.unallocated > 0 and p.status = 'posted'
  and (%(text)s = '' or c.name ilike %(like)s or p.number ilike %(like)s)
  and (not %(owing)s or exists (
    select from ledger_obligations x where x.company_id = p.company_id and x.customer_id = p.customer_id
      and x.currency = p.currency and x.status = 'open'))
"""
_QUEUE: Final = f"""
select q.*, (
  select coalesce(sum(o.outstanding), 0.00) from ledger_obligations o
  where o.company_id = %(company)s::uuid and o.customer_id = q.customer_id and o.currency = q.currency
    and o.status = 'open')
from (
  select p.id, p.number, p.payment_date, p.customer_id, c.name, p.currency, p.amount, p.unallocated, p.reserved
  {_WITH_CASH}
  order by p.payment_date, p.number_order, p.id limit %(limit)s offset %(offset)s
) q
order by q.payment_date, q.id
"""  # noqa: S608 - fixed texts of this file
_TOTALS: Final = f"""
select p.currency, count(*), sum(p.unallocated) {_WITH_CASH} group by p.currency order by 1
"""


@dataclass(frozen=True, slots=True)
class CashRow:
    """A payment with unallocated cash; `owed` is all its customer owes in the same currency."""

    id: UUID
    number: str
    payment_date: date
    customer_id: UUID
    customer: str
    currency: str
    amount: Decimal
    unallocated: Decimal
    reserved: Decimal
    owed: Decimal


@dataclass(frozen=True, slots=True)
class CashTotal:
    """How many payments of a currency have how much unallocated."""

    currency: str
    payments: int
    unallocated: Decimal


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which payments: text in the customer's name or the payment's number, whether something must be owed, the page."""

    text: str = ""
    owing: bool = False
    page: int = 1


def payments_with_cash(*, actor: Actor, filters: Wanted) -> tuple[list[CashRow], bool, list[CashTotal]]:
    """A page of them, the oldest first, whether there are more, and the totals of all; two statements."""
    like = "%" + filters.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    values: dict[str, Any] = {
        "company": actor.company_id,
        "text": filters.text,
        "like": like,
        "owing": filters.owing,
        "limit": PAGE_SIZE + 1,
        "offset": (filters.page - 1) * PAGE_SIZE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, values)
        rows = [CashRow(*row) for row in cursor.fetchall()]
        cursor.execute(_TOTALS, values)
        totals = [CashTotal(*row) for row in cursor.fetchall()]
    return rows[:PAGE_SIZE], len(rows) > PAGE_SIZE, totals
