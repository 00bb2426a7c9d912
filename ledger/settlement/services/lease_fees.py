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

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from ledger import chart
from ledger.chart import Category, account_id
from ledger.postings import LEASE_FEE, OBLIGATION
from ledger.rules.settlement import last_day, settled_on
from ledger.services.dates import require_book_date
from ledger.settlement.services.chunks import chunk

CHUNK_ROWS: Final = 5_000
# Ids of a chunk: the head of one UUIDv7 and a count in its last 48 bits, so they sort and stay together.
_HEAD_DIGITS: Final = 24

# The lease's days in the week, and its primary driver: the last one up to the week's last day.
_CHARGED: Final = """
  select l.id as lease_id, l.lease_id || '-' || %(week)s::date as reference, d.customer_id,
    round(l.weekly_amount * (least(%(last)s::date, coalesce(l.ended_on, %(last)s::date))
      - greatest(%(week)s::date, l.started_on) + 1) / 7, 2) as amount
  from leases l
  join lateral (
    select r.customer_id from lease_drivers ld
    join drivers r on r.company_id = ld.company_id and r.id = ld.driver_id
    where ld.company_id = l.company_id and ld.lease_id = l.id and ld.role = 'Primary' and ld.from_on <= %(last)s::date
    order by ld.from_on desc limit 1
  ) d on true
  where l.company_id = %(company)s::uuid and l.started_on <= %(last)s::date
    and (l.ended_on is null or l.ended_on >= %(week)s::date)
    and l.weekly_amount > 0
"""
_FREE: Final = """
    and not exists (select 1 from ledger_obligations o where o.company_id = l.company_id and o.category = 'LEASE'
      and o.reference_id = l.lease_id || '-' || %(week)s::date)
"""
_POST: Final = f"""
with charged as materialized (
  {_CHARGED} {_FREE} and l.id > %(after)s::bigint
  order by l.id limit %(rows)s::int
  for no key update of l {{wait}}
), numbered as materialized (
  select *, row_number() over (order by lease_id) as place from charged where amount > 0
), identified as materialized (
  select *, (%(head)s::text || lpad(to_hex(4 * place), 12, '0'))::uuid as id,
    (%(head)s::text || lpad(to_hex(4 * place + 1), 12, '0'))::uuid as entry_id from numbered
), raised as (
  insert into ledger_obligations (id, company_id, customer_id, lease_id, currency, category, reference_id, description,
    original, outstanding, written_off, issue_date, due_date, status, is_opening, source_type, source_id)
  select id, %(company)s::uuid, customer_id, lease_id, %(currency)s, 'LEASE', reference,
    'Lease obligation from ' || %(due)s::date, amount, amount, 0, %(today)s::date, %(due)s::date, 'open', false,
    %(source_type)s, reference
  from identified order by reference
  on conflict (company_id, category, reference_id) do nothing
  returning id
), fresh as materialized (
  select i.* from identified i join raised r on r.id = i.id
), entered as (
  insert into ledger_entries (id, company_id, currency, effective_on, event, source_type, source_id, customer_id,
    lease_id, is_full_reversal, line_count, case_no, reason, created_by_id, actor, request_id)
  select entry_id, %(company)s::uuid, %(currency)s, %(today)s::date, 'obligation_raised', %(entry_source)s, id::text,
    customer_id, lease_id, false, 2, '', '', %(user)s::bigint, %(actor)s, %(request)s
  from fresh order by place
), posted as (
  insert into ledger_postings (id, company_id, entry_id, line, line_count, account_id, currency, subledger, amount,
    obligation_id)
  select (%(head)s::text || lpad(to_hex(4 * place + 1 + leg.line), 12, '0'))::uuid, %(company)s::uuid, f.entry_id,
    leg.line, 2, leg.account, %(currency)s, leg.subledger, leg.amount, leg.obligation
  from fresh f cross join lateral (
    values (1, %(receivable)s::uuid, 'LEASE', f.amount, f.id), (2, %(income)s::uuid, '', -f.amount, null::uuid)
  ) as leg(line, account, subledger, amount, obligation) order by f.place, leg.line
)
select (select count(*) from charged), (select max(lease_id) from charged),
  (select count(*) from fresh), (select coalesce(sum(amount), 0.00) from fresh)
"""  # noqa: S608 - fixed text
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
where l.company_id = %(company)s::uuid and l.started_on <= %(last)s::date
  and (l.ended_on is null or l.ended_on >= %(week)s::date) and l.weekly_amount > 0
  and not exists (select 1 from lease_drivers ld where ld.company_id = l.company_id and ld.lease_id = l.id
    and ld.role = 'Primary' and ld.from_on <= %(last)s::date)
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
    for wait in ("skip locked", ""):
        after = 0
        while True:
            with chunk(actor), connection.cursor() as cursor:
                cursor.execute(
                    _POST.format(wait=wait), {**_values(actor, week), "after": after, "rows": rows}
                )
                seen, last, posted, amount = cursor.fetchone()
            if not seen:
                break
            after = last
            report.posted += posted
            report.amount += amount
            report.chunks += 1
            progress(posted)
    with chunk(actor), connection.cursor() as cursor:
        cursor.execute(_LEFT, _values(actor, week))
        for what, name in cursor.fetchall():
            (report.failures if what == "taken" else report.skipped).append(name)
    return report


def preview_lease_fees(*, actor: Actor, week: date) -> FeePreview:
    """What `post_due_lease_fees` would charge now; writes nothing."""
    with chunk(actor), connection.cursor() as cursor:
        cursor.execute(_PREVIEW, _values(actor, week))
        return FeePreview(week, *cursor.fetchone())


def _values(actor: Actor, week: date) -> dict[str, Any]:
    company, currency = actor.company_id, actor.company.base_currency
    return {
        "company": company,
        "currency": currency,
        "week": week,
        "last": last_day(week),
        "due": settled_on(week),
        "today": today(actor.company),
        "head": str(uuid7())[:_HEAD_DIGITS],
        "source_type": LEASE_FEE,
        "entry_source": OBLIGATION,
        "user": actor.user_id,
        "actor": actor.name,
        "request": actor.request_id,
        "receivable": account_id(company, currency, chart.receivable(Category.LEASE)),
        "income": account_id(company, currency, chart.LEASE_INCOME),
    }
