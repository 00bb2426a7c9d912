"""The settlement recomputed for `verify_ledger`: each DTR from its lines, its lines from their postings."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

_FIGURES: Final = """
with covered as (
  select dtr_id,
    coalesce(sum(amount) filter (where kind = 'earnings'), 0.00) as earned,
    coalesce(sum(amount) filter (where kind = 'charge'), 0.00) as charges,
    coalesce(sum(amount) filter (where kind = 'interim_payment'), 0.00) as interim_payments,
    coalesce(sum(amount) filter (where kind = 'credit'), 0.00) as credits,
    coalesce(sum(amount) filter (where kind = 'adjustment'), 0.00) as adjustments,
    coalesce(sum(amount) filter (where kind = 'recovered'), 0.00) as recovered,
    coalesce(sum(amount) filter (where kind = 'netted_in'), 0.00) as netted_in,
    coalesce(sum(amount) filter (where kind = 'credit_paid'), 0.00) as credits_paid
  from dtr_lines where company_id = %(company)s::uuid group by dtr_id
), compared as (
  select d.*, p.carried_forward as carried_before,
    coalesce(c.earned, 0.00) as earned_c, coalesce(c.charges, 0.00) as charges_c,
    coalesce(c.interim_payments, 0.00) as interim_c, coalesce(c.credits, 0.00) as credits_c,
    coalesce(c.adjustments, 0.00) as adjustments_c, coalesce(c.recovered, 0.00) as recovered_c,
    coalesce(c.netted_in, 0.00) as netted_in_c, coalesce(c.credits_paid, 0.00) as credits_paid_c
  from dtrs d left join covered c on c.dtr_id = d.id
  left join dtrs p on p.company_id = d.company_id and p.id = d.previous_id
  where d.company_id = %(company)s::uuid
), told as (
  select number, concat_ws('; ',
    case when earned <> earned_c then 'earned ' || earned || ', its lines say ' || earned_c end,
    case when charges <> charges_c then 'charges ' || charges || ', its lines say ' || charges_c end,
    case when interim_payments <> interim_c
      then 'interim payments ' || interim_payments || ', its lines say ' || interim_c end,
    case when credits <> credits_c then 'credits ' || credits || ', its lines say ' || credits_c end,
    case when adjustments <> adjustments_c
      then 'adjustments ' || adjustments || ', its lines say ' || adjustments_c end,
    case when recovered <> recovered_c then 'recovered ' || recovered || ', its lines say ' || recovered_c end,
    case when netted_in <> netted_in_c then 'netted in ' || netted_in || ', its lines say ' || netted_in_c end,
    case when credits_paid <> credits_paid_c
      then 'credits paid ' || credits_paid || ', its lines say ' || credits_paid_c end,
    case when prior_balance <> coalesce(carried_before, 0)
      then 'prior balance ' || prior_balance || ', carried forward before ' || coalesce(carried_before, 0.00) end,
    case when owed <> prior_balance + charges - interim_payments - credits - adjustments
      then 'owed does not add up' end,
    case when gross <> greatest(earned, 0) then 'gross is not what was earned' end,
    case when recovered > least(gross - protected, owed)
      then 'recovered is above the least of gross, owed and what is not protected' end,
    case when due_to_driver <> gross - recovered + credits_paid - netted_out
      or carried_forward <> owed - recovered - netted_in or net <> due_to_driver - carried_forward
      then 'net does not add up' end) as wrong
  from compared
)
select number, wrong from told where wrong <> '' order by number
"""
_LINES: Final = """
with moved as (
  select l.id, l.kind, l.amount, d.number, e.event,
    case
      when l.kind in ('earnings', 'credit_paid') then (select -sum(p.amount) from ledger_postings p
        join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
        where p.company_id = l.company_id and p.entry_id = l.entry_id and a.code = 'driver_earnings_payable')
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
# What a driver's leases take from one another: what each DTR's earnings paid elsewhere; per driver and week both sides.
_NETTED: Final = """
with given as (
  select e.operation_id as id, sum(-p.amount) as amount from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id and p.obligation_id is not null
  where e.company_id = %(company)s::uuid and e.event = 'earnings_netted' group by e.operation_id
)
select d.number, 'netted out ' || d.netted_out || ', its entries say ' || coalesce(g.amount, 0.00)
from dtrs d left join given g on g.id = d.id
where d.company_id = %(company)s::uuid and d.netted_out <> coalesce(g.amount, 0)
union all
select min(d.number),
  'the driver''s DTRs of the week netted ' || sum(d.netted_out) || ' out, ' || sum(d.netted_in) || ' in'
from dtrs d where d.company_id = %(company)s::uuid
group by d.customer_id, d.week having sum(d.netted_out) <> sum(d.netted_in)
order by 1
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
# Against which account earnings stand: clearing, but for card fees that drivers bear, and what the opening brought.
_AGAINST: Final = """
with expected as (
  select e.id, e.week, e.gross, e.currency, e.entry_id, case
    when n.event = 'opening_balance' then 'opening_balances'
    when e.kind = 'card_fee' then 'card_fees_recovered' else 'earnings_clearing' end as code
  from lease_earnings e
  join ledger_entries n on n.company_id = e.company_id and n.id = e.entry_id
  where e.company_id = %(company)s::uuid
), posted as (
  select x.id, coalesce(sum(p.amount), 0.00) as amount
  from expected x
  left join ledger_accounts a on a.company_id = %(company)s::uuid and a.code = x.code and a.currency = x.currency
  left join ledger_postings p on p.company_id = a.company_id and p.entry_id = x.entry_id and p.account_id = a.id
  group by x.id
)
select 'earnings of ' || x.week || ' (' || x.id || ')',
  x.gross || ' of them stand on ' || x.code || ', their entry says ' || p.amount
from expected x join posted p on p.id = x.id where x.gross <> p.amount
union all
select 'earnings clearing ' || c.currency, 'imported rows put ' || c.posted || ' on it, they are ' || c.kept
from (
  select coalesce(p.currency, k.currency) as currency,
    coalesce(p.amount, 0.00) as posted, coalesce(k.amount, 0.00) as kept
  from (
    select a.currency, sum(p.amount) as amount from ledger_accounts a
    join ledger_postings p on p.company_id = a.company_id and p.account_id = a.id
    join ledger_entries n on n.company_id = p.company_id and n.id = p.entry_id and n.source_type = 'ledger.earning'
    where a.company_id = %(company)s::uuid and a.code = 'earnings_clearing' group by a.currency
  ) p
  full join (
    select e.currency, sum(e.gross) as amount from lease_earnings e
    join ledger_entries n on n.company_id = e.company_id and n.id = e.entry_id and n.event <> 'opening_balance'
    where e.company_id = %(company)s::uuid and e.status = 'credited' and e.kind <> 'card_fee' group by e.currency
  ) k on k.currency = p.currency
) c
where c.posted <> c.kept
order by 1
"""
_PAID: Final = """
with posted as (
  select split_part(source_id, '/', 1) as dtr,
    count(*) filter (where event = 'dtr_paid_out') as sent, count(*) filter (where event = 'payout_returned') as back
  from ledger_entries where company_id = %(company)s::uuid and source_type = 'ledger.dtr' group by 1
)
select d.number, 'is ' || d.status || ' after ' || d.returned_payouts || ' payouts that came back, but '
  || coalesce(p.sent, 0) || ' payouts and ' || coalesce(p.back, 0) || ' returns are posted'
from dtrs d left join posted p on p.dtr = d.id::text
where d.company_id = %(company)s::uuid and (coalesce(p.back, 0) <> d.returned_payouts
  or coalesce(p.sent, 0) <> d.returned_payouts + case when d.status = 'Paid' then 1 else 0 end)
order by 1
"""
# The same for all drivers together, by what fell due until the last settled Sunday (docs/domain.md#dtr-formula).
_OWED: Final = """
with sunday as (
  select max(settled_on) as day from dtrs where company_id = %(company)s::uuid
), due as (
  select o.id, o.outstanding, exists (select 1 from dtr_lines l
      where l.company_id = o.company_id and l.obligation_id = o.id and l.kind = 'charge') as entered
  from ledger_obligations o
  join drivers r on r.company_id = o.company_id and r.customer_id = o.customer_id
  join companies c on c.id = o.company_id
  cross join sunday
  where o.company_id = %(company)s::uuid and o.lease_id is not null and o.currency = c.base_currency
    and o.due_date <= sunday.day
), carried as (
  select coalesce(sum(carried_forward), 0.00) as total from (
    select distinct on (lease_id, customer_id) carried_forward from dtrs
    where company_id = %(company)s::uuid order by lease_id, customer_id, week desc) last
), since as (
  select coalesce(sum(p.amount), 0.00) as total
  from ledger_postings p join due on due.id = p.obligation_id and due.entered
  where p.company_id = %(company)s::uuid
    and not exists (select 1 from dtr_lines l where l.company_id = p.company_id and l.entry_id = p.entry_id)
), told as (
  select carried.total as carried, since.total as moved,
    (select coalesce(sum(outstanding), 0.00) from due where not entered) as fresh,
    (select coalesce(sum(outstanding), 0.00) from due) as owed
  from carried, since
)
select 'what leases owe', 'carried forward ' || carried || ', moved by ' || moved || ' since and ' || fresh
  || ' in no DTR, but the obligations owe ' || owed
from told where carried + moved + fresh <> owed
"""
_PAYABLE: Final = """
with posted as (
  select a.currency, e.customer_id, -sum(p.amount) as total from ledger_accounts a
  join ledger_postings p on p.company_id = a.company_id and p.account_id = a.id
  join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
  where a.company_id = %(company)s::uuid and a.code = 'driver_earnings_payable' group by a.currency, e.customer_id
), kept as (
  select currency, customer_id, sum(amount) as total from (
    select currency, customer_id, gross as amount from lease_earnings
    where company_id = %(company)s::uuid and status = 'credited' and dtr_id is null
    union all
    select currency, customer_id, due_to_driver from dtrs where company_id = %(company)s::uuid and status <> 'Paid'
  ) k group by currency, customer_id
), compared as (
  select coalesce(p.currency, k.currency) as currency, coalesce(p.customer_id, k.customer_id) as customer_id,
    coalesce(p.total, 0.00) as posted, coalesce(k.total, 0.00) as kept
  from posted p full join kept k on k.currency = p.currency and k.customer_id = p.customer_id
)
select 'driver earnings payable ' || c.currency || ' of ' || coalesce(u.name, 'nobody'),
  'the account stands at ' || c.posted || ', earnings that wait and DTRs that are not paid out at ' || c.kept
from compared c left join customers u on u.company_id = %(company)s::uuid and u.id = c.customer_id
where c.posted <> c.kept order by 1
"""


def register_settlement_checks() -> None:
    """What the settlement adds to `verify_ledger`; once, when the app is ready."""
    for name, statement in (
        ("DTRs add up", _FIGURES),
        ("DTR lines are what their entries say", _LINES),
        ("DTRs carry forward what is owed", _CARRIED),
        ("leases owe what DTRs carry and what is new", _OWED),
        ("what is netted is netted once", _NETTED),
        ("earnings are credited, and covered once", _EARNINGS),
        ("earnings stand against what they are", _AGAINST),
        ("DTRs are paid out once, and again when it came back", _PAID),
        ("driver earnings payable is what drivers are owed", _PAYABLE),
    ):
        register(name, by_statement(statement))
