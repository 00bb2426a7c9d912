"""What must agree about credit memos, recomputed for `verify_ledger` (docs/domain.md#credit-memos)."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

_MEMOS: Final = """
with applied as (
  select memo_id as id, sum(amount) as total from payment_allocations
  where company_id = %(company)s::uuid and memo_id is not null and status = 'active' group by memo_id
), refunded as (
  select r.memo_id as id, sum(r.amount) as total from credit_memo_refunds r
  where r.company_id = %(company)s::uuid and not exists (select from disbursements d
    where d.company_id = r.company_id and d.entry_id = r.entry_id and d.status = 'stopped')
  group by r.memo_id
), debited as (
  select memo_id as id, sum(amount) as total, sum(voided) as voided from credit_memo_lines
  where company_id = %(company)s::uuid group by memo_id
), paid as (
  select split_part(e.source_id, '/', 1)::uuid as id, sum(p.amount) as total
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id and p.item_id is not null
  where e.company_id = %(company)s::uuid and e.source_type = 'payments.credit_memo'
    and e.event = 'credit_paid_out'
  group by 1
), held as (
  select subject_id::uuid as id, sum(amount) as total from approvals
  where company_id = %(company)s::uuid and kind = 'credit_refund' and status = 'pending_approval'
  group by subject_id
)
select 'credit memo ' || m.number, 'is ' || m.amount || ' less ' || m.discount_amount || ' discount: '
    || m.applied || ' applied + ' || m.refunded || ' refunded + ' || m.paid_out || ' paid in DTRs + ' || m.voided
    || ' voided + ' || m.left || ' left; its rows say ' || coalesce(a.total, 0.00) || ' applied, '
    || coalesce(r.total, 0.00) || ' refunded, ' || coalesce(p.total, 0.00) || ' paid, ' || coalesce(d.total, 0.00)
    || ' debited, ' || coalesce(h.total, 0.00) || ' reserved of ' || m.reserved
from credit_memos m
left join applied a on a.id = m.id
left join refunded r on r.id = m.id
left join debited d on d.id = m.id
left join paid p on p.id = m.id
left join held h on h.id = m.id
where m.company_id = %(company)s::uuid and (
  m.amount - m.discount_amount <> m.applied + m.refunded + m.paid_out + m.voided + m.left
  or m.applied <> coalesce(a.total, 0) or m.refunded <> coalesce(r.total, 0)
  or m.paid_out <> coalesce(p.total, 0) or m.amount <> coalesce(d.total, 0)
  or m.reserved <> coalesce(h.total, 0)
  or coalesce(d.voided, 0) not between m.voided and m.voided + m.discount_amount)
order by m.number_order
"""
_CREDITS: Final = """
with posted as (
  select p.item_id as id, -sum(p.amount) as credit
  from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'customer_credits'
  where p.company_id = %(company)s::uuid
  group by p.item_id
)
select case when m.id is null then 'customer credits' else 'credit memo ' || m.number end,
  case when m.id is null then coalesce(t.credit, 0.00) || ' is posted for no credit memo'
    else m.left || ' left, postings say ' || coalesce(t.credit, 0.00) end
from (select * from credit_memos where company_id = %(company)s::uuid) m full join posted t on t.id = m.id
where coalesce(m.left, 0) <> coalesce(t.credit, 0)
order by 1
"""
_ITEMS: Final = """
with told as (
  select m.obligation_id as id, sum(l.amount - l.voided) as credited
  from credit_memos m join credit_memo_lines l on l.company_id = m.company_id and l.memo_id = m.id
  where m.company_id = %(company)s::uuid and m.obligation_id is not null
  group by m.obligation_id
)
select o.category || ' ' || o.reference_id,
  o.credited || ' credited, its credit memos say ' || coalesce(t.credited, 0.00)
from ledger_obligations o left join told t on t.id = o.id
where o.company_id = %(company)s::uuid and o.credited <> coalesce(t.credited, 0)
order by 1
"""
_POSTED: Final = """
select 'credit memo ' || m.number, 'debited ' || m.amount || ', posted ' || coalesce(sum(p.amount), 0.00)
from credit_memos m
left join ledger_postings p on p.company_id = m.company_id and p.entry_id = m.entry_id and p.amount > 0
where m.company_id = %(company)s::uuid
group by m.id, m.number, m.number_order, m.amount
having m.amount <> coalesce(sum(p.amount), 0)
order by m.number_order
"""


def register_credit_checks() -> None:
    """What credit memos add to `verify_ledger`; once, when the app is ready."""
    for name, statement in (
        ("credit memos are applied, refunded, paid in DTRs, voided or left", _MEMOS),
        ("customer credits are what credit memos have left", _CREDITS),
        ("obligations are credited as their credit memos say", _ITEMS),
        ("credit memos debit what they were posted with", _POSTED),
    ):
        register(name, by_statement(statement))
