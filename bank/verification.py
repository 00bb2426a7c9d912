"""What the bank's word adds to `verify_ledger`: the books are the bank's (docs/domain.md#bank-proof)."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

# The sources of entries that say what an account began with: `bank.postings.OPENED_BY`.
_OPENED_BY: Final = "'ledger.opening_line', 'bank.cut_over'"
_LINES: Final = """
select 'statement line ' || l.id, case when e.id is null then 'is booked without an entry'
    else 'says ' || l.direction || ' ' || l.amount || ', its entry ' || coalesce(sum(p.amount), 0.00) end
from bank_statement_lines l
left join ledger_entries e on e.company_id = l.company_id and e.id = l.entry_id
left join bank_accounts b on b.company_id = l.company_id and b.id = l.bank_account_id
left join ledger_accounts a on a.company_id = l.company_id and a.code = 'bank:' || b.code and a.currency = l.currency
left join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id and p.account_id = a.id
where l.company_id = %(company)s::uuid and l.state in ('booked', 'withdrawn') and l.amount > 0
group by l.id, l.direction, l.amount, e.id
having e.id is null or coalesce(sum(p.amount), 0.00) <> case l.direction when 'in' then l.amount else -l.amount end
order by 1
"""
_ENTRIES: Final = """
select 'entry ' || e.id, 'posts to ' || a.code || ' without a line of a statement'
from ledger_postings p
join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code like 'bank:%%'
join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
where p.company_id = %(company)s::uuid and e.source_type not in ({opened_by})
  and not exists (select from bank_statement_lines l
    where l.company_id = p.company_id and e.id in (l.entry_id, l.withdrawn_entry_id)
      and e.source_type = 'bank.line' and e.source_id = l.id::text)
order by 1
""".replace("{opened_by}", _OPENED_BY)
_PARTS: Final = """
select 'statement line ' || l.id, 'is '
    || case l.state when 'withdrawn' then l.state else l.direction || ' ' || l.amount end || ', its parts sum to '
    || coalesce(sum(case p.direction when 'in' then p.amount else -p.amount end), 0.00)
from bank_statement_lines l
left join bank_line_parts p on p.company_id = l.company_id and p.line_id = l.id and p.status <> 'voided'
where l.company_id = %(company)s::uuid and l.state in ('booked', 'withdrawn')
group by l.id, l.direction, l.amount, l.state
having coalesce(sum(case p.direction when 'in' then p.amount else -p.amount end), 0.00)
    <> case when l.state = 'withdrawn' then 0 when l.direction = 'in' then l.amount else -l.amount end
order by 1
"""
_EXPLAINED: Final = """
select 'line part ' || p.id, 'is explained by ' || p.explained || ', its live explanations sum to '
    || coalesce(sum(x.amount), 0.00)
from bank_line_parts p
left join bank_explanations x on x.company_id = p.company_id and x.part_id = p.id and x.status = 'live'
where p.company_id = %(company)s::uuid
group by p.id, p.explained
having p.explained <> coalesce(sum(x.amount), 0.00)
order by 1
"""
_KNOWN: Final = """
select 'statement line ' || l.id, case when r.id is null then 'repeats a line that is not there'
    when r.bank_account_id <> l.bank_account_id then 'repeats a line of another account'
    when r.state in ('known', 'shown') then 'repeats a line that is ' || r.state
    else 'says ' || l.direction || ' ' || l.amount || ', the line that it repeats ' || r.direction || ' '
      || r.amount end
from bank_statement_lines l
left join bank_statement_lines r on r.company_id = l.company_id and r.id = l.same_as_id
where l.company_id = %(company)s::uuid and l.state = 'known'
  and (r.id is null or r.bank_account_id <> l.bank_account_id or r.state in ('known', 'shown')
    or (r.amount, r.direction) <> (l.amount, l.direction))
order by 1
"""
_ONCE: Final = """
select 'statement line ' || max(id::text), 'is booked ' || count(*) || ' times, by its identity'
from bank_statement_lines
where company_id = %(company)s::uuid and state in ('new', 'booked', 'waiting')
group by bank_account_id, identity having count(*) > 1
order by 1
"""
# A line counts where the first statement of the chain has it; a statement and its correction have one place.
_CLOSINGS: Final = """
with places as (
  select case l.state when 'known' then l.same_as_id else l.id end as line_id, min(s.chain_no) as chain_no
  from bank_statements s
  join bank_statement_lines l on l.company_id = s.company_id and l.statement_id = s.id
    and l.state in ('booked', 'known')
  where s.company_id = %(company)s::uuid and s.chain_no is not null
  group by 1
), moved as (
  select l.bank_account_id, p.chain_no, sum(g.amount) as net
  from places p
  join bank_statement_lines l on l.company_id = %(company)s::uuid and l.id = p.line_id and l.state = 'booked'
  join bank_accounts b on b.company_id = l.company_id and b.id = l.bank_account_id
  join ledger_accounts a on a.company_id = l.company_id and a.code = 'bank:' || b.code and a.currency = l.currency
  join ledger_postings g on g.company_id = l.company_id and g.entry_id = l.entry_id and g.account_id = a.id
  group by l.bank_account_id, p.chain_no
), opened as (
  select b.id as bank_account_id, coalesce(sum(p.amount), 0.00) as amount
  from bank_accounts b
  join ledger_accounts a on a.company_id = b.company_id and a.code = 'bank:' || b.code and a.currency = b.currency
  join ledger_postings p on p.company_id = a.company_id and p.account_id = a.id
  join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id and e.source_type in ({opened_by})
  where b.company_id = %(company)s::uuid
  group by b.id
), sums as (
  select s.id, s.is_proven, s.closing, s.currency,
    coalesce(o.amount, 0.00) + coalesce(sum(m.net) over (partition by s.bank_account_id order by s.chain_no), 0.00)
      as balance
  from bank_statements s
  left join moved m on m.bank_account_id = s.bank_account_id and m.chain_no = s.chain_no and s.status <> 'replaced'
  left join opened o on o.bank_account_id = s.bank_account_id
  where s.company_id = %(company)s::uuid and s.chain_no is not null
)
select 'statement ' || id, 'closes with ' || closing || ' ' || currency || ', the books have ' || balance
    || ' by its lines and those before it'
from sums where is_proven and closing <> balance
order by 1
""".replace("{opened_by}", _OPENED_BY)
_SELVES: Final = """
select 'statement ' || s.id, 'opens with ' || s.opening || ' and closes with ' || s.closing || ', its lines sum to '
    || coalesce(sum(case l.direction when 'in' then l.amount else -l.amount end), 0.00)
from bank_statements s
left join bank_statement_lines l on l.company_id = s.company_id and l.statement_id = s.id and l.kind = 'booked'
where s.company_id = %(company)s::uuid and s.is_proven
group by s.company_id, s.id
having s.opening + coalesce(sum(case l.direction when 'in' then l.amount else -l.amount end), 0.00) <> s.closing
order by 1
"""
_NUMBERS: Final = """
with numbered as (
  select id, has_gap, sequence_no, accepted_at, lag(sequence_no) over chain as before, period_from,
    lag(period_to) over chain as ended
  from bank_statements
  where company_id = %(company)s::uuid and chain_no is not null and status in ('booking', 'booked')
  window chain as (partition by bank_account_id order by chain_no)
)
select 'statement ' || id, 'has number ' || sequence_no || ' and comes after number ' || before
from numbered
where sequence_no ~ '^[0-9]{1,18}$' and before ~ '^[0-9]{1,18}$' and not has_gap
  and sequence_no::bigint <> before::bigint + 1
  and not (sequence_no::bigint = 1 and extract(year from period_from) > extract(year from ended))
order by 1
"""
_SUSPENSE: Final = """
with posted as (
  select a.code, a.currency, sum(p.amount) as amount from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
    and a.code in ('unidentified_receipts', 'unexplained_payments')
  where p.company_id = %(company)s::uuid group by a.code, a.currency
), open as (
  select case direction when 'in' then 'unidentified_receipts' else 'unexplained_payments' end as code, currency,
    sum(case direction when 'in' then explained - amount else amount - explained end) as amount
  from (
    select direction, currency, explained, amount from bank_line_parts
    where company_id = %(company)s::uuid and status = 'open'
  ) parts group by 1, 2
)
select code || ' ' || currency, 'the account stands at ' || coalesce(p.amount, 0.00) || ', its open parts at '
    || coalesce(o.amount, 0.00)
from posted p full join open o using (code, currency)
where coalesce(p.amount, 0) <> coalesce(o.amount, 0)
order by 1
"""
TRANSFER_SIDES: Final = """
  select x.source_id as transfer, 'bank:' || b.code as place, p.currency, x.part_id as part, null::uuid as entry,
    case p.direction when 'out' then x.amount else -x.amount end as amount, p.payment_date as day, x.created_at as at
  from bank_explanations x
  join bank_line_parts p on p.company_id = x.company_id and p.id = x.part_id
  join bank_accounts b on b.company_id = p.company_id and b.id = p.bank_account_id
  where x.company_id = %(company)s::uuid and x.kind = 'transfer' and x.status = 'live'
  union all
  select coalesce(e.operation_id::text, e.source_id),
    max(a.code) filter (where a.code <> 'transfers_in_transit'), e.currency, null, e.id,
    sum(p.amount) filter (where a.code = 'transfers_in_transit'), e.effective_on, e.posted_at
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
  where e.company_id = %(company)s::uuid and e.source_type = 'ledger.transfer' and e.reverses_id is null
    and not exists (select from ledger_entries r where r.company_id = e.company_id and r.reverses_id = e.id)
  group by e.id, e.operation_id, e.source_id, e.currency, e.effective_on, e.posted_at
"""
"""The sides of transfers between own places that are there: each by its transfer, above zero where money left."""
_TRANSFERS: Final = f"""
with sides as ({TRANSFER_SIDES}), transfers as (
  select transfer, currency, sum(amount) as amount, count(*) as sides from sides group by transfer, currency
)
select 'transfer ' || transfer, 'has ' || sides || ' sides that leave ' || amount
from transfers where sides > 2 or (sides = 2 and amount <> 0)
union all
select 'transfers_in_transit ' || currency, 'the account stands at ' || coalesce(p.amount, 0.00)
  || ', transfers with one side at ' || coalesce(t.amount, 0.00)
from (select currency, sum(amount) as amount from transfers group by currency) t
full join (
  select p.currency, sum(p.amount) as amount from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'transfers_in_transit'
  where p.company_id = %(company)s::uuid group by p.currency
) p using (currency)
where coalesce(p.amount, 0) <> coalesce(t.amount, 0)
order by 1
"""  # noqa: S608 - a constant
# What a payment can lie on; a query each, of ids with the payment that each names, if it names one.
_PLACES: Final = (
    """select id, payment_id as payment from bank_explanations where company_id = %(company)s::uuid
       and status = 'live' and kind in ('payment', 'known_payment', 'gateway')""",
    "select id, payment_id from bank_cut_over_items where company_id = %(company)s::uuid and is_live"
    " and payment_id is not null",
    "select id, null from bank_deposit_slips where company_id = %(company)s::uuid and status in ('closed', 'cleared')",
)
_AT_BANK: Final = f"""
with places as ({" union all ".join(_PLACES)})
select 'payment ' || p.number, 'lies on what does not name it'
from payments p left join places on places.id = p.at_bank_id
where p.company_id = %(company)s::uuid and p.at_bank_id is not null
  and (places.id is null or places.payment <> p.id)
union all
select 'payment ' || p.number, 'is named by the explanation ' || places.id || ' and does not lie on it'
from places join payments p on p.company_id = %(company)s::uuid and p.id = places.payment
where p.at_bank_id is distinct from places.id
order by 1
"""  # noqa: S608 - a constant
_GATEWAYS: Final = """
select 'explanation ' || x.id, 'took ' || coalesce(posted.amount, 0.00) || ' off cash, its payments sum to '
  || coalesce(paid.amount, 0.00)
from bank_explanations x
left join lateral (
  select -sum(p.amount) as amount from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code like 'cash:%%'
  where p.company_id = x.company_id and p.entry_id = x.entry_id
) posted on true
left join lateral (
  select sum(p.amount) as amount from payments p where p.company_id = x.company_id and p.at_bank_id = x.id
) paid on true
where x.company_id = %(company)s::uuid and x.kind = 'gateway' and x.status = 'live'
  and coalesce(posted.amount, 0) <> coalesce(paid.amount, 0)
order by 1
"""
_CLEARED: Final = """
select 'disbursement ' || d.id, case when x.id is null then 'cleared without a line'
  else 'is ' || d.status || ', and a line is explained by it' end
from disbursements d
left join bank_explanations x on x.company_id = d.company_id and x.disbursement_id = d.id
  and x.kind = 'disbursement' and x.status = 'live'
where d.company_id = %(company)s::uuid and (d.cleared_on is null) <> (x.id is null)
order by 1
"""
_BACK: Final = r"""
select 'disbursement ' || d.id, 'came back with ' || d.amount || ', deposits in transit have '
  || coalesce(posted.amount, 0.00) || case when x.id is null then '' else ' beside its line' end
from disbursements d
left join bank_explanations x on x.company_id = d.company_id and x.disbursement_id = d.id
  and x.kind = 'disbursement_return' and x.status = 'live'
left join lateral (
  select sum(p.amount) as amount from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
  where p.company_id = d.company_id and p.item_id = d.id and a.code like 'deposits\_in\_transit:%%'
) posted on true
where d.company_id = %(company)s::uuid and d.status = 'stopped' and d.cleared_on is not null
  and coalesce(posted.amount, 0) <> case when x.id is null then d.amount else 0 end
order by 1
"""

_ON_ITS_WAY: Final = r"""
with posted as (
  select p.item_id, a.code, sum(p.amount) as amount
  from ledger_postings p join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
  where p.company_id = %(company)s::uuid and a.code like 'deposits\_in\_transit:%%'
  group by p.item_id, a.code having sum(p.amount) <> 0
), expected as (
  select s.id as item_id, 'deposits_in_transit:' || b.code as code, s.amount
  from bank_deposit_slips s join bank_accounts b on b.company_id = s.company_id and b.id = s.bank_account_id
  where s.company_id = %(company)s::uuid and s.status = 'closed'
  union all
  select l.id, 'deposits_in_transit:' || (l.values->>'account'), l.amount
  from opening_lines l
  join opening_batches b on b.company_id = l.company_id and b.id = l.batch_id and b.status = 'locked'
  where l.company_id = %(company)s::uuid and l.kind = 'deposit_in_transit'
    and not exists (select from bank_explanations x where x.company_id = l.company_id and x.kind = 'opened'
      and x.status = 'live' and x.source_id = l.id::text)
)
select 'deposits in transit ' || coalesce(posted.item_id, expected.item_id),
  'on its way are ' || coalesce(expected.amount, 0.00) || ', postings say ' || coalesce(posted.amount, 0.00)
from posted full join expected using (item_id, code)
where coalesce(posted.amount, 0) <> coalesce(expected.amount, 0)
  and not exists (select from disbursements d
    where d.company_id = %(company)s::uuid and d.id = posted.item_id and d.status = 'stopped'
      and d.cleared_on is not null)
order by 1
"""
_CUT_OVERS: Final = """
with items as (
  select cut_over_id as id, sum(amount) as amount, count(*) as lines, bool_or(is_live) as stands,
    bool_and(is_live) as whole
  from bank_cut_over_items where company_id = %(company)s::uuid group by cut_over_id
), posted as (
  select e.operation_id as id, sum(p.amount) as amount
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code like 'bank:%%'
  where e.company_id = %(company)s::uuid and e.source_type = 'bank.cut_over' group by e.operation_id
)
select 'cut-over of ' || coalesce(c.day::text, p.id::text), case
    when c.id is null then 'is posted with ' || p.amount || ', and there is no such cut-over'
    else 'is ' || c.status || ' with ' || c.moved + c.others || ' in ' || c.item_count || ' items, its items say '
      || coalesce(i.amount, 0.00) || ' in ' || coalesce(i.lines, 0) || ', its entries ' || coalesce(p.amount, 0.00) end
from (select * from bank_cut_overs where company_id = %(company)s::uuid) c
full join posted p on p.id = c.id
left join items i on i.id = c.id
where c.id is null or coalesce(i.lines, 0) <> c.item_count or coalesce(i.amount, 0) <> c.moved + c.others
  or (c.status = 'live' and not i.whole) or (c.status = 'undone' and i.stands)
  or coalesce(p.amount, 0) <> case c.status when 'live' then c.moved + c.others else 0 end
order by 1
"""
_OPENED: Final = """
select 'line ' || l.place || ' of the opening', 'brought ' || l.amount || ', lines of statements are ' || sum(x.amount)
  || ' of it'
from opening_lines l
join bank_explanations x on x.company_id = l.company_id and x.kind = 'opened' and x.status = 'live'
  and x.source_id = l.id::text
where l.company_id = %(company)s::uuid
group by l.id, l.place, l.amount, l.kind
having sum(x.amount) > l.amount or (l.kind = 'deposit_in_transit' and sum(x.amount) <> l.amount)
order by 1
"""
_SLIPS: Final = """
with items as (
  select slip_id, sum(amount) filter (where kind = 'cash') as cash, sum(amount) filter (where kind = 'check') as checks
  from bank_deposit_slip_items where company_id = %(company)s::uuid group by slip_id
)
select 'deposit slip ' || s.number, 'has ' || s.cash || ' in cash and ' || s.checks || ' in checks, its items '
  || coalesce(i.cash, 0.00) || ' and ' || coalesce(i.checks, 0.00)
from bank_deposit_slips s left join items i on i.slip_id = s.id
where s.company_id = %(company)s::uuid and (s.cash <> coalesce(i.cash, 0) or s.checks <> coalesce(i.checks, 0))
union all
select 'deposit slip ' || s.number, 'is ' || s.status || ', payment ' || p.number || ' says '
  || coalesce(p.at_bank_id::text, 'that it is here')
from bank_deposit_slips s
join bank_deposit_slip_items i on i.company_id = s.company_id and i.slip_id = s.id and i.is_live
join payments p on p.company_id = i.company_id and p.id = i.payment_id
where s.company_id = %(company)s::uuid
  and ((s.status in ('closed', 'cleared')) <> (p.at_bank_id is not distinct from s.id) or p.amount <> i.amount)
union all
select 'deposit slip ' || s.number, case when s.status = 'cleared' then 'is at the bank without a line'
  else 'is ' || s.status || ', and a line is explained by it' end
from bank_deposit_slips s
where s.company_id = %(company)s::uuid and (s.status = 'cleared') <> exists (select from bank_explanations x
  where x.company_id = s.company_id and x.source_type = 'bank.deposit_slip' and x.source_id = s.id::text
    and x.status = 'live')
order by 1
"""
_COUNTS: Final = """
select 'count of a drawer ' || s.id, 'differs by ' || s.difference || ', its entry says '
  || coalesce(sum(p.amount), 0.00)
from bank_drawer_sessions s
left join ledger_postings p on p.company_id = s.company_id and p.entry_id = s.entry_id and exists (
  select from ledger_accounts a where a.company_id = p.company_id and a.id = p.account_id and a.code like 'cash:cash%%')
where s.company_id = %(company)s::uuid and s.status = 'counted'
group by s.id, s.difference having coalesce(sum(p.amount), 0.00) <> s.difference
order by 1
"""
_FEEDS: Final = """
select 'batch row ' || b.number || '/' || r.row_no, 'has ' || r.amount || ' ' || r.currency || ', '
    || coalesce('its line ' || p.amount || ' ' || p.currency, 'but no line')
from payment_batch_rows r
join payment_batches b on b.company_id = r.company_id and b.id = r.batch_id and b.source_type = 'bank_feed'
left join bank_line_parts p on p.company_id = r.company_id and p.batch_id = r.batch_id and p.row_no = r.row_no
where r.company_id = %(company)s::uuid and (r.status in ('unmatched', 'money_out')
    or r.status = 'succeeded' and exists (select from payments y where y.company_id = r.company_id
      and y.id = r.payment_id and y.at_bank_id is not null))
  and (r.amount, r.currency) is distinct from (case p.direction when 'in' then p.amount else -p.amount end, p.currency)
order by 1
"""


def register_bank_checks() -> None:
    """Once, when the app is ready."""
    for name, statement in (
        ("lines of statements are booked as the bank says", _LINES),
        ("entries of bank accounts are lines of statements", _ENTRIES),
        ("parts of lines are the lines", _PARTS),
        ("parts of lines are explained by their explanations", _EXPLAINED),
        ("lines that are known repeat a line", _KNOWN),
        ("lines are booked once", _ONCE),
        ("statements close with what the books have", _CLOSINGS),
        ("statements come to what they close with", _SELVES),
        ("statements follow one another by number", _NUMBERS),
        ("suspense is what is not explained", _SUSPENSE),
        ("payments at the bank lie on what names them", _AT_BANK),
        ("gateways' deposits are their payments", _GATEWAYS),
        ("what cleared has a line", _CLEARED),
        ("what came back has a line or is on its way", _BACK),
        ("transfers in transit have one side", _TRANSFERS),
        ("deposits in transit are slips, what came back and what was opened", _ON_ITS_WAY),
        ("what the opening brought reaches the bank once", _OPENED),
        ("cut-overs of bank accounts are their items", _CUT_OVERS),
        ("deposit slips are what lies on them", _SLIPS),
        ("counts of drawers are posted", _COUNTS),
        ("rows of bank feeds are lines of statements", _FEEDS),
    ):
        register(name, by_statement(statement))
