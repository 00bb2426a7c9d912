"""What vendors are owed, checked against its postings (docs/domain.md#vendors)."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

_PAYABLE: Final = """
with posted as (
  select p.item_id as id, a.currency, -sum(p.amount) as amount
  from ledger_postings p join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
  where p.company_id = %(company)s::uuid and a.code = 'vendors_payable'
  group by p.item_id, a.currency
), items as (
  select id, currency, open as amount, 'bill ' || number as name from vendor_bills where company_id = %(company)s::uuid
  union all
  select id, currency, -"left", kind || ' ' || number from vendor_credits where company_id = %(company)s::uuid
)
select coalesce('vendor''s ' || i.name, 'vendors payable ' || p.id),
  coalesce(i.amount, 0.00) || ' open, postings say ' || coalesce(p.amount, 0.00)
from items i full join posted p on p.id = i.id and p.currency = i.currency
where coalesce(i.amount, 0) <> coalesce(p.amount, 0)
order by 1
"""
_LINES: Final = """
select 'vendor''s bill ' || b.number, 'is ' || b.amount || ', its lines sum to ' || coalesce(sum(l.amount), 0.00)
from vendor_bills b left join vendor_bill_lines l on l.company_id = b.company_id and l.bill_id = b.id
where b.company_id = %(company)s::uuid and not b.is_opening
group by b.company_id, b.id having b.amount <> coalesce(sum(l.amount), 0)
order by 1
"""


def register_vendor_checks() -> None:
    """Once, when the app is ready."""
    register("vendors payable is what bills and credits say", by_statement(_PAYABLE))
    register("vendors' bills are their lines", by_statement(_LINES))
