"""The week's lease fees: sets in bounded chunks, each a transaction (docs/domain.md#settlement).

A chunk locks the leases it charges (SKIP LOCKED), so several workers share them; a last pass waits for what another
one holds, so that every fee exists when the job is reported done. A lease whose week has any fee is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from batconnect.core.database.rows import numbered_id
from batconnect.core.database.tenancy import actor_transaction
from batconnect.core.database.transactions import commits_by_chunks, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO
from ledger import chart
from ledger.chart import Category
from ledger.postings import LEASE_FEE
from ledger.rules.settlement import DAYS, last_day, settled_on
from ledger.services.dates import require_book_date
from ledger.services.journal import post_rows
from ledger.services.sets import CALLERS_PARTS, compose, raised_rows
from ledger.settlement.querysets import IS_ACTIVE

CHUNK_ROWS: Final = 5_000
# `rules.settlement.week_fee` in SQL, about leases `l` in the week from `week` to `last`; a test holds both equal. Times
# and rates are joined where they meet, not day by day: mostly a lease has one of each.
SHARES: Final = f"""
rated as (
  select r.lease_id, r.weekly_amount, r.from_on,
    lead(r.from_on) over (partition by r.lease_id order by r.from_on) - 1 as until_on
  from {{leases}} l join lease_rates r on r.company_id = %(company)s::uuid and r.lease_id = l.id
), met as (
  select l.id as lease_id, l.lease_id as number, ld.driver_id,
    greatest(%(week)s::date, l.started_on, ld.from_on, r.from_on) as first_on,
    least(%(last)s::date, l.ended_on, ld.until_on, r.until_on) as last_on, r.weekly_amount
  from {{leases}} l
  join lease_drivers ld on ld.company_id = %(company)s::uuid and ld.lease_id = l.id and ld.role = 'Primary'
    and ld.from_on <= %(last)s::date and (ld.until_on is null or ld.until_on >= greatest(ld.from_on, %(week)s::date))
  join rated r on r.lease_id = l.id
), owns as (
  select lease_id, number, driver_id, sum(weekly_amount * (last_on - first_on + 1)) as weighted,
    min(first_on) as first_on, max(last_on) as last_on
  from met where first_on <= last_on group by lease_id, number, driver_id
), ordered as (
  select o.*, count(*) over on_lease as drivers, round(sum(weighted) over on_lease / {DAYS}, 2) as fee,
    row_number() over (partition by lease_id order by last_on = max_last, first_on) as turn
  from (select o.*, max(last_on) over (partition by lease_id) as max_last from owns o) o
  window on_lease as (partition by lease_id)
), summed as (
  select o.*, case when turn = drivers then fee else least(fee, sum(round(weighted / {DAYS}, 2)) over (
    partition by lease_id order by turn)) end as upto
  from ordered o
), shares as (
  select s.*, upto - coalesce(lag(upto) over (partition by lease_id order by turn), 0) as amount,
    {{reference}} || case when drivers > 1 then '-' || d.driver_id else '' end as reference, d.customer_id
  from summed s join drivers d on d.company_id = %(company)s::uuid and d.id = s.driver_id
)"""  # noqa: S608 - fixed text
REFERENCE: Final = "number || '-' || %(week)s::date"

_IS_OF_LEASE: Final = f"l.company_id = %(company)s::uuid and {IS_ACTIVE}"
# A lease's week is charged once: whatever the reference of its fee, and also when it is voided.
_FREE: Final = f"""
    and not exists (select 1 from ledger_obligations o where o.company_id = %(company)s::uuid and o.lease_id = l.id
      and o.status in ('open', 'settled', 'voided') and o.due_date = %(due)s::date and o.source_type = '{LEASE_FEE}')
    and not exists (select 1 from ledger_obligations o where o.company_id = %(company)s::uuid and o.category = 'LEASE'
      and o.reference_id = l.lease_id || '-' || %(week)s::date)
"""  # noqa: S608 - fixed text
_SHARES: Final = SHARES.format(leases="charged", reference=REFERENCE)
_CHARGED: Final = (
    f"select l.id, l.lease_id, l.started_on, l.ended_on from leases l where {_IS_OF_LEASE} {_FREE}"  # noqa: S608 - fixed text
)
_FEES: Final = f"""
select {numbered_id(CALLERS_PARTS[0], "row_number() over (order by lease_id, turn)")} as id,
  row_number() over (order by lease_id, turn) as place, reference as reference_id, customer_id, lease_id,
  %(currency)s::text as currency, amount, %(due)s::date as due_date, '' as case_no
from shares where amount > 0
"""  # noqa: S608 - fixed text
# While others share the work, then once more waiting for the leases that they hold.
_POST, _POST_LAST = (
    compose(
        raised_rows(
            name="fees",
            rows=_FEES,
            category=Category.LEASE,
            source_type=LEASE_FEE,
            source_id="reference_id",
            credits=[(chart.LEASE_INCOME, "amount")],
            own_day="least(%(last)s::date, %(today)s::date)",
            skips_taken=True,
        ),
        before=f"""charged as materialized (
  {_CHARGED} and l.id > %(after)s::bigint
  order by l.id limit %(rows)s::int
  for no key update of l {wait}
), {_SHARES}""",
        answer="""
select (select count(*) from charged), (select max(id) from charged),
  (select count(*) from fees), (select coalesce(sum(amount), 0.00) from fees)
""",
    )
    for wait in ("skip locked", "")
)
_PREVIEW: Final = f"""
with charged as materialized ({_CHARGED}), {_SHARES}
select count(*), coalesce(sum(amount), 0.00) from shares where amount > 0
"""  # noqa: S608 - fixed text
# Fees whose reference belongs to something else, and days of leases without a driver.
_LEFT: Final = f"""
select 'taken', o.reference_id, null from leases l
join ledger_obligations o on o.company_id = %(company)s::uuid and o.category = 'LEASE'
  and o.reference_id = l.lease_id || '-' || %(week)s::date
where {_IS_OF_LEASE} and o.lease_id is distinct from l.id
union all
select 'undriven', l.lease_id, string_agg(d.day::date::text, ', ' order by d.day) from leases l
cross join lateral generate_series(greatest(%(week)s::date, l.started_on)::timestamp,
  least(%(last)s::date, l.ended_on)::timestamp, interval '1 day') d(day)
where {_IS_OF_LEASE} and not exists (select 1 from lease_drivers ld where ld.company_id = l.company_id
  and ld.lease_id = l.id and ld.role = 'Primary' and ld.from_on <= d.day
  and (ld.until_on is null or ld.until_on >= d.day))
  and (select r.weekly_amount from lease_rates r where r.company_id = l.company_id and r.lease_id = l.id
    and r.from_on <= d.day order by r.from_on desc limit 1) > 0
group by l.lease_id
order by 1, 2 limit 1000
"""  # noqa: S608 - fixed text


@dataclass(slots=True)
class FeeReport:
    """What a run charged. `undriven` are the days without a primary driver, by lease, for which nobody is charged;
    `failures` references that belong to something else."""

    week: date
    posted: int = 0
    amount: Decimal = ZERO
    chunks: int = 0
    undriven: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as the API, the run's row and logs print it."""
        return {
            "week": self.week,
            "processed": self.posted + len(self.undriven) + len(self.failures),
            "posted": self.posted,
            "skipped": len(self.undriven),
            "failed": len(self.failures),
            "amount": self.amount,
            "failures": self.failures[:100],
            "undriven": [f"{lease}: {days}" for lease, days in list(self.undriven.items())[:100]],
        }


@dataclass(frozen=True, slots=True)
class FeePreview:
    """What a run would charge."""

    week: date
    leases: int
    amount: Decimal


@commits_by_chunks
def post_due_lease_fees(
    *,
    actor: Actor,
    week: date,
    rows: int = CHUNK_ROWS,
    progress: Callable[[int], Any] = lambda posted: None,
) -> FeeReport:
    """Raise the week's fee of every lease that was active in it and has none yet, due on the Sunday after.

    Rule: docs/domain.md#lease-rates.

    By the days that each primary driver held it, at each day's rate; effective on the week's Saturday, or on the first
    open day. Outside a transaction every chunk of `rows` leases is committed by itself; inside one it is a savepoint.
    Needs `ledger.post_due`. Raises InvalidInput when today is closed.
    """
    actor.require("ledger.post_due")
    require_book_date(actor=actor, day=today(actor.company), field="week")
    report = FeeReport(week)
    for posting in (_POST, _POST_LAST):
        after = 0
        while True:
            with actor_transaction(actor):
                values = {**_values(actor, week), "after": after, "rows": rows}
                ((seen, last, posted, amount),) = post_rows(actor=actor, posting=posting, values=values)
            if not seen:
                break
            after = last
            report.posted += posted
            report.amount += amount
            report.chunks += 1
            progress(posted)
    with actor_transaction(actor), connection.cursor() as cursor:
        cursor.execute(_LEFT, _values(actor, week))
        for what, name, days in cursor.fetchall():
            if what == "taken":
                report.failures.append(name)
            else:
                report.undriven[name] = days
    return report


@reads
def preview_lease_fees(*, actor: Actor, week: date) -> FeePreview:
    """What `post_due_lease_fees` would charge now; writes nothing."""
    with actor_transaction(actor), connection.cursor() as cursor:
        cursor.execute(_PREVIEW, _values(actor, week))
        return FeePreview(week, *cursor.fetchone())


def _values(actor: Actor, week: date) -> dict[str, Any]:
    return {
        "company": actor.company_id,
        "currency": actor.company.base_currency,
        "week": week,
        "last": last_day(week),
        "due": settled_on(week),
    }
