"""The week's lease fees: sets in bounded chunks, each a transaction (docs/domain.md#settlement).

A chunk locks the leases it charges (SKIP LOCKED), so several workers share them; a last pass waits for what another
one holds, so that every fee exists when the job is reported done. The reference makes a fee unique.
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
from ledger.settlement.querysets import IS_ACTIVE, PRIMARY_DRIVER

CHUNK_ROWS: Final = 5_000
# `rules.settlement` in SQL, about a lease `l` in the week from `week` to `last`; a test holds both equal.
ACTIVE_DAYS: Final = """(least(%(last)s::date, coalesce(l.ended_on, %(last)s::date))
  - greatest(%(week)s::date, l.started_on) + 1)"""
FEE: Final = f"round(l.weekly_amount * {ACTIVE_DAYS} / {DAYS}, 2)"
REFERENCE: Final = "l.lease_id || '-' || %(week)s::date"

_CHARGED: Final = f"""
  select l.id as lease_id, {REFERENCE} as reference, d.customer_id, {FEE} as amount
  from leases l
  join lateral ({PRIMARY_DRIVER}) d on true
  where l.company_id = %(company)s::uuid and {IS_ACTIVE} and l.weekly_amount > 0
"""  # noqa: S608 - fixed text
_FREE: Final = f"""
    and not exists (select 1 from ledger_obligations o where o.company_id = l.company_id and o.category = 'LEASE'
      and o.reference_id = {REFERENCE})
"""  # noqa: S608 - fixed text
_FEES: Final = f"""
select {numbered_id(CALLERS_PARTS[0], "row_number() over (order by lease_id)")} as id,
  row_number() over (order by lease_id) as place, reference as reference_id, customer_id, lease_id,
  %(currency)s::text as currency, amount, %(due)s::date as due_date, '' as case_no
from charged where amount > 0
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
            skips_taken=True,
        ),
        before=f"""charged as materialized (
  {_CHARGED} {_FREE} and l.id > %(after)s::bigint
  order by l.id limit %(rows)s::int
  for no key update of l {wait}
)""",
        answer="""
select (select count(*) from charged), (select max(lease_id) from charged),
  (select count(*) from fees), (select coalesce(sum(amount), 0.00) from fees)
""",
    )
    for wait in ("skip locked", "")
)
_PREVIEW: Final = f"""
select count(*), coalesce(sum(amount), 0.00) from ({_CHARGED} {_FREE}) c where amount > 0
"""  # noqa: S608 - fixed text
# Fees whose reference belongs to something else, and leases without a driver.
_LEFT: Final = f"""
select 'taken', c.reference from ({_CHARGED}) c
join ledger_obligations o on o.company_id = %(company)s::uuid and o.category = 'LEASE' and o.reference_id = c.reference
where o.customer_id <> c.customer_id or o.lease_id is distinct from c.lease_id
union all
select 'undriven', l.lease_id from leases l
where l.company_id = %(company)s::uuid and {IS_ACTIVE} and l.weekly_amount > 0 and not exists ({PRIMARY_DRIVER})
order by 1, 2 limit 1000
"""  # noqa: S608 - fixed text


@dataclass(slots=True)
class FeeReport:
    """What a run charged. `skipped` are leases without a primary driver, `failures` references that belong to
    something else."""

    week: date
    posted: int = 0
    amount: Decimal = ZERO
    chunks: int = 0
    skipped: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as the API, the run's row and logs print it."""
        return {
            "week": self.week,
            "processed": self.posted + len(self.skipped) + len(self.failures),
            "posted": self.posted,
            "skipped": len(self.skipped),
            "failed": len(self.failures),
            "amount": self.amount,
            "failures": self.failures[:100],
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

    The weekly amount × active days / 7, rounded once, owed by the primary driver of the week. Outside a transaction
    every chunk of `rows` is committed by itself; inside one it is a savepoint. Needs `ledger.post_due`. Raises
    InvalidInput when today is closed.
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
        for what, name in cursor.fetchall():
            (report.failures if what == "taken" else report.skipped).append(name)
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
