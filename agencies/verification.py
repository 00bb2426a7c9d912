"""What imports from agencies add to `verify_ledger`: every row that was carried out is one event of the books, to the
cent (docs/domain.md#agency-rows)."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

_CHARGED: Final = """
select 'agency row ' || r.kind || ' ' || r.reference,
  case when o.id is null then 'was charged ' || r.charged || ' and names no obligation'
    when o.original <> r.charged then 'was charged ' || r.charged || ', its obligation is ' || o.original
    else 'names an obligation of ' || o.category end
from agency_rows r
left join ledger_obligations o on o.company_id = r.company_id and o.id = r.obligation_id
where r.company_id = %(company)s::uuid and r.state = 'done' and r.kind <> 'trips' and r.charged <> 0
  and (o.id is null or o.original <> r.charged
    or o.category <> case r.kind when 'tolls' then 'EZPASS' when 'violations' then 'PVB' else 'TLC' end)
order by 1
"""
_CREDITED: Final = """
select 'week of trips ' || w.id,
  'has ' || w.trips || ' trips of ' || w.gross || ' with fees of ' || w.fee || ' and taxes of ' || w.taxes
    || ', its rows ' || count(r.id) || ' of ' || coalesce(sum(r.charged), 0.00)
    || ', its earnings ' || coalesce(max(e.gross), 0.00) || ' and ' || coalesce(max(f.gross), 0.00)
from agency_trip_weeks w
left join agency_rows r on r.company_id = w.company_id and r.trip_week_id = w.id
left join lease_earnings e on e.company_id = w.company_id and e.id = w.earning_id
left join lease_earnings f on f.company_id = w.company_id and f.id = w.fee_earning_id
where w.company_id = %(company)s::uuid
group by w.company_id, w.id
having count(r.id) <> w.trips or coalesce(sum(r.charged), 0.00) <> w.gross
  or coalesce(max(e.gross), 0.00) <> w.gross or coalesce(max(f.gross), 0.00) <> -w.fee
order by 1
"""
_HELD: Final = """
select 'week of trips ' || w.id, 'holds ' || w.taxes || ' for authorities, its obligations come to '
  || coalesce(sum(o.original), 0.00)
from agency_trip_weeks w
left join agency_trip_week_taxes t on t.company_id = w.company_id and t.trip_week_id = w.id
left join ledger_obligations o on o.company_id = t.company_id and o.id = t.obligation_id and o.original = t.amount
  and o.category = 'TAXES'
where w.company_id = %(company)s::uuid
group by w.company_id, w.id
having w.taxes <> coalesce(sum(o.original), 0.00)
order by 1
"""
_CHANGED: Final = """
select 'change ' || c.id,
  'adds ' || c.raised || ' and takes off ' || c.lowered || ', which was carried out as '
    || coalesce(o.original, 0.00) || ', ' || coalesce(m.amount, 0.00) || ' and ' || coalesce(e.gross, 0.00)
from agency_changes c
left join ledger_obligations o on o.company_id = c.company_id and o.id = c.obligation_id
left join credit_memos m on m.company_id = c.company_id and m.id = c.credit_memo_id
left join lease_earnings e on e.company_id = c.company_id and e.id = c.earning_id
where c.company_id = %(company)s::uuid and c.status = 'done'
  and (o.id is not null and o.original <> c.raised or m.id is not null and m.amount <> c.lowered
    or e.id is not null and e.gross <> c.raised - c.lowered)
order by 1
"""
_COUNTED: Final = """
select 'import ' || i.id, 'has ' || i.total_lines || ' lines of which ' || i.read_lines || ' are read, its lines are '
  || count(l.id) || ' and ' || count(l.id) filter (where l.status <> 'pending')
from agency_imports i
left join agency_import_lines l on l.company_id = i.company_id and l.import_id = i.id
where i.company_id = %(company)s::uuid
group by i.company_id, i.id
having count(l.id) <> i.total_lines or count(l.id) filter (where l.status <> 'pending') <> i.read_lines
  or count(l.id) filter (where l.status = 'new') <> i.new_lines
order by 1
"""


def register_agency_checks() -> None:
    """The checks of imports from agencies."""
    for name, statement in (
        ("rows of agencies were charged once, as they say", _CHARGED),
        ("trips were credited once, as they say", _CREDITED),
        ("surcharges of trips are held", _HELD),
        ("what agencies changed was carried out", _CHANGED),
        ("lines of agencies' files are counted", _COUNTED),
    ):
        register(name, by_statement(statement))
