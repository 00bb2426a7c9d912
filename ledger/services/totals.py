"""Keeping the totals of accounts by day (docs/domain.md#kept-totals, ADR 87).

Posting writes down which entries are new, and waits for nobody. Each minute a round adds their postings to the totals
and forgets them, in one statement: whoever reads sees an entry among the new ones or in the totals, never in both.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection, transaction

from batconnect.core.database.rows import id_head, insert_select, numbered_id
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from ledger.models import DayTotal, NewEntry
from ledger.querysets import YEAR_CLOSED

ENTRIES_OF_A_ROUND: Final = 50_000
_ONE_AT_A_TIME: Final = "select pg_try_advisory_xact_lock(hashtextextended(%s, 9))"
_ALONE: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 9))"
_SUMS: Final = f"""
select p.account_id, e.effective_on, (e.posted_at at time zone 'UTC')::date as posted_on,
  e.event = '{YEAR_CLOSED}' as is_closing, sum(greatest(p.amount, 0.00)) as debit,
  sum(greatest(-p.amount, 0.00)) as credit, count(*) as postings
from {{entries}} e
join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
where e.company_id = %(company)s::uuid
group by 1, 2, 3, 4
"""  # noqa: S608 - fixed texts
_INSERT: Final = insert_select(
    DayTotal,
    {
        "id": numbered_id(0, "s.place"),
        "company_id": "%(company)s::uuid",
        **{
            name: f"s.{name}"
            for name in (
                "account_id",
                "effective_on",
                "posted_on",
                "is_closing",
                "debit",
                "credit",
                "postings",
            )
        },
    },
    "(select sums.*, row_number() over () as place from sums) s",
)
_ADD: Final = f"""
with taken as (
  delete from ledger_new_entries where company_id = %(company)s::uuid and id in (
    select id from ledger_new_entries where company_id = %(company)s::uuid order by id limit {ENTRIES_OF_A_ROUND})
  returning id
), new as (
  select e.* from taken t join ledger_entries e on e.company_id = %(company)s::uuid and e.id = t.id
), sums as ({_SUMS.format(entries="new")}), added as (
  {_INSERT}
  on conflict (company_id, account_id, effective_on, posted_on, is_closing) do update set
    debit = ledger_day_totals.debit + excluded.debit, credit = ledger_day_totals.credit + excluded.credit,
    postings = ledger_day_totals.postings + excluded.postings
)
select count(*) from taken
"""  # noqa: S608 - fixed texts
_KNOWN: Final = """
(select e.* from ledger_entries e where not exists (
  select from ledger_new_entries n where n.company_id = e.company_id and n.id = e.id))
"""
_EVERYTHING: Final = f"with sums as ({_SUMS.format(entries=_KNOWN)}) {_INSERT}"


@transaction.atomic
def add_to_totals(*, actor: Actor) -> int:
    """Add the postings of up to ENTRIES_OF_A_ROUND new entries to the totals of their days; how many entries.

    None while another round is running.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [_name(actor.company_id)])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_ADD, {"company": actor.company_id, "head": id_head()})
        return int(cursor.fetchone()[0])


@transaction.atomic
def sum_up_again(*, actor: Actor) -> int:
    """Make all totals anew from the postings of every entry that is not new; how many totals.

    For books that were restored or filled past the application. Rounds wait; posting does not.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [_name(actor.company_id)])
        DayTotal.objects.filter(company_id=actor.company_id).delete()
        cursor.execute(_EVERYTHING, {"company": actor.company_id, "head": id_head()})
        return int(cursor.rowcount)


@reads
def count_new(*, actor: Actor) -> int:
    """How many entries the totals do not hold yet."""
    return NewEntry.objects.filter(company_id=actor.company_id).count()


def _name(company_id: UUID) -> str:
    return f"kept totals {company_id}"
