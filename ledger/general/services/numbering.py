"""Numbers of entries: given after the fact, in the order of posting, without gaps (docs/domain.md#entry-numbers).

Posting takes no counter, so that nobody waits for anybody. A round numbers what no running transaction can precede:
entries written by transactions older than `pg_snapshot_xmin(pg_current_snapshot())`, the oldest that still runs. All of
those have ended, and what they committed is visible, so a round leaves none of them to a later one
(docs/adr/0055-numbers-after-the-fact.md has the proof).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from batconnect.core.database.rows import id_head, insert_select, numbered_id
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import local_date, now
from ledger.general.models import EntryNumber

LOOK_BACK: Final = timedelta(days=3)
"""How far before the last round an id may have been made whose transaction had not ended then."""
_ONE_AT_A_TIME: Final = "select pg_try_advisory_xact_lock(hashtextextended(%s, 9))"
# A row's `xmin` has 32 bits: `age` compares them as PostgreSQL itself does. Where it names a subtransaction, that is
# younger than its transaction, so that it is behind the horizon only when that is.
_WAITING: Final = """
select e.id, e.posted_at, extract(year from e.posted_at at time zone %(zone)s)::int as year
from ledger_entries e
where e.company_id = %(company)s::uuid and (%(since)s::uuid is null or e.id >= %(since)s::uuid)
  and age(e.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid)
  and not exists (
    select 1 from entry_numbers n where n.company_id = %(company)s::uuid and n.entry_id = e.id)
"""
_NUMBER: Final = f"""
with waiting as materialized ({_WAITING}),
years as materialized (
  select y.year, coalesce((select max(n.number) from entry_numbers n
    where n.company_id = %(company)s::uuid and n.year = y.year), 0) as before
  from (select distinct year from waiting) y),
placed as (
  select w.id, w.year, y.before + row_number() over (partition by w.year order by w.posted_at, w.id) as number,
    row_number() over (order by w.posted_at, w.id) as place
  from waiting w join years y on y.year = w.year)
{
    insert_select(
        EntryNumber,
        {
            "id": numbered_id(0, "p.place"),
            "company_id": "%(company)s::uuid",
            "year": "p.year",
            "number": "p.number",
            "entry_id": "p.id",
        },
        "placed p",
    )
}
"""  # noqa: S608 - fixed texts
_LAST_ROUND: Final = """
select max(n.numbered_at) from entry_numbers n
join (select year, max(number) as number from entry_numbers where company_id = %(company)s::uuid group by year) l
  on l.year = n.year and l.number = n.number
where n.company_id = %(company)s::uuid
"""
_UNNUMBERED: Final = """
select count(*) from ledger_entries e
where e.company_id = %(company)s::uuid and e.effective_on between %(first)s::date and %(last)s::date
  and not exists (select 1 from entry_numbers n where n.company_id = %(company)s::uuid and n.entry_id = e.id)
"""


@transaction.atomic
def number_entries(*, actor: Actor, everything: bool = False) -> int:
    """Give every entry its number that no running transaction can precede; how many were given.

    A round looks at ids of the last days alone, and at all of them the first time of a day or with `everything`. While
    another round is running, this one gives none.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"entry numbers {actor.company_id}"])
        if not cursor.fetchone()[0]:
            return 0
        # Statements of their own: they see what the round before gave.
        cursor.execute(_LAST_ROUND, {"company": actor.company_id})
        (last,) = cursor.fetchone()
        cursor.execute(
            _NUMBER,
            {
                "company": actor.company_id,
                "zone": actor.company.time_zone,
                "since": None if everything else _since(actor, last),
                "head": id_head(),
            },
        )
        return cursor.rowcount


@reads
def count_unnumbered(*, actor: Actor, first: date, last: date) -> int:
    """How many entries that are effective in the period have no number yet."""
    with connection.cursor() as cursor:
        cursor.execute(_UNNUMBERED, {"company": actor.company_id, "first": first, "last": last})
        return int(cursor.fetchone()[0])


def _since(actor: Actor, last: datetime | None) -> UUID | None:
    """The least id that a round after the one at `last` looks at; None is all of them.

    Each day's first round looks at everything, so that a transaction that ran for days is not forgotten.
    """
    if last is None or local_date(actor.company, last) != local_date(actor.company, now()):
        return None
    return UUID(int=int((last - LOOK_BACK).timestamp() * 1_000) << 80)
