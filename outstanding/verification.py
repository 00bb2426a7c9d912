"""What outstanding amounts add to `verify_ledger`."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

_INSTALLMENTS: Final = """
select 'premium installment ' || coalesce(i.id::text, o.reference_id), case
    when i.id is null then 'its obligation has no installment'
    when o.id is null then 'it has no obligation of its own'
    when i.amount <> o.original then 'it is ' || i.amount || ', its obligation ' || o.original
    when i.due_date <> o.due_date then 'it is due ' || i.due_date || ', its obligation ' || o.due_date
    else 'it is of another customer or currency than its obligation' end
from (
  select i.*, r.customer_id, r.currency from customer_installments i
  join renewal_cases r on r.company_id = i.company_id and r.id = i.renewal_case_id
  where i.company_id = %(company)s::uuid
) i full join (
  select * from ledger_obligations where company_id = %(company)s::uuid and source_type = 'outstanding.installment'
) o on o.id = i.obligation_id and o.source_id = i.id::text
where i.id is null or o.id is null or i.amount <> o.original or i.due_date <> o.due_date
   or i.customer_id <> o.customer_id or i.currency <> o.currency
"""
_COVERS: Final = """
select 'payment plan ' || p.id, concat_ws('; ',
    case when s.rows <> p.installment_count then 'it has ' || s.rows || ' rows instead of ' || p.installment_count end,
    case when s.total <> p.total_amount then 'its rows sum to ' || s.total || ' instead of ' || p.total_amount end,
    case when s.uncovered <> 0 then s.uncovered || ' rows cover another amount than their own' end,
    case when s.foreign_items <> 0 then s.foreign_items || ' items cover no debt of the case' end)
from payment_plans p
left join lateral (
  select count(*) as rows, coalesce(sum(s.amount), 0) as total,
         count(*) filter (where s.amount is distinct from t.covered) as uncovered,
         coalesce(sum(t.foreign_items), 0) as foreign_items
  from payment_schedules s
  left join lateral (
    select sum(t.amount) as covered, count(*) filter (where i.id is null) as foreign_items
    from payment_schedule_items t
    left join customer_installments i on i.company_id = t.company_id and i.obligation_id = t.obligation_id
      and i.renewal_case_id = p.renewal_case_id
    where t.company_id = s.company_id and t.schedule_id = s.id
  ) t on true
  where s.company_id = p.company_id and s.plan_id = p.id
) s on true
where p.company_id = %(company)s::uuid
  and (s.rows <> p.installment_count or s.total <> p.total_amount or s.uncovered <> 0 or s.foreign_items <> 0)
"""
_TOO_MUCH: Final = """
select 'obligation ' || o.reference_id, 'an active plan covers ' || t.covered || ' of its ' || o.original
from (
  select t.obligation_id, sum(t.amount) as covered
  from payment_plans p
  join payment_schedules s on s.company_id = p.company_id and s.plan_id = p.id
  join payment_schedule_items t on t.company_id = s.company_id and t.schedule_id = s.id
  where p.company_id = %(company)s::uuid and p.status = 'active'
  group by t.obligation_id
) t join ledger_obligations o on o.company_id = %(company)s::uuid and o.id = t.obligation_id
where t.covered > o.original
"""
_CASES: Final = """
select 'case ' || c.case_no, 'it is ' || c.state || ', but ' || coalesce(sum(o.outstanding), 0.00) || ' is outstanding'
from renewal_cases r
join cases c on c.company_id = r.company_id and c.id = r.id
join customer_installments i on i.company_id = r.company_id and i.renewal_case_id = r.id
join ledger_obligations o on o.company_id = i.company_id and o.id = i.obligation_id
where r.company_id = %(company)s::uuid and c.state <> 'Cancelled'
group by c.case_no, c.state
having (sum(o.outstanding) = 0) <> (c.state = 'Closed')
"""
_PAYMENTS: Final = """
select 'customer payment ' || v.transaction_id, case
    when t.open > 0 and v.finished_on is not null then 'it is ' || v.status || ', but rows wait for it'
    when t.total <> v.amount then 'its rows sum to ' || t.total || ' instead of ' || v.amount
    when v.status = 'completed' and p.amount <> v.settled_amount
      then v.settled_amount || ' were settled, its payment is ' || p.amount
    else 'its payment is of another customer' end
from customer_payments v
join renewal_cases r on r.company_id = v.company_id and r.id = v.renewal_case_id
left join payments p on p.company_id = v.company_id and p.id = v.payment_id
left join lateral (
  select coalesce(sum(t.amount), 0) as total, count(*) filter (where t.is_open) as open
  from customer_payment_items t where t.company_id = v.company_id and t.customer_payment_id = v.id
) t on true
where v.company_id = %(company)s::uuid and (
  (t.open > 0 and v.finished_on is not null) or t.total <> v.amount
  or (v.status = 'completed' and (p.amount <> v.settled_amount or p.customer_id <> r.customer_id)))
"""


_CANCELLATIONS: Final = """
with posted as (
  select i.renewal_case_id as id, -sum(p.amount) as credited
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id and p.obligation_id is not null
  join customer_installments i on i.company_id = p.company_id and i.obligation_id = p.obligation_id
  where e.company_id = %(company)s::uuid and e.source_type = 'outstanding.cancellation'
  group by i.renewal_case_id
)
select 'case ' || c.case_no, case
    when v.id is null then coalesce(p.credited, 0.00) || ' is credited as unearned, but it was never canceled'
    when c.state <> 'Cancelled' then 'it was canceled, but is ' || c.state
    else v.credited || ' was credited as unearned, its entries say ' || coalesce(p.credited, 0.00) end
from cases c
join renewal_cases r on r.company_id = c.company_id and r.id = c.id
left join renewal_cancellations v on v.company_id = c.company_id and v.renewal_case_id = c.id
left join posted p on p.id = c.id
where c.company_id = %(company)s::uuid and (v.id is not null or p.id is not null)
  and (v.id is null or c.state <> 'Cancelled' or v.credited <> coalesce(p.credited, 0))
order by 1
"""


_PREMIUMS: Final = """
with posted as (
  select e.source_id, sum(p.amount) as amount
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'premiums_payable'
  where e.company_id = %(company)s::uuid and e.source_type = 'outstanding.premium'
  group by e.source_id
)
select m.kind || ' of policy ' || r.policy_number,
  m.amount || case when m.is_voided then ', voided' else '' end || ', postings say ' || coalesce(p.amount, 0.00)
from premium_moves m
join renewal_cases r on r.company_id = m.company_id and r.id = m.renewal_case_id
left join posted p on p.source_id = m.id::text
where m.company_id = %(company)s::uuid
  and case when m.is_voided then 0 when m.kind = 'given_back' then -m.amount else m.amount end <> coalesce(p.amount, 0)
order by 1
"""


_GIVEN_BACK: Final = """
select 'policy ' || r.policy_number, case
    when m.kept < 0 then -m.kept || ' more commission was given back than taken'
    else 'commission was given back, but it was never canceled' end
from (
  select renewal_case_id as id, bool_or(kind = 'given_back') as given_back,
    sum(case kind when 'commission' then amount when 'given_back' then -amount else 0 end) as kept
  from premium_moves where company_id = %(company)s::uuid and not is_voided
  group by renewal_case_id
) m
join renewal_cases r on r.company_id = %(company)s::uuid and r.id = m.id
left join renewal_cancellations v on v.company_id = r.company_id and v.renewal_case_id = r.id
where m.kept < 0 or (m.given_back and v.id is null)
order by 1
"""


def register_outstanding_checks() -> None:
    """Register every check, once, when the app is ready."""
    for name, statement in (
        ("premium installments and their obligations agree", _INSTALLMENTS),
        ("payment plans cover what they say", _COVERS),
        ("active plans cover no more than was owed", _TOO_MUCH),
        ("renewal cases are closed when nothing is outstanding", _CASES),
        ("canceled policies were credited as they say", _CANCELLATIONS),
        ("customer payments agree with their rows and payments", _PAYMENTS),
        ("premiums are passed on as their postings say", _PREMIUMS),
        ("commission is given back of what was taken, for a policy that was canceled", _GIVEN_BACK),
    ):
        register(name, by_statement(statement))
