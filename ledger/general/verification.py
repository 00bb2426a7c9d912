"""Numbers of entries and manual entries, checked (docs/domain.md#entry-numbers)."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register

_GAPS: Final = """
select 'entry numbers of ' || year, 'there are ' || count(*) || ', from ' || min(number) || ' to ' || max(number)
from entry_numbers where company_id = %(company)s::uuid
group by year having min(number) <> 1 or max(number) <> count(*)
order by 1
"""
_ONCE: Final = """
select 'entry ' || coalesce(e.id, n.entry_id), case
    when e.id is null then 'has a number and does not exist'
    else 'was posted on ' || to_char(e.posted_at at time zone 'UTC', 'YYYY-MM-DD') || ' and has no number' end
from (select id, posted_at from ledger_entries where company_id = %(company)s::uuid) e
full join (select entry_id from entry_numbers where company_id = %(company)s::uuid) n on n.entry_id = e.id
where e.id is null or n.entry_id is null and e.posted_at < now() - interval '2 days'
  and exists (select 1 from entry_numbers where company_id = %(company)s::uuid)
order by 1
"""
_YEARS: Final = """
select 'entry ' || e.id, 'was posted in another year than its number ' || n.year || '-' || n.number
from entry_numbers n join ledger_entries e on e.company_id = n.company_id and e.id = n.entry_id
where n.company_id = %(company)s::uuid
  and n.year not between extract(year from e.posted_at - interval '1 day')
    and extract(year from e.posted_at + interval '1 day')
order by 1
"""
_MANUAL: Final = """
select 'manual entry ' || m.number, case
    when e.id is null or e.source_type <> 'ledger.manual_entry' or e.source_id <> m.id::text then 'was not posted'
    when e.currency <> m.currency or e.effective_on <> m.effective_on
      or m.amount <> (select sum(greatest(p.amount, 0)) from ledger_postings p
        where p.company_id = m.company_id and p.entry_id = m.entry_id) then 'is not what was posted'
    else 'is not taken back by the entry that reverses it' end
from manual_entries m
left join ledger_entries e on e.company_id = m.company_id and e.id = m.entry_id
left join ledger_entries r on r.company_id = m.company_id and r.reverses_id = m.entry_id and r.is_full_reversal
where m.company_id = %(company)s::uuid and (
  e.id is null or e.source_type <> 'ledger.manual_entry' or e.source_id <> m.id::text
  or e.currency <> m.currency or e.effective_on <> m.effective_on
  or m.amount <> (select sum(greatest(p.amount, 0)) from ledger_postings p
    where p.company_id = m.company_id and p.entry_id = m.entry_id)
  or r.id is distinct from m.reversal_id)
order by 1
"""


def register_general_checks() -> None:
    """The checks of what leads to the general ledger."""
    register("numbers of entries are without gaps", by_statement(_GAPS))
    register("every entry that was numbered is there, and every one gets its number", by_statement(_ONCE))
    register("entries are numbered in the year of their posting", by_statement(_YEARS))
    register("manual entries are what was posted", by_statement(_MANUAL))
