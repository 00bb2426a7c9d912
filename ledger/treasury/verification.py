"""What is in transit, checked against its postings (docs/domain.md#in-transit)."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

_IN_TRANSIT: Final = r"""
with posted as (
  select p.item_id, -sum(p.amount) as amount
  from ledger_postings p join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
  where p.company_id = %(company)s::uuid and a.code like 'payments\_in\_transit:%%'
  group by p.item_id
), open as (
  select id, amount from disbursements where company_id = %(company)s::uuid and status = 'in_transit'
)
select 'disbursement ' || coalesce(open.id, posted.item_id),
  'in transit with ' || coalesce(open.amount, 0.00) || ', postings say ' || coalesce(posted.amount, 0.00)
from posted full join open on open.id = posted.item_id
where coalesce(posted.amount, 0) <> coalesce(open.amount, 0)
order by 1
"""
# What came back of what had cleared, and no line has shown yet.
_CAME_BACK: Final = r"""
with posted as (
  select p.item_id, sum(p.amount) as amount
  from ledger_postings p join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
  where p.company_id = %(company)s::uuid and a.code like 'deposits\_in\_transit:%%'
  group by p.item_id having sum(p.amount) <> 0
), back as (
  select id, amount from disbursements
  where company_id = %(company)s::uuid and status = 'stopped' and cleared_on is not null
)
select 'disbursement ' || posted.item_id, 'came back with ' || back.amount || ', postings say ' || posted.amount
from posted join back on back.id = posted.item_id
where posted.amount <> back.amount
order by 1
"""
_DRAWERS: Final = """
select 'drawer ' || a.code || ' ' || a.currency, 'stands at ' || sum(p.amount)
from ledger_accounts a join ledger_postings p on p.company_id = a.company_id and p.account_id = a.id
where a.company_id = %(company)s::uuid and a.code like 'cash:cash:%%'
group by a.code, a.currency having sum(p.amount) < 0
order by 1
"""


def register_treasury_checks() -> None:
    """The checks of money that was paid out."""
    register("what is in transit", by_statement(_IN_TRANSIT))
    register("what came back is what had been paid", by_statement(_CAME_BACK))
    register("no drawer is below zero", by_statement(_DRAWERS))
