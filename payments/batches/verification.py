"""What batches add to `verify_ledger`: every row and every cent of a file is accounted for.

Rule: docs/domain.md#batches.
"""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

# rows = payments + errors + unmatched + cancelled + held + pending, in number and in amount.
_COUNTS: Final = """
with counted as (
  select batch_id, count(*) as total, count(*) filter (where status = 'succeeded') as succeeded,
    count(*) filter (where status = 'failed') as failed, count(*) filter (where status = 'unmatched') as unmatched,
    count(*) filter (where status = 'cancelled') as cancelled, count(*) filter (where status = 'held') as held
  from payment_batch_rows where company_id = %(company)s::uuid group by batch_id
)
select 'batch ' || b.number, 'counts ' || concat_ws(' + ', b.succeeded_rows, b.failed_rows, b.unmatched_rows,
    b.cancelled_rows, b.held_rows) || ' of ' || b.total_rows || ', its rows '
    || concat_ws(' + ', c.succeeded, c.failed, c.unmatched, c.cancelled, c.held) || ' of ' || coalesce(c.total, 0)
from payment_batches b left join counted c on c.batch_id = b.id
where b.company_id = %(company)s::uuid and (b.total_rows, b.succeeded_rows, b.failed_rows, b.unmatched_rows,
    b.cancelled_rows, b.held_rows) is distinct from (c.total, c.succeeded, c.failed, c.unmatched, c.cancelled, c.held)
order by 1
"""
_AMOUNTS: Final = """
with said as (
  select b.id, b.number, coalesce(t->>'currency', '') as currency, (t->>'rows')::bigint as rows,
    (t->>'amount')::numeric as amount
  from payment_batches b cross join jsonb_array_elements(b.totals) t where b.company_id = %(company)s::uuid
), held as (
  select batch_id as id, currency, count(*) as rows, coalesce(sum(amount), 0) as amount
  from payment_batch_rows where company_id = %(company)s::uuid group by batch_id, currency
)
select 'batch ' || coalesce(s.number, h.id::text), 'its file has ' || coalesce(s.amount, 0) || ' '
    || coalesce(s.currency, h.currency) || ', its rows ' || coalesce(h.amount, 0)
from said s full join held h on h.id = s.id and h.currency = s.currency
where (s.rows, s.amount) is distinct from (h.rows, h.amount)
order by 1
"""
_PAID: Final = """
select 'batch row ' || b.number || '/' || r.row_no, 'has ' || r.amount || ' ' || r.currency || ', '
    || case when p.id is not null then 'its payment ' || p.amount || ' ' || p.currency
       when u.id is not null then 'its receipt ' || u.amount || ' ' || u.currency else 'but no receipt' end
from payment_batch_rows r
join payment_batches b on b.company_id = r.company_id and b.id = r.batch_id
left join payments p on p.company_id = r.company_id and p.id = r.payment_id
left join unidentified_receipts u on u.company_id = r.company_id and u.batch_id = r.batch_id and u.row_no = r.row_no
where r.company_id = %(company)s::uuid and r.status in ('succeeded', 'unmatched')
  and (r.amount, r.currency) is distinct from (coalesce(p.amount, u.amount), coalesce(p.currency, u.currency))
order by 1
"""
_UNIDENTIFIED: Final = """
with posted as (
  select a.currency, -sum(p.amount) as amount from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'unidentified_receipts'
  where p.company_id = %(company)s::uuid group by a.currency
), open as (
  select currency, sum(amount) as amount from unidentified_receipts
  where company_id = %(company)s::uuid and status = 'open' group by currency
)
select 'unidentified receipts ' || currency,
  'the account stands at ' || coalesce(p.amount, 0.00) || ', open receipts at ' || coalesce(o.amount, 0.00)
from posted p full join open o using (currency)
where coalesce(p.amount, 0) <> coalesce(o.amount, 0)
"""


def register_batch_checks() -> None:
    """Once, when the app is ready."""
    for name, statement in (
        ("batches count their rows", _COUNTS),
        ("batches account for every cent of their files", _AMOUNTS),
        ("rows of batches are paid in full", _PAID),
        ("unidentified receipts are what their account says", _UNIDENTIFIED),
    ):
        register(name, by_statement(statement))
