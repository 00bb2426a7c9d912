"""Making the DTRs of a week: bounded chunks of whole drivers, each one transaction in six statements.

Rule: docs/domain.md#dtr-formula.

Locks: the leases' credits and unallocated cash, customers with cash for no lease, the obligations by id, the earnings,
then the counter. Credits and such customers take a statement more each, where there are any. What is read after the
locks is written in one statement: shortfalls, the use of credits and cash, the application of the earnings, the DTRs
with the lines that say which entries they cover, and the obligations' new figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain, groupby, islice
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, models

from batconnect.core.database.numbers import take
from batconnect.core.database.rows import Change, RowBatch
from batconnect.core.database.tenancy import actor_transaction
from batconnect.core.database.transactions import commits_by_chunks
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from ledger.rules.settlement import last_day, settled_on
from ledger.services.dates import require_book_date
from ledger.services.journal import post_entries
from ledger.settlement.models import Dtr, DtrLine
from ledger.settlement.querysets import HAS_DAY
from ledger.settlement.services.covering import Pair, first_id_after, read_chunk
from ledger.settlement.services.settling import SettledLease, settle_driver
from ledger.settlement.subjects import DTR_NUMBERS
from ledger.weekly import CashWritten, cash_source, credit_source

CHUNK_LEASES: Final = 500

# Who needs a DTR of the week (docs/domain.md#dtr-formula). What no DTR has is looked for among what fell due, and what
# was posted, since the company's last Sunday that has DTRs: whatever that one left out is effective after it.
_PAIRS: Final = f"""
with driving as materialized (
  select distinct ld.lease_id, ld.driver_id, r.customer_id, ld.role
  from lease_drivers ld
  join leases l on l.company_id = ld.company_id and l.id = ld.lease_id
  join drivers r on r.company_id = ld.company_id and r.id = ld.driver_id
  where ld.company_id = %(company)s::uuid and {HAS_DAY}
), entries as materialized (
  select p.entry_id, o.lease_id, o.customer_id, e.effective_on <= %(due)s::date as enters
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id and p.obligation_id is not null
  join ledger_obligations o on o.company_id = p.company_id and o.id = p.obligation_id
  where e.company_id = %(company)s::uuid and e.id >= %(since)s::uuid
    and o.lease_id is not null and o.currency = %(currency)s and o.due_date <= %(due)s::date
), found as (
  select lease_id, customer_id, true as due from driving where role = 'Primary'
  union all
  select lease_id, customer_id, true from lease_earnings
  where company_id = %(company)s::uuid and dtr_id is null and status = 'credited' and week <= %(week)s::date
  union all
  select lease_id, customer_id, true from ledger_obligations
  where company_id = %(company)s::uuid and status = 'open' and due_date <= %(due)s::date
    and lease_id is not null and currency = %(currency)s
  union all
  select o.lease_id, o.customer_id, true from ledger_obligations o
  where o.company_id = %(company)s::uuid and o.status in ('settled', 'voided') and o.due_date > %(settled_until)s::date
    and o.due_date <= %(due)s::date and o.lease_id is not null and o.currency = %(currency)s
    and not exists (select 1 from dtr_lines l where l.company_id = o.company_id and l.obligation_id = o.id)
  union all
  select n.lease_id, n.customer_id, n.enters from entries n
  where not exists (select 1 from dtr_lines l where l.company_id = %(company)s::uuid and l.entry_id = n.entry_id)
  union all
  select c.lease_id, c.customer_id, true
  from unnest(%(credited_leases)s::bigint[], %(credited_customers)s::uuid[]) as c(lease_id, customer_id)
), pairs as (
  select f.lease_id, f.customer_id, bool_or(f.due) as due from found f group by f.lease_id, f.customer_id
)
select p.lease_id, r.id, p.customer_id, not exists (
    select 1 from driving d where d.lease_id = p.lease_id and d.customer_id = p.customer_id),
  prev.id, prev.carried_forward, prev.settled_on
from pairs p
join drivers r on r.company_id = %(company)s::uuid and r.customer_id = p.customer_id
left join lateral (
  select x.id, x.carried_forward, x.settled_on from dtrs x
  where x.company_id = %(company)s::uuid and x.lease_id = p.lease_id and x.customer_id = p.customer_id
    and x.week < %(week)s::date
  order by x.week desc limit 1
) prev on true
where (p.due or prev.carried_forward > 0)
  and not exists (select 1 from dtrs t where t.company_id = %(company)s::uuid and t.lease_id = p.lease_id
    and t.customer_id = p.customer_id and t.week = %(week)s::date)
order by min(p.lease_id) over (partition by p.customer_id), p.customer_id, p.lease_id
"""  # noqa: S608 - fixed text
_LAST: Final = "select max(settled_on) from dtrs where company_id = %s::uuid and week < %s::date"
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
    """Make the DTR of every lease and driver that should have one for the week and does not; the module says what is
    written.

    Every chunk of `leases` is a transaction (inside a running one a savepoint); a driver's leases are in one. Another
    run of the same week does no harm: a chunk in which it was faster is started again with what is left. Needs
    `ledger.post_due`. Raises InvalidInput when today is closed.
    """
    actor.require("ledger.post_due")
    require_book_date(actor=actor, day=today(actor.company), field="week")
    report = DtrReport(week)
    while True:
        credited, pairs = _pairs(actor, week)
        if not pairs:
            return report
        try:
            for chunk in _chunks(pairs, leases):
                made = _make_chunk(actor, week, chunk, credited)
                _count(report, made)
                progress(len(made))
        except IntegrityError:
            # Another run has made one of them; if that was not the cause, the same error comes again and is raised.
            if len(_pairs(actor, week)[1]) >= len(pairs):
                raise


def _pairs(actor: Actor, week: date) -> tuple[frozenset[tuple[int, UUID]], list[Pair]]:
    """Which pairs have credits, and who still needs a DTR of the week, with the one before it."""
    source = credit_source()
    with actor_transaction(actor), connection.cursor() as cursor:
        credited = frozenset(source.pairs(actor=actor, until=settled_on(week)) if source else ())
        cursor.execute(_LAST, [actor.company_id, week])
        (settled_until,) = cursor.fetchone()
        cursor.execute(
            _PAIRS,
            {
                "company": actor.company_id,
                "currency": actor.company.base_currency,
                "week": week,
                "last": last_day(week),
                "due": settled_on(week),
                "settled_until": settled_until or date.min,
                "since": first_id_after(settled_until),
                "credited_leases": [lease for lease, _ in credited],
                "credited_customers": [customer for _, customer in credited],
            },
        )
        return credited, [Pair(*row) for row in cursor.fetchall()]


def _chunks(pairs: Sequence[Pair], leases: int) -> Iterator[list[Pair]]:
    """The pairs in chunks of so many, more only where a driver has more leases: a driver's are in one chunk."""
    chunk: list[Pair] = []
    for _, of_driver in groupby(pairs, key=lambda pair: pair.customer_id):
        together = list(of_driver)
        if chunk and len(chunk) + len(together) > leases:
            yield chunk
            chunk = []
        chunk += together
    if chunk:
        yield chunk


def _count(report: DtrReport, made: Sequence[Dtr]) -> None:
    report.made += len(made)
    report.chunks += 1
    report.gross += sum((each.gross for each in made), ZERO)
    report.recovered += sum((each.recovered for each in made), ZERO)
    report.due_to_drivers += sum((each.due_to_driver for each in made), ZERO)
    report.carried_forward += sum((each.carried_forward for each in made), ZERO)


def _make_chunk(
    actor: Actor, week: date, pairs: Sequence[Pair], credited: frozenset[tuple[int, UUID]]
) -> list[Dtr]:
    """Make the DTRs of these leases in one transaction."""
    with actor_transaction(actor):
        drivers = read_chunk(actor=actor, week=week, pairs=pairs, credited=credited)
        numbers = iter(
            take(DTR_NUMBERS, company_id=actor.company_id, day=today(actor.company), count=len(pairs))
        )
        settled = [
            lease
            for driver in drivers
            for lease in settle_driver(
                actor=actor, week=week, covered=driver, numbers=list(islice(numbers, len(driver.leases)))
            )
        ]
        _write(actor, settled)
        return [each.dtr for each in settled]


def _write(actor: Actor, settled: Sequence[SettledLease]) -> None:
    """Everything in one statement."""
    shortfalls = [row for each in settled for row in each.shortfalls]
    earnings = sorted((key, each.dtr.id) for each in settled for key in each.earnings)
    taken = Change(
        _TAKE_EARNINGS, [[key for key, _ in earnings], [dtr for _, dtr in earnings], actor.company_id]
    )
    used = [_cash_written(actor, settled), _credits_written(actor, settled)]
    post_entries(
        actor=actor,
        drafts=[
            *(draft for each in used for draft in each.drafts),
            *(draft for each in settled for draft in each.drafts),
        ],
        rows=[
            *_by_model(
                shortfalls, [each.dtr for each in settled], *(rows for each in used for rows in each.rows)
            ),
            _lines(settled),
        ],
        changes=[*(change for each in used for change in each.changes), *([taken] if earnings else [])],
        raises=frozenset(row.id for row in shortfalls),
    )


def _lines(settled: Sequence[SettledLease]) -> RowBatch:
    return RowBatch(
        DtrLine,
        [
            {
                "id": uuid7(),
                "company_id": each.dtr.company_id,
                "dtr_id": each.dtr.id,
                "entry_id": line.entry_id,
                "kind": line.kind.value,
                "category": line.category,
                "obligation_id": line.obligation_id,
                "amount": line.amount,
                "is_delayed": line.is_delayed,
            }
            for each in settled
            for line in each.lines
        ],
    )


def _cash_written(actor: Actor, settled: Sequence[SettledLease]) -> CashWritten:
    uses = [use for each in settled for use in each.cash_uses]
    source = cash_source()
    return source.write(actor=actor, uses=uses) if source and uses else CashWritten()


def _credits_written(actor: Actor, settled: Sequence[SettledLease]) -> CashWritten:
    uses = [use for each in settled for use in each.credit_uses]
    paid = [each for lease in settled for each in lease.credits_paid]
    source = credit_source()
    return source.write(actor=actor, uses=uses, paid=paid) if source and (uses or paid) else CashWritten()


def _by_model(*groups: Sequence[models.Model]) -> list[list[models.Model]]:
    """The rows, those of one model together: cash and credits are allocated in one table."""
    together: dict[type[models.Model], list[models.Model]] = {}
    for row in chain.from_iterable(groups):
        together.setdefault(type(row), []).append(row)
    return list(together.values())
