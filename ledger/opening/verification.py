"""What the opening adds to `verify_ledger` (docs/domain.md#opening-batch)."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

_BALANCED: Final = """
select 'opening of ' || b.cut_over_on, 'is locked, and its lines sum to ' || sum(l.amount)
from opening_batches b join opening_lines l on l.company_id = b.company_id and l.batch_id = b.id
where b.company_id = %(company)s::uuid and b.status = 'locked'
group by b.company_id, b.id having sum(l.amount) <> 0
union all
select 'opening balances ' || a.currency, 'stand at ' || sum(p.amount) || ' though the opening is locked'
from ledger_postings p
join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'opening_balances'
where p.company_id = %(company)s::uuid and exists (
  select 1 from opening_batches b where b.company_id = %(company)s::uuid and b.status = 'locked')
group by a.currency having sum(p.amount) <> 0
order by 1
"""


def register_opening_checks() -> None:
    """Once, when the app is ready."""
    register("the opening balances, and nothing is left of it", by_statement(_BALANCED))
