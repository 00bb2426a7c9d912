"""Making the DTRs of a week: bounded chunks of whole leases, each one transaction in six statements.

Rule: docs/domain.md#dtr.

Locks: the leases' unallocated cash, their obligations by id, the earnings, then the counter. What is read after the
locks is written in one statement: the use of the cash, the application of the earnings, the DTRs with the lines that
say which entries they cover, and the obligations' new figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import IntegrityError, connection

from batconnect.core.database.numbers import take
from batconnect.core.database.rows import Change
from batconnect.core.database.tenancy import actor_transaction
from batconnect.core.database.transactions import commits_by_chunks
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO
from ledger.rules.settlement import last_day, settled_on
from ledger.services.dates import require_book_date
from ledger.services.journal import post_entries
from ledger.settlement.models import Dtr
from ledger.settlement.querysets import IS_ACTIVE, PRIMARY_DRIVER
from ledger.settlement.services.covering import Pair, read_chunk
from ledger.settlement.services.settling import SettledLease, settle_lease
from ledger.settlement.subjects import DTR_NUMBERS
from ledger.weekly import CashWritten, cash_source

CHUNK_LEASES: Final = 500

# The week's leases with the driver each belongs to: the primary one on its last day, else the last one before it. A
# driver who has handed the lease over gets a separate report while their earnings wait.
_PAIRS: Final = f"""
with driven as materialized (
  select l.id as lease_id, {IS_ACTIVE} as is_active, d.driver_id, d.customer_id
  from leases l
  left join lateral ({PRIMARY_DRIVER}) d on true
  where l.company_id = %(company)s::uuid
), waiting as materialized (
  select distinct lease_id, driver_id, customer_id from lease_earnings
  where company_id = %(company)s::uuid and dtr_id is null and status = 'credited' and week <= %(week)s::date
), pairs as (
  select d.lease_id, d.driver_id, d.customer_id, false as is_former, true as due
  from driven d
  where d.customer_id is not null and (
    d.is_active
    or exists (select 1 from waiting w where w.lease_id = d.lease_id and w.customer_id = d.customer_id)
    or exists (select 1 from ledger_obligations o where o.company_id = %(company)s::uuid and o.lease_id = d.lease_id
      and o.status = 'open' and o.due_date <= %(due)s::date and o.customer_id = d.customer_id
      and o.currency = %(currency)s))
  union all
  select d.lease_id, d.driver_id, d.customer_id, false, false
  from driven d
  where d.customer_id is not null and not d.is_active
  union all
  select w.lease_id, w.driver_id, w.customer_id, true, true
  from waiting w join driven d on d.lease_id = w.lease_id and d.customer_id is distinct from w.customer_id
)
select p.lease_id, p.driver_id, p.customer_id, bool_and(p.is_former), prev.id, prev.carried_forward, prev.settled_on
from pairs p
left join lateral (
  select x.id, x.carried_forward, x.settled_on from dtrs x
  where x.company_id = %(company)s::uuid and x.lease_id = p.lease_id and x.customer_id = p.customer_id
    and x.week < %(week)s::date
  order by x.week desc limit 1
) prev on true
where (p.due or prev.carried_forward > 0)
  and not exists (select 1 from dtrs t where t.company_id = %(company)s::uuid and t.lease_id = p.lease_id
    and t.customer_id = p.customer_id and t.week = %(week)s::date)
group by p.lease_id, p.driver_id, p.customer_id, prev.id, prev.carried_forward, prev.settled_on
order by p.lease_id, bool_and(p.is_former), p.customer_id
"""  # noqa: S608 - fixed text
_TAKE_EARNINGS: Final = """
update lease_earnings e set dtr_id = d.dtr_id from unnest(%s::uuid[], %s::uuid[]) as d(id, dtr_id)
where e.company_id = %s::uuid and e.id = d.id
"""


@dataclass(slots=True)
class DtrReport:
    """What a run made; amounts are in the company's base currency."""

    week: date
    made: int = 0
    chunks: int = 0
    gross: Decimal = ZERO
    recovered: Decimal = ZERO
    due_to_drivers: Decimal = ZERO
    carried_forward: Decimal = ZERO

    def as_dict(self) -> dict[str, Any]:
        """The report as the run's row and logs print it."""
        return {
            "week": self.week,
            "made": self.made,
            "gross": self.gross,
            "recovered": self.recovered,
            "due_to_drivers": self.due_to_drivers,
            "carried_forward": self.carried_forward,
        }


@commits_by_chunks
def generate_dtrs(
    *,
    actor: Actor,
    week: date,
    leases: int = CHUNK_LEASES,
    progress: Callable[[int], Any] = lambda made: None,
) -> DtrReport:
    """Make the DTR of every lease that should have one for the week and does not; the module says what is written.

    Every chunk of `leases` is a transaction (inside a running one a savepoint). Another run of the same week does no
    harm: a chunk in which it was faster is started again with what is left. Needs `ledger.post_due`. Raises
    InvalidInput when today is closed.
    """
    actor.require("ledger.post_due")
    require_book_date(actor=actor, day=today(actor.company), field="week")
    report = DtrReport(week)
    while pairs := _pairs(actor, week):
        try:
            for start in range(0, len(pairs), leases):
                made = _make_chunk(actor, week, pairs[start : start + leases])
                _count(report, made)
                progress(len(made))
        except IntegrityError:
            # Another run has made one of them; if that was not the cause, the same error comes again and is raised.
            if len(_pairs(actor, week)) >= len(pairs):
                raise
    return report


def _pairs(actor: Actor, week: date) -> list[Pair]:
    """Who still needs a DTR of the week, with the one before it."""
    with actor_transaction(actor), connection.cursor() as cursor:
        cursor.execute(
            _PAIRS,
            {
                "company": actor.company_id,
                "currency": actor.company.base_currency,
                "week": week,
                "last": last_day(week),
                "due": settled_on(week),
            },
        )
        return [Pair(*row) for row in cursor.fetchall()]


def _count(report: DtrReport, made: Sequence[Dtr]) -> None:
    report.made += len(made)
    report.chunks += 1
    report.gross += sum((each.gross for each in made), ZERO)
    report.recovered += sum((each.recovered for each in made), ZERO)
    report.due_to_drivers += sum((each.due_to_driver for each in made), ZERO)
    report.carried_forward += sum((each.carried_forward for each in made), ZERO)


def _make_chunk(actor: Actor, week: date, pairs: Sequence[Pair]) -> list[Dtr]:
    """Make the DTRs of these leases in one transaction."""
    with actor_transaction(actor):
        weeks = read_chunk(actor=actor, week=week, pairs=pairs)
        numbers = take(DTR_NUMBERS, company_id=actor.company_id, day=today(actor.company), count=len(pairs))
        settled = [
            settle_lease(
                actor=actor,
                week=week,
                covered=covered,
                number=number,
            )
            for number, covered in zip(numbers, weeks, strict=True)
        ]
        _write(actor, settled)
        return [each.dtr for each in settled]


def _write(actor: Actor, settled: Sequence[SettledLease]) -> None:
    """Everything in one statement."""
    uses = [use for each in settled for use in each.uses]
    source = cash_source()
    cash = source.write(actor=actor, uses=uses) if source and uses else CashWritten()
    earnings = sorted((key, each.dtr.id) for each in settled for key in each.earnings)
    taken = Change(
        _TAKE_EARNINGS, [[key for key, _ in earnings], [dtr for _, dtr in earnings], actor.company_id]
    )
    post_entries(
        actor=actor,
        drafts=[*cash.drafts, *(draft for each in settled for draft in each.applied)],
        rows=[
            [each.dtr for each in settled],
            *cash.rows,
            [line for each in settled for line in each.lines],
        ],
        changes=[*cash.changes, *([taken] if earnings else [])],
    )
