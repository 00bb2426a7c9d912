"""Payouts, checked against what posted (docs/domain.md#payout-batches)."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

# What orders take of each DTR that a payout covers.
_KEPT: Final = """
with kept as (
  select item_id, sum(amount) as amount from payout_deductions
  where company_id = %(company)s::uuid group by item_id
)
"""
_BATCHES: Final = f"""{_KEPT}
select 'payout batch ' || b.number, 'is of ' || b.total || ' to ' || b.payout_count || ' payees, its payouts are '
  || coalesce(sum(p.amount), 0.00) || ' to ' || count(p.id)
from payout_batches b left join payouts p on p.company_id = b.company_id and p.batch_id = b.id
where b.company_id = %(company)s::uuid
group by b.company_id, b.id having b.total <> coalesce(sum(p.amount), 0) or b.payout_count <> count(p.id)
union all
select 'payout ' || p.place || ' of ' || b.number, 'is of ' || p.amount || ', it covers '
  || coalesce(sum(i.amount), 0.00) || ' less ' || coalesce(sum(k.amount), 0.00) || ' that orders take'
from payouts p join payout_batches b on b.company_id = p.company_id and b.id = p.batch_id
left join payout_items i on i.company_id = p.company_id and i.payout_id = p.id
left join kept k on k.item_id = i.id
where p.company_id = %(company)s::uuid
group by p.company_id, p.id, b.number
having p.amount <> coalesce(sum(i.amount), 0) - coalesce(sum(k.amount), 0)
order by 1
"""  # noqa: S608 - fixed text
# What a payout says of a DTR, and what the DTR says.
_COVERED: Final = """
select d.number, case
    when i.state = 'sent' and d.status <> 'Paid' then 'a payout that was sent covers it, but it is ' || d.status
    when i.state = 'reserved' and d.status = 'Paid' then 'a batch has reserved it, but it is paid'
    else 'payout ' || i.attempt || ' covers ' || i.amount || ', due are ' || d.due_to_driver || ' after '
      || d.returned_payouts || ' payouts that came back' end
from payout_items i join dtrs d on d.company_id = i.company_id and d.id = i.dtr_id
where i.company_id = %(company)s::uuid and (
  (i.state in ('reserved', 'sent') and i.amount <> d.due_to_driver)
  or (i.state = 'sent' and (d.status <> 'Paid' or i.attempt <> d.returned_payouts + 1))
  or (i.state = 'reserved' and d.status = 'Paid')
  or (i.state = 'returned' and i.attempt > d.returned_payouts))
union all
select 'payout batch ' || b.number, 'is ' || b.status || ', but what it covers is ' || i.state
from payout_batches b
join payouts p on p.company_id = b.company_id and p.batch_id = b.id
join payout_items i on i.company_id = p.company_id and i.payout_id = p.id
where b.company_id = %(company)s::uuid and (
  (b.status in ('draft', 'approved', 'built')) <> (i.state = 'reserved')
  or (b.status = 'undone') <> (i.state = 'undone'))
order by 1
"""
# Each payout that was sent has its entry and its payment out, of the same amount.
_POSTED: Final = f"""{_KEPT}
select 'payout ' || p.place || ' of ' || b.number, case when e.id is null then 'was sent, and nothing is posted'
  else 'covers ' || i.amount || ' less ' || coalesce(k.amount, 0.00) || ' that orders take, paid out are '
    || coalesce(x.amount, 0.00) end
from payout_items i
join payouts p on p.company_id = i.company_id and p.id = i.payout_id
join payout_batches b on b.company_id = p.company_id and b.id = p.batch_id
left join ledger_entries e on e.company_id = i.company_id and e.source_type = 'ledger.dtr' and e.event = 'dtr_paid_out'
  and e.source_id = case when i.attempt = 1 then i.dtr_id::text else i.dtr_id || '/' || i.attempt end
left join disbursements x on x.company_id = e.company_id and x.entry_id = e.id
left join kept k on k.item_id = i.id
where i.company_id = %(company)s::uuid and i.state in ('sent', 'returned')
  and (e.id is null or x.amount is distinct from i.amount - coalesce(k.amount, 0))
order by 1
"""  # noqa: S608 - fixed text
# What payouts owe a creditor is what they keep for its orders, as far as they were sent and did not come back.
_OWED: Final = """
with posted as (
  select a.code, -sum(p.amount) as amount
  from ledger_postings p
  join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id and e.source_type = 'ledger.dtr'
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
  where p.company_id = %(company)s::uuid and a.code like 'deductions\\_payable:%%'
  group by a.code
), sent as (
  select 'deductions_payable:' || o.creditor_code as code, sum(k.amount) as amount
  from payout_deductions k
  join payout_items i on i.company_id = k.company_id and i.id = k.item_id and i.state = 'sent'
  join payout_orders o on o.company_id = k.company_id and o.id = k.order_id
  where k.company_id = %(company)s::uuid
  group by o.creditor_code
)
select 'account ' || coalesce(p.code, s.code), 'payouts post ' || coalesce(p.amount, 0.00) || ' there, orders took '
  || coalesce(s.amount, 0.00)
from posted p full join sent s on s.code = p.code
where coalesce(p.amount, 0) <> coalesce(s.amount, 0)
union all
select 'order ' || o.reference, 'is of ' || o.total || ' in all, payouts took ' || sum(k.amount)
from payout_orders o
join payout_deductions k on k.company_id = o.company_id and k.order_id = o.id
join payout_items i on i.company_id = k.company_id and i.id = k.item_id and i.state in ('reserved', 'sent')
where o.company_id = %(company)s::uuid and o.total is not null
group by o.company_id, o.id having sum(k.amount) > o.total
order by 1
"""


def register_paying_checks() -> None:
    """Once, when the app is ready."""
    register("payout batches are their payouts", by_statement(_BATCHES))
    register("payouts cover what their DTRs say", by_statement(_COVERED))
    register("payouts that were sent are posted", by_statement(_POSTED))
    register("what orders take of payouts is owed to creditors", by_statement(_OWED))
