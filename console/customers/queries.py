"""Reads of the customer page; each is one statement and bounded, whatever the customer has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.subject import subjects_of_cases
from ledger.chart import Category
from payments.rules.methods import method_label
from payments.rules.statements import Event, words_for

PER_PAGE: Final = 20
"""Lines of the running balance on a page."""
_FIGURES: Final = """
select currency, sum(outstanding), sum(overdue), sum(unallocated), sum(available), sum(credits) from (
  select o.currency, o.outstanding, 0.00 as unallocated, 0.00 as available,
    case when coalesce(m.due_date, o.due_date) < %(day)s::date then o.outstanding else 0.00 end as overdue,
    0.00 as credits
  from ledger_obligations o
  left join unnest(%(ids)s::uuid[], %(dates)s::date[]) m(id, due_date) on m.id = o.id
  where o.company_id = %(company)s::uuid and o.customer_id = %(customer)s::uuid and o.status = 'open'
  union all
  select y.currency, 0.00, y.unallocated, y.unallocated - y.reserved, 0.00, 0.00
  from payments y
  where y.company_id = %(company)s::uuid and y.customer_id = %(customer)s::uuid
  union all
  select m.currency, 0.00, 0.00, 0.00, 0.00, m.left
  from credit_memos m
  where m.company_id = %(company)s::uuid and m.customer_id = %(customer)s::uuid and m.status = 'open'
) figures
group by currency order by currency
"""
# Every entry that moved what the customer owes, has unallocated or as a credit, with the balance after it; then a page
# of them.
_LINES: Final = """
with lines as (
  select p.entry_id, p.amount as receivable, 0.00 as cash, o.id as obligation_id, null::uuid as payment_id,
    null::uuid as memo_id
  from ledger_obligations o
  join ledger_postings p on p.company_id = o.company_id and p.obligation_id = o.id
  where o.company_id = %(company)s::uuid and o.customer_id = %(customer)s::uuid and o.currency = %(currency)s
  union all
  select p.entry_id, 0.00, p.amount, null, y.id, null
  from payments y
  join ledger_postings p on p.company_id = y.company_id and p.payment_id = y.id
  where y.company_id = %(company)s::uuid and y.customer_id = %(customer)s::uuid and y.currency = %(currency)s
  union all
  select p.entry_id, 0.00, p.amount, null, null, m.id
  from credit_memos m
  join ledger_postings p on p.company_id = m.company_id and p.item_id = m.id
  where m.company_id = %(company)s::uuid and m.customer_id = %(customer)s::uuid and m.currency = %(currency)s
), events as (
  select l.entry_id, sum(l.receivable) as receivable, sum(l.cash) as cash,
    (array_agg(l.obligation_id) filter (where l.obligation_id is not null))[1] as obligation_id,
    (array_agg(l.payment_id) filter (where l.payment_id is not null))[1] as payment_id,
    (array_agg(l.memo_id) filter (where l.memo_id is not null))[1] as memo_id
  from lines l group by l.entry_id
), ordered as (
  select e.id, e.effective_on, e.posted_at, e.event, e.case_no, e.actor, e.reason, e.source_type, e.source_id,
    v.receivable, v.cash, v.obligation_id, v.payment_id, v.memo_id,
    sum(v.receivable + v.cash) over (order by e.effective_on, e.posted_at, e.id) as balance
  from events v
  join ledger_entries e on e.company_id = %(company)s::uuid and e.id = v.entry_id
  order by e.effective_on desc, e.posted_at desc, e.id desc
  limit %(limit)s offset %(offset)s
), named as materialized (
  -- A column, for no index of a table under row-level security serves a comparison with coalesce().
  select r.*, coalesce(r.payment_id, f.payment_id) as named_payment_id
  from ordered r
  left join payment_refunds f on f.company_id = %(company)s::uuid
    and f.id = case when r.source_type = 'payments.refund' then r.source_id::uuid end
)
select r.id, r.effective_on, r.posted_at, r.event, r.case_no, r.actor, r.reason, r.receivable, r.cash, r.balance,
  o.id, coalesce(o.category, ''), coalesce(o.reference_id, ''), y.id, coalesce(y.number, ''), coalesce(y.method, ''),
  coalesce(m.number, '')
from named r
left join ledger_obligations o on o.company_id = %(company)s::uuid and o.id = r.obligation_id
left join payments y on y.company_id = %(company)s::uuid and y.id = r.named_payment_id
left join credit_memos m on m.company_id = %(company)s::uuid and m.id = r.memo_id
order by r.effective_on desc, r.posted_at desc, r.id desc
"""
# The cases behind the customer's latest rows of each table whose rows come of cases; newest first.
_CASES: Final = """
select c.id, c.case_no, t.name, c.state, c.subject, c.created_on, c.action_due_on
from (
  {made}
  union
  -- What is begun and not yet booked: an open case whose draft names the driver.
  (select c.case_no from cases c
    join drivers d on d.company_id = c.company_id and d.id::text = c.draft->>'driver_id'
    where c.company_id = %(company)s::uuid and c.closed_at is null and d.customer_id = %(customer)s::uuid
    order by c.id desc limit %(limit)s)
) n
join cases c on c.company_id = %(company)s::uuid and c.case_no = n.case_no
join case_types t on t.id = c.case_type_id
order by c.id desc limit %(limit)s
"""
_NAMING_CASES: Final = """
  (select case_no from {table} where company_id = %(company)s::uuid and customer_id = %(customer)s::uuid
    and case_no <> '' order by {newest} limit %(limit)s)
"""
_PARTS_OF_CASES: Final = """
  (select c.case_no from {table} r join cases c on c.company_id = r.company_id and c.id = r.{case}
    where r.company_id = %(company)s::uuid and r.customer_id = %(customer)s::uuid)
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the company and the customer owe each other in one currency, now. `available` is the unallocated cash that
    no waiting refund holds; `overdue` goes by effective due dates, `credits` are what credit memos have left."""

    currency: str
    outstanding: Decimal = ZERO
    overdue: Decimal = ZERO
    unallocated: Decimal = ZERO
    available: Decimal = ZERO
    credits: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """What is owed less unallocated cash and credits; negative when there is more of those."""
        return self.outstanding - self.unallocated - self.credits

    @property
    def outstanding_text(self) -> str:
        """1,234.50"""
        return format_amount(self.outstanding)

    @property
    def overdue_text(self) -> str:
        """As `outstanding_text`."""
        return format_amount(self.overdue)

    @property
    def unallocated_text(self) -> str:
        """As `outstanding_text`."""
        return format_amount(self.unallocated)

    @property
    def credits_text(self) -> str:
        """As `outstanding_text`."""
        return format_amount(self.credits)

    @property
    def net_text(self) -> str:
        """Without its sign: the page says whose favor it is in."""
        return format_amount(abs(self.net))


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """An entry of the customer with the balance after it; `change` is positive when more is owed."""

    entry_id: UUID
    effective_on: date
    posted_at: datetime
    text: str
    case_no: str
    actor: str
    reason: str
    change: Decimal
    applied: Decimal
    balance: Decimal
    obligation_id: UUID | None
    reference_id: str
    payment_id: UUID | None
    payment_number: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as the page lists it."""

    id: int
    case_no: str
    case_type: str
    state: str
    subject: str
    created_on: datetime
    action_due_on: datetime | None


def read_figures(*, actor: Actor, customer_id: UUID, day: date, moved: Mapping[UUID, date]) -> list[Figures]:
    """The customer's figures by currency; at least those of the company's own. `moved` are the due dates that
    documents moved (`ledger.due_dates`). One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FIGURES,
            {
                "company": actor.company_id,
                "customer": customer_id,
                "day": day,
                "ids": list(moved.keys()),
                "dates": list(moved.values()),
            },
        )
        rows = cursor.fetchall()
    figures = [Figures(*row) for row in rows]
    return figures or [Figures(actor.company.base_currency)]


def read_balance_lines(
    *, actor: Actor, customer_id: UUID, currency: str, page: int
) -> tuple[list[BalanceLine], bool]:
    """A page of the running balance, newest first, and whether there is another. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LINES,
            {
                "company": actor.company_id,
                "customer": customer_id,
                "currency": currency,
                "limit": PER_PAGE + 1,
                "offset": (page - 1) * PER_PAGE,
            },
        )
        rows = cursor.fetchall()
    return [_line(row) for row in rows[:PER_PAGE]], len(rows) > PER_PAGE


def read_cases(*, actor: Actor, customer_id: UUID, limit: int) -> list[CaseRow]:
    """The customer's newest cases; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_cases(), {"company": actor.company_id, "customer": customer_id, "limit": limit})
        return [CaseRow(*row) for row in cursor.fetchall()]


@cache
def _cases() -> str:
    """The statement over every table that says that its rows come of cases, and has a customer of its own."""
    made = []
    for subject, of_case in subjects_of_cases():
        meta = subject.model_class._meta
        columns = {field.name: field.column for field in meta.concrete_fields}
        if not of_case.entity:
            made.append(_PARTS_OF_CASES.format(table=meta.db_table, case=columns["case"]))
        elif {"customer", "case_no"} <= set(columns):
            made.append(_NAMING_CASES.format(table=meta.db_table, newest=of_case.newest))
    return _CASES.format(made="  union".join(made))


def _line(row: tuple[Any, ...]) -> BalanceLine:
    entry_id, effective_on, posted_at, event, case_no, actor, reason, receivable, cash, balance = row[:10]
    obligation_id, category, reference, payment_id, number, method, memo = row[10:]
    label = Category(category).label if category else ""
    return BalanceLine(
        entry_id=entry_id,
        effective_on=effective_on,
        posted_at=posted_at,
        text=words_for(Event(event, label, reference, number, method_label(method), memo)),
        case_no=case_no,
        actor=actor,
        reason=reason,
        change=receivable + cash,
        applied=cash if receivable and cash else ZERO,
        balance=balance,
        obligation_id=obligation_id,
        reference_id=reference,
        payment_id=payment_id,
        payment_number=number,
    )
