"""What must agree about lease corrections, recomputed for `verify_ledger` (docs/domain.md#lease-corrections)."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

_SUMS: Final = """
with told as (
  select correction_id as id, sum(amount) filter (where amount > 0) as charged,
    -sum(amount) filter (where amount < 0) as credited
  from lease_correction_lines where company_id = %(company)s::uuid group by correction_id
)
select 'lease correction ' || c.number, c.charged || ' charged and ' || c.credited || ' credited, its lines say '
  || coalesce(t.charged, 0.00) || ' and ' || coalesce(t.credited, 0.00)
from lease_corrections c left join told t on t.id = c.id
where c.company_id = %(company)s::uuid
  and (c.charged <> coalesce(t.charged, 0) or c.credited <> coalesce(t.credited, 0))
order by c.number_order
"""
_DOCUMENTS: Final = """
select 'lease correction ' || c.number, 'line ' || l.place || ' is of ' || l.amount || ', its document of '
  || coalesce(-m.amount, o.original)
from lease_correction_lines l
join lease_corrections c on c.company_id = l.company_id and c.id = l.correction_id
join ledger_obligations o on o.company_id = l.company_id and o.id = l.obligation_id
left join credit_memos m on m.company_id = l.company_id and m.id = l.memo_id
where l.company_id = %(company)s::uuid and (
  l.amount <> coalesce(-m.amount, o.original) or m.obligation_id <> l.obligation_id
  or c.undone_at is not null and case when m.id is null then o.status else m.status end <> 'voided')
order by c.number_order, l.place
"""


def register_correction_checks() -> None:
    """What lease corrections add to `verify_ledger`; once, when the app is ready."""
    register("lease corrections are the sums of their lines", by_statement(_SUMS))
    register("lines of lease corrections are what they charged or credited", by_statement(_DOCUMENTS))
