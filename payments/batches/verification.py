"""What batches add to `verify_ledger`: every row and every cent of a file is accounted for.

Rule: docs/domain.md#batches.
"""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

# rows = payments + errors + unmatched + cancelled + held + known + money out + pending, in number and in amount.
_COUNTS: Final = """
with counted as (
  select batch_id, count(*) as total, count(*) filter (where status = 'succeeded') as succeeded,
    count(*) filter (where status = 'failed') as failed, count(*) filter (where status = 'unmatched') as unmatched,
    count(*) filter (where status = 'cancelled') as cancelled, count(*) filter (where status = 'held') as held,
    count(*) filter (where status = 'known') as known, count(*) filter (where status = 'money_out') as money_out
  from payment_batch_rows where company_id = %(company)s::uuid group by batch_id
)
select 'batch ' || b.number, 'counts ' || concat_ws(' + ', b.succeeded_rows, b.failed_rows, b.unmatched_rows,
    b.cancelled_rows, b.held_rows, b.known_rows, b.money_out_rows) || ' of ' || b.total_rows || ', its rows '
    || concat_ws(' + ', c.succeeded, c.failed, c.unmatched, c.cancelled, c.held, c.known, c.money_out) || ' of '
    || coalesce(c.total, 0)
from payment_batches b left join counted c on c.batch_id = b.id
where b.company_id = %(company)s::uuid and (b.total_rows, b.succeeded_rows, b.failed_rows, b.unmatched_rows,
    b.cancelled_rows, b.held_rows, b.known_rows, b.money_out_rows) is distinct from (c.total, c.succeeded, c.failed,
    c.unmatched, c.cancelled, c.held, c.known, c.money_out)
order by 1
"""
# What the file said, whatever was repaired of its rows since (ADR 58).
_AMOUNTS: Final = """
with said as (
  select b.id, b.number, coalesce(t->>'currency', '') as currency, (t->>'rows')::bigint as rows,
    (t->>'amount')::numeric as amount
  from payment_batches b cross join jsonb_array_elements(b.totals) t where b.company_id = %(company)s::uuid
), held as (
  select r.batch_id as id, f.currency, count(*) as rows, coalesce(sum(f.amount), 0) as amount
  from payment_batch_rows r
  cross join lateral (select case when r.repairs > 0 then r.file_amount else r.amount end as amount,
    case when r.repairs > 0 then r.file_currency else r.currency end as currency) f
  where r.company_id = %(company)s::uuid group by r.batch_id, f.currency
)
select 'batch ' || coalesce(s.number, h.id::text), 'its file has ' || coalesce(s.amount, 0) || ' '
    || coalesce(s.currency, h.currency) || ', its rows ' || coalesce(h.amount, 0)
from said s full join held h on h.id = s.id and h.currency = s.currency
where (s.rows, s.amount) is distinct from (h.rows, h.amount)
order by 1
"""
_PAID: Final = """
select 'batch row ' || b.number || '/' || r.row_no, 'has ' || r.amount || ' ' || r.currency || ', its payment '
    || p.amount || ' ' || p.currency
from payment_batch_rows r
join payment_batches b on b.company_id = r.company_id and b.id = r.batch_id
join payments p on p.company_id = r.company_id and p.id = r.payment_id
where r.company_id = %(company)s::uuid and r.status = 'succeeded' and b.source_type <> 'bank_feed'
  and (r.amount, r.currency) is distinct from (p.amount, p.currency)
order by 1
"""


def register_batch_checks() -> None:
    """Once, when the app is ready."""
    for name, statement in (
        ("batches count their rows", _COUNTS),
        ("batches account for every cent of their files", _AMOUNTS),
        ("rows of batches are paid in full", _PAID),
    ):
        register(name, by_statement(statement))
