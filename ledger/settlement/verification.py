"""The settlement recomputed for `verify_ledger`: each DTR from its lines, its lines from their postings."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

_FIGURES: Final = """
with covered as (
  select dtr_id,
    coalesce(sum(amount) filter (where kind = 'earnings'), 0.00) as gross,
    coalesce(sum(amount) filter (where kind = 'charge'), 0.00) as charges,
    coalesce(sum(amount) filter (where kind = 'interim_payment'), 0.00) as interim_payments,
    coalesce(sum(amount) filter (where kind = 'adjustment'), 0.00) as adjustments,
    coalesce(sum(amount) filter (where kind = 'recovered'), 0.00) as recovered
  from dtr_lines where company_id = %(company)s::uuid group by dtr_id
), compared as (
  select d.*, p.carried_forward as carried_before,
    coalesce(c.gross, 0.00) as gross_c, coalesce(c.charges, 0.00) as charges_c,
    coalesce(c.interim_payments, 0.00) as interim_c, coalesce(c.adjustments, 0.00) as adjustments_c,
    coalesce(c.recovered, 0.00) as recovered_c
  from dtrs d left join covered c on c.dtr_id = d.id
  left join dtrs p on p.company_id = d.company_id and p.id = d.previous_id
  where d.company_id = %(company)s::uuid
), told as (
  select number, concat_ws('; ',
    case when gross <> gross_c then 'gross ' || gross || ', its lines say ' || gross_c end,
    case when charges <> charges_c then 'charges ' || charges || ', its lines say ' || charges_c end,
    case when interim_payments <> interim_c
      then 'interim payments ' || interim_payments || ', its lines say ' || interim_c end,
    case when adjustments <> adjustments_c
      then 'adjustments ' || adjustments || ', its lines say ' || adjustments_c end,
    case when recovered <> recovered_c then 'recovered ' || recovered || ', its lines say ' || recovered_c end,
    case when prior_balance <> coalesce(carried_before, 0)
      then 'prior balance ' || prior_balance || ', carried forward before ' || coalesce(carried_before, 0.00) end,
    case when owed <> prior_balance + charges - interim_payments - adjustments then 'owed does not add up' end,
    case when recovered <> least(gross, owed) then 'recovered is not the lesser of gross and owed' end,
    case when net <> gross - owed or due_to_driver <> gross - recovered or carried_forward <> owed - recovered
      then 'net does not add up' end) as wrong
  from compared
)
select number, wrong from told where wrong <> '' order by number
"""
_LINES: Final = """
with moved as (
  select l.id, l.kind, l.amount, d.number, e.event,
    case l.kind
      when 'earnings' then (select sum(p.amount) from ledger_postings p
        where p.company_id = l.company_id and p.entry_id = l.entry_id and p.amount > 0)
      else (select sum(p.amount) from ledger_postings p
        where p.company_id = l.company_id and p.entry_id = l.entry_id and p.obligation_id = l.obligation_id)
        * case when l.kind = 'charge' then 1 else -1 end
    end as posted
  from dtr_lines l
  join dtrs d on d.company_id = l.company_id and d.id = l.dtr_id
  join ledger_entries e on e.company_id = l.company_id and e.id = l.entry_id
  where l.company_id = %(company)s::uuid
)
select number, 'its line on ' || event || ' has ' || amount || ', the entry ' || coalesce(posted, 0.00)
from moved where amount is distinct from posted order by number
"""
# Of the last DTR of each driver on each lease: what it carried forward, and what has moved since, is what is owed.
_CARRIED: Final = """
with last as (
  select distinct on (lease_id, customer_id) id, number, lease_id, customer_id, carried_forward, settled_on
  from dtrs where company_id = %(company)s::uuid order by lease_id, customer_id, week desc
), entered as (
  select l.obligation_id as id from dtr_lines l where l.company_id = %(company)s::uuid and l.kind = 'charge'
), owed as (
  select o.lease_id, o.customer_id, sum(o.outstanding) as outstanding
  from ledger_obligations o join entered n on n.id = o.id
  where o.company_id = %(company)s::uuid group by o.lease_id, o.customer_id
), since as (
  select o.lease_id, o.customer_id, sum(p.amount) as moved
  from ledger_postings p
  join entered n on n.id = p.obligation_id
  join ledger_obligations o on o.company_id = p.company_id and o.id = p.obligation_id
  where p.company_id = %(company)s::uuid
    and not exists (select 1 from dtr_lines l where l.company_id = p.company_id and l.entry_id = p.entry_id)
  group by o.lease_id, o.customer_id
)
select last.number, 'carried forward ' || last.carried_forward || ' and moved by ' || coalesce(since.moved, 0.00)
  || ' since, but its obligations owe ' || coalesce(owed.outstanding, 0.00)
from last
left join owed on owed.lease_id = last.lease_id and owed.customer_id = last.customer_id
left join since on since.lease_id = last.lease_id and since.customer_id = last.customer_id
where last.carried_forward + coalesce(since.moved, 0) <> coalesce(owed.outstanding, 0)
order by 1
"""
_EARNINGS: Final = """
select 'earnings of ' || e.week || ' (' || e.id || ')', case
    when n.id is null then 'were never credited'
    when (e.status = 'voided') <> (v.id is not null) then 'are ' || e.status || ', their entry says otherwise'
    when e.dtr_id is distinct from l.dtr_id then 'are taken by another DTR than the one that covers them' end
from lease_earnings e
left join ledger_entries n on n.company_id = e.company_id and n.id = e.entry_id
left join ledger_entries v on v.company_id = e.company_id and v.reverses_id = e.entry_id and v.is_full_reversal
left join dtr_lines l on l.company_id = e.company_id and l.entry_id = e.entry_id
where e.company_id = %(company)s::uuid and (n.id is null or (e.status = 'voided') <> (v.id is not null)
  or e.dtr_id is distinct from l.dtr_id)
order by 1
"""
_PAID: Final = """
select d.number,
  case when e.id is null then 'is Paid, but nothing was posted' else 'is not Paid, but its payout is posted' end
from dtrs d
left join ledger_entries e on e.company_id = d.company_id and e.source_type = 'ledger.dtr'
  and e.source_id = d.id::text and e.event = 'dtr_paid_out'
where d.company_id = %(company)s::uuid and (d.status = 'Paid') <> (e.id is not null)
order by 1
"""
_PAYABLE: Final = """
with posted as (
  select a.currency, -sum(p.amount) as total from ledger_accounts a
  join ledger_postings p on p.company_id = a.company_id and p.account_id = a.id
  where a.company_id = %(company)s::uuid and a.code = 'driver_earnings_payable' group by a.currency
), kept as (
  select currency, sum(amount) as total from (
    select currency, gross as amount from lease_earnings
    where company_id = %(company)s::uuid and status = 'credited' and dtr_id is null
    union all
    select currency, due_to_driver from dtrs where company_id = %(company)s::uuid and status <> 'Paid'
  ) k group by currency
)
select 'driver earnings payable ' || currency, 'the account stands at ' || coalesce(posted.total, 0.00)
  || ', earnings that wait and DTRs that are not paid out at ' || coalesce(kept.total, 0.00)
from posted full join kept using (currency) where coalesce(posted.total, 0) <> coalesce(kept.total, 0)
"""


def register_settlement_checks() -> None:
    """What the settlement adds to `verify_ledger`; once, when the app is ready."""
    for name, statement in (
        ("DTRs add up", _FIGURES),
        ("DTR lines are what their entries say", _LINES),
        ("DTRs carry forward what is owed", _CARRIED),
        ("earnings are credited, and covered once", _EARNINGS),
        ("DTRs are paid out once", _PAID),
        ("driver earnings payable is what drivers are owed", _PAYABLE),
    ):
        register(name, by_statement(statement))
