"""What is held for others, checked against its postings (docs/domain.md#remittances, docs/domain.md#deposits)."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

_DEPOSITS: Final = """
with posted as (
  select e.lease_id, e.customer_id, a.currency, -sum(p.amount) as amount
  from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'security_deposits'
  join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
  where p.company_id = %(company)s::uuid
  group by e.lease_id, e.customer_id, a.currency
), moved as (
  select deposit_id, sum(case when kind in ('taken', 'opening') then amount else -amount end) as amount
  from security_deposit_moves where company_id = %(company)s::uuid and not is_voided group by deposit_id
), held as (
  select d.*, coalesce(m.amount, 0.00) as moved
  from security_deposits d left join moved m on m.deposit_id = d.id where d.company_id = %(company)s::uuid
)
select 'security deposit of lease ' || coalesce(h.lease_id, p.lease_id), concat_ws(', ',
  coalesce(h.held, 0.00) || ' held', 'postings say ' || coalesce(p.amount, 0.00), 'its history ' || h.moved)
from held h
full join posted p on (p.lease_id, p.customer_id, p.currency) = (h.lease_id, h.customer_id, h.currency)
where coalesce(h.held, 0) <> coalesce(p.amount, 0) or coalesce(h.held, 0) <> coalesce(h.moved, 0)
order by 1
"""
# More than was ever credited cannot have been remitted; memos and voids after that leave a claim on the authority.
_REMITTED: Final = """
with remitted as (
  select account, currency, sum(amount) as amount from remittances
  where company_id = %(company)s::uuid and status = 'paid' group by account, currency
), moved as (
  select a.code as account, a.currency,
    -sum(p.amount) filter (where p.amount < 0 and e.source_type <> 'ledger.remittance') as credited,
    coalesce(sum(p.amount) filter (where e.source_type = 'ledger.remittance'), 0.00) as posted
  from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
    and (a.code like 'taxes\\_held:%%' or a.code = 'tax_payable')
  join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
  where p.company_id = %(company)s::uuid group by a.code, a.currency
)
select coalesce(r.account, m.account) || ' ' || coalesce(r.currency, m.currency),
  coalesce(r.amount, 0.00) || ' remitted, postings say ' || coalesce(m.posted, 0.00) || ', '
    || coalesce(m.credited, 0.00) || ' was ever held'
from remitted r full join moved m using (account, currency)
where coalesce(r.amount, 0) <> coalesce(m.posted, 0) or coalesce(r.amount, 0) > coalesce(m.credited, 0)
order by 1
"""
_PROCESSORS: Final = """
with posted as (
  select e.source_id, -sum(p.amount) as gross
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'earnings_clearing'
  where e.company_id = %(company)s::uuid and e.source_type = 'ledger.processor_deposit'
  group by e.source_id
)
select 'deposit of ' || d.processor || ' of ' || d.deposited_on,
  'clears ' || d.gross || ' and is ' || d.status || ', postings say ' || coalesce(p.gross, 0.00)
from processor_deposits d left join posted p on p.source_id = d.id::text
where d.company_id = %(company)s::uuid
  and case when d.status = 'posted' then d.gross else 0 end <> coalesce(p.gross, 0)
order by 1
"""


def register_clearing_checks() -> None:
    """Once, when the app is ready."""
    register("security deposits are what their postings say", by_statement(_DEPOSITS))
    register("no more was remitted than was held", by_statement(_REMITTED))
    register("processors' deposits clear what they say", by_statement(_PROCESSORS))
