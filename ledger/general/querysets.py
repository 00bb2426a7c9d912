"""Reads of the general ledger: profit and loss, balance sheet, an account in detail (docs/domain.md#general-ledger).

The statements' texts are shared with the console's reports, which sort and page them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from ledger import chart
from ledger.chart import Kind
from ledger.querysets import KIND_ORDER, moved_by_day
from ledger.rules.entry_numbers import entry_number_sql

RESULT: Final = (Kind.INCOME, Kind.CONTRA_INCOME, Kind.EXPENSE, Kind.CONTRA_EXPENSE)
_OF_RESULT: Final = ", ".join(f"'{each.value}'" for each in RESULT)
_CASH: Final = " or ".join(
    f"a.code like '{prefix.replace('_', chr(92) + '_')}%%'"
    for prefix in (
        chart.bank(""),
        chart.cash(""),
        chart.deposits_in_transit(""),
        chart.payments_in_transit(""),
    )
)
INCOME, EXPENSES = "income", "expenses"
CASH, OTHER_ASSETS, LIABILITIES, EQUITY = "cash", "other_assets", "liabilities", "equity"
SECTIONS: Final = {
    INCOME: "Income",
    EXPENSES: "Expenses",
    CASH: "Cash",
    OTHER_ASSETS: "Other assets",
    LIABILITIES: "Liabilities",
    EQUITY: "Equity",
}
RESULT_OF_YEAR: Final = "result:year"
RESULT_BEFORE: Final = "result:earlier"
PROFIT_AND_LOSS: Final = f"""
select a.currency, a.id as account_id, a.code, coalesce(nullif(a.own_name, ''), a.name) as name, a.own_number, a.kind,
  case when a.kind in ('income', 'contra_income') then '{INCOME}' else '{EXPENSES}' end as section,
  case when a.kind in ('income', 'contra_income') then -t.total else t.total end as amount,
  -t.total as result, array_position({KIND_ORDER}, a.kind::text) as rank
from (
  select m.account_id, sum(m.debit - m.credit) as total
  from ({moved_by_day("{t}.effective_on >= %(first)s::date and {t}.effective_on <= %(last)s::date")}) m
  where not m.is_closing
  group by m.account_id
) t
join ledger_accounts a on a.company_id = %(company)s::uuid and a.id = t.account_id
where a.kind in ({_OF_RESULT}) and t.total <> 0
"""  # noqa: S608 - fixed texts
BALANCE_SHEET: Final = f"""
with stands as materialized (
  select a.currency, a.id, a.code, coalesce(nullif(a.own_name, ''), a.name) as name, a.own_number, a.kind,
    t.total, t.of_year
  from (
    select m.account_id, sum(m.debit - m.credit) as total,
      coalesce(sum(m.debit - m.credit) filter (where m.effective_on >= date_trunc('year', %(as_of)s::date)), 0.00)
        as of_year
    from ({moved_by_day("{t}.effective_on <= %(as_of)s::date")}) m
    group by m.account_id
  ) t
  join ledger_accounts a on a.company_id = %(company)s::uuid and a.id = t.account_id
)
select a.currency, a.id as account_id, a.code, a.name, a.own_number, a.kind,
  case when a.kind = 'asset' then case when {_CASH} then '{CASH}' else '{OTHER_ASSETS}' end
    when a.kind = 'liability' then '{LIABILITIES}' else '{EQUITY}' end as section,
  case when a.kind = 'asset' then a.total else -a.total end as amount,
  array_position({KIND_ORDER}, a.kind::text) as rank
from stands a where a.kind not in ({_OF_RESULT}) and a.total <> 0
union all
select a.currency, null, '{RESULT_BEFORE}', 'Result of earlier years', '', 'equity', '{EQUITY}',
  -sum(a.total - a.of_year), 100
from stands a where a.kind in ({_OF_RESULT}) group by a.currency having sum(a.total - a.of_year) <> 0
union all
select a.currency, null, '{RESULT_OF_YEAR}', 'Result of the year', '', 'equity', '{EQUITY}', -sum(a.of_year), 101
from stands a where a.kind in ({_OF_RESULT}) group by a.currency
"""  # noqa: S608 - fixed texts
ACCOUNT_DETAIL: Final = f"""
with moved as materialized (
  select e.id as entry_id, p.id as posting_id, p.line, e.effective_on, e.posted_at, e.event, e.actor, e.reason,
    e.case_no, e.customer_id, e.source_type, e.source_id, e.reverses_id, p.obligation_id, p.payment_id, p.item_id,
    p.amount, {entry_number_sql("n")} as entry_number
  from ledger_postings p
  join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
  left join entry_numbers n on n.company_id = e.company_id and n.entry_id = e.id
  where p.company_id = %(company)s::uuid and p.account_id = %(account)s::uuid
    and e.effective_on >= %(first)s::date and e.effective_on <= %(last)s::date
    and (%(known_at)s::timestamptz is null or e.posted_at <= %(known_at)s::timestamptz)
), opening as (
  select coalesce(sum(m.debit - m.credit), 0.00) as amount
  from ({moved_by_day("{p}.account_id = %(account)s::uuid and {t}.effective_on < %(first)s::date")}) m
)
select m.*, greatest(m.amount, 0.00) as debit, greatest(-m.amount, 0.00) as credit,
  o.amount + sum(m.amount) over (order by m.effective_on, m.entry_id, m.line) as balance, o.amount as opening
from moved m cross join opening o
"""  # noqa: S608 - fixed texts
_SUMS: Final = f"""
select coalesce(sum(m.debit - m.credit) filter (where m.effective_on < %(first)s::date), 0.00),
  coalesce(sum(m.debit) filter (where m.effective_on >= %(first)s::date), 0.00),
  coalesce(sum(m.credit) filter (where m.effective_on >= %(first)s::date), 0.00),
  coalesce(sum(m.postings) filter (where m.effective_on >= %(first)s::date), 0)
from ({moved_by_day("{p}.account_id = %(account)s::uuid and {t}.effective_on <= %(last)s::date")}) m
"""  # noqa: S608 - fixed texts
_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of a statement, in its section's sense: what lessens the section is below zero."""

    currency: str
    section: str
    account_id: UUID | None
    code: str
    name: str
    own_number: str
    kind: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class AccountSums:
    """An account over a period: both balances (debits less credits), and what moved between them."""

    opening: Decimal
    debit: Decimal
    credit: Decimal
    postings: int

    @property
    def closing(self) -> Decimal:
        """The balance at the end of the period."""
        return self.opening + self.debit - self.credit


def profit_and_loss(
    *, actor: Actor, first: date, last: date, known_at: datetime | None = None
) -> list[StatementLine]:
    """Income and expenses of the period by account, contra accounts below zero; currencies apart."""
    values = {"company": actor.company_id, "first": first, "last": last, "known_at": known_at}
    return _lines(PROFIT_AND_LOSS, values)


def balance_sheet(*, actor: Actor, as_of: date, known_at: datetime | None = None) -> list[StatementLine]:
    """What the company has, owes, and is left with at the end of a day; the year's result is a line of equity."""
    return _lines(BALANCE_SHEET, {"company": actor.company_id, "as_of": as_of, "known_at": known_at})


def account_sums(
    *, actor: Actor, account_id: UUID, first: date, last: date, known_at: datetime | None = None
) -> AccountSums:
    """The account's opening balance, debits, credits and closing balance of a period."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, _detail_values(actor, account_id, first, last, known_at))
        return AccountSums(*cursor.fetchone())


def account_detail(
    *,
    actor: Actor,
    account_id: UUID,
    first: date,
    last: date,
    known_at: datetime | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[dict[str, Any]]:
    """Every posting of the account in the period with the running balance after it, oldest first."""
    text = f"{ACCOUNT_DETAIL} order by m.effective_on, m.entry_id, m.line limit %(limit)s offset %(offset)s"
    values = _detail_values(actor, account_id, first, last, known_at)
    with connection.chunked_cursor() as cursor:
        cursor.execute(text, {**values, "limit": limit, "offset": offset})
        rows = cursor.fetchmany(_CHUNK)
        names = [column.name for column in cursor.description]
        while rows:
            for row in rows:
                yield dict(zip(names, row, strict=True))
            rows = cursor.fetchmany(_CHUNK)


def total_of(lines: list[StatementLine], *sections: str) -> Decimal:
    """What the sections' lines come to."""
    return sum((line.amount for line in lines if line.section in sections), ZERO)


def _detail_values(
    actor: Actor, account_id: UUID, first: date, last: date, known_at: datetime | None
) -> dict[str, Any]:
    return {
        "company": actor.company_id,
        "account": account_id,
        "first": first,
        "last": last,
        "known_at": known_at,
    }


def _lines(text: str, values: dict[str, Any]) -> list[StatementLine]:
    sections = ", ".join(f"'{each}'" for each in SECTIONS)
    with connection.cursor() as cursor:
        cursor.execute(
            "select currency, section, account_id, code, name, own_number, kind, amount "  # noqa: S608 - fixed texts
            f"from ({text}) s order by currency, array_position(array[{sections}], section), rank, code",
            values,
        )
        return [StatementLine(*row) for row in cursor.fetchall()]
