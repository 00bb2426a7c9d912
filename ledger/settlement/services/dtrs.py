"""Making the DTRs of a week: bounded chunks of whole leases, each one transaction in six statements.

Rule: docs/domain.md#dtr.

Locks: the leases' unallocated cash, their obligations by id, the earnings, then the counter. What is read after the
locks is written in one statement: the use of the cash, the application of the earnings, the DTRs with the lines that
say which entries they cover, and the obligations' new figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection

from batconnect.core.database.numbers import Number, take
from batconnect.core.database.rows import Change
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from ledger.chart import Category
from ledger.postings import EntryDraft, earnings_applied
from ledger.rules.settlement import Figures, LineKind, distribute, last_day, settled_on
from ledger.services.dates import require_book_date
from ledger.services.journal import post_entries
from ledger.settlement.models import Dtr, DtrLine
from ledger.settlement.services.chunks import chunk
from ledger.settlement.services.covering import Covered, Debt, Earned, Pair, read_chunk
from ledger.settlement.subjects import DTR_NUMBERS
from ledger.weekly import CashUse, HeldCash, cash_source

CHUNK_LEASES: Final = 500

# The week's leases with the driver each belongs to: the primary one on its last day, else the last one before it. A
# driver who has handed the lease over gets a separate report while their earnings wait.
_PAIRS: Final = """
with driven as materialized (
  select l.id as lease_id, l.started_on, l.ended_on, d.driver_id, d.customer_id
  from leases l
  left join lateral (
    select ld.driver_id, r.customer_id from lease_drivers ld
    join drivers r on r.company_id = ld.company_id and r.id = ld.driver_id
    where ld.company_id = l.company_id and ld.lease_id = l.id and ld.role = 'Primary' and ld.from_on <= %(last)s::date
    order by ld.from_on desc limit 1
  ) d on true
  where l.company_id = %(company)s::uuid
), waiting as materialized (
  select distinct lease_id, driver_id, customer_id from lease_earnings
  where company_id = %(company)s::uuid and dtr_id is null and status = 'credited' and week <= %(week)s::date
), pairs as (
  select d.lease_id, d.driver_id, d.customer_id, false as is_former, true as due
  from driven d
  where d.customer_id is not null and (
    (d.started_on <= %(last)s::date and (d.ended_on is null or d.ended_on >= %(week)s::date))
    or exists (select 1 from waiting w where w.lease_id = d.lease_id and w.customer_id = d.customer_id)
    or exists (select 1 from ledger_obligations o where o.company_id = %(company)s::uuid and o.lease_id = d.lease_id
      and o.status = 'open' and o.due_date <= %(due)s::date and o.customer_id = d.customer_id
      and o.currency = %(currency)s))
  union all
  select d.lease_id, d.driver_id, d.customer_id, false, false
  from driven d
  where d.customer_id is not null and not (
    d.started_on <= %(last)s::date and (d.ended_on is null or d.ended_on >= %(week)s::date))
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
"""
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
    with chunk(actor), connection.cursor() as cursor:
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


@dataclass(slots=True)
class _Writing:
    """What a chunk is going to write."""

    dtrs: list[Dtr] = field(default_factory=list)
    lines: list[DtrLine] = field(default_factory=list)
    drafts: list[EntryDraft] = field(default_factory=list)
    uses: list[CashUse] = field(default_factory=list)
    used_in: list[Dtr] = field(default_factory=list)
    earnings: list[tuple[UUID, UUID]] = field(default_factory=list)


def _make_chunk(actor: Actor, week: date, pairs: Sequence[Pair]) -> list[Dtr]:
    """Make the DTRs of these leases in one transaction."""
    with chunk(actor):
        source = cash_source()
        held = (
            source.lock(
                actor=actor,
                lease_ids=[pair.lease_id for pair in pairs],
                customer_ids=[pair.customer_id for pair in pairs],
            )
            if source
            else []
        )
        covered = read_chunk(actor=actor, week=week, pairs=pairs)
        numbers = take(DTR_NUMBERS, company_id=actor.company_id, day=today(actor.company), count=len(pairs))
        writing = _Writing()
        for number, pair in zip(numbers, pairs, strict=True):
            cash = [
                each
                for each in held
                if each.lease_id == pair.lease_id and each.customer_id == pair.customer_id
            ]
            _settle(actor, week, pair, covered, cash, number, writing)
        _write(actor, writing)
        return writing.dtrs


def _settle(
    actor: Actor,
    week: date,
    pair: Pair,
    covered: Covered,
    held: Sequence[HeldCash],
    number: Number,
    writing: _Writing,
) -> None:
    """One lease: cash, then earnings, by the hierarchy; its DTR with its lines."""
    debts, earned = covered.debts(pair), covered.earned(pair)
    dtr = Dtr(
        id=uuid7(),
        company_id=actor.company_id,
        number=number.text,
        number_order=number.order,
        week=week,
        settled_on=settled_on(week),
        lease_id=pair.lease_id,
        driver_id=pair.driver_id,
        customer_id=pair.customer_id,
        is_former=pair.is_former,
        currency=actor.company.base_currency,
        previous_id=pair.previous_id,
    )
    writing.dtrs.append(dtr)
    lines = _covered_lines(dtr, pair, covered)
    used = _use_cash(dtr, debts, held, writing)
    totals = {kind: sum((line.amount for line in lines if line.kind == kind), ZERO) for kind in LineKind}
    figures = Figures(
        gross=sum((each.gross for each in earned), ZERO),
        prior_balance=pair.carried_forward or ZERO,
        charges=totals[LineKind.CHARGE],
        interim_payments=totals[LineKind.INTERIM_PAYMENT] + used,
        adjustments=totals[LineKind.ADJUSTMENT],
    )
    assert figures.owed == sum((debt.outstanding for debt in debts), ZERO), (
        f"lease {pair.lease_id}: the lines make {figures.owed}, its obligations owe "
        f"{sum((debt.outstanding for debt in debts), ZERO)}"
    )
    _fill(dtr, figures, unallocated=sum((each.unallocated for each in held), ZERO) - used)
    writing.lines += lines + [_earning_line(dtr, each) for each in earned]
    writing.earnings += [(each.id, dtr.id) for each in earned]
    _recover(actor, dtr, debts, figures.recovered, writing)


def _covered_lines(dtr: Dtr, pair: Pair, covered: Covered) -> list[DtrLine]:
    """A line for every entry on the pair's debts that no DTR covers yet."""
    lines = []
    for moved in covered.entries(pair):
        amount = moved.amount if moved.kind is LineKind.CHARGE else -moved.amount
        if amount == 0:
            continue
        is_late = pair.settled_until is not None and moved.debt.due_date <= pair.settled_until
        lines.append(
            DtrLine(
                company_id=dtr.company_id,
                dtr_id=dtr.id,
                entry_id=moved.entry_id,
                kind=moved.kind.value,
                category=moved.debt.category,
                obligation_id=moved.debt.id,
                amount=amount,
                is_delayed=moved.kind is LineKind.CHARGE and is_late,
            )
        )
    return lines


def _use_cash(dtr: Dtr, debts: Sequence[Debt], held: Sequence[HeldCash], writing: _Writing) -> Decimal:
    """Plan the use of the lease's unallocated cash, except on taxes, oldest payment first; returns how much is used."""
    used = ZERO
    for cash in held:
        payable = [debt for debt in debts if debt.category != Category.TAXES.value and debt.outstanding > 0]
        for rank, (debt, amount) in enumerate(distribute(available=cash.unallocated, debts=payable), start=1):
            writing.uses.append(
                CashUse(
                    held=cash,
                    obligation_id=debt.id,
                    category=debt.category,
                    amount=amount,
                    outstanding=debt.outstanding,
                    decision={
                        "rank": rank,
                        "dtr": dtr.number,
                        "due_date": debt.due_date.isoformat(),
                        "outstanding_before": str(debt.outstanding),
                    },
                )
            )
            writing.used_in.append(dtr)
            debt.outstanding -= amount
            used += amount
    return used


def _fill(dtr: Dtr, figures: Figures, *, unallocated: Decimal) -> None:
    for name in (
        "gross",
        "prior_balance",
        "charges",
        "interim_payments",
        "adjustments",
        "owed",
        "recovered",
        "net",
        "due_to_driver",
        "carried_forward",
    ):
        setattr(dtr, name, getattr(figures, name))
    dtr.unallocated_cash = unallocated


def _earning_line(dtr: Dtr, earned: Earned) -> DtrLine:
    return DtrLine(
        company_id=dtr.company_id,
        dtr_id=dtr.id,
        entry_id=earned.entry_id,
        kind=LineKind.EARNINGS.value,
        amount=earned.gross,
        is_delayed=earned.week < dtr.week,
    )


def _recover(actor: Actor, dtr: Dtr, debts: Sequence[Debt], amount: Decimal, writing: _Writing) -> None:
    """Plan the application of the earnings: one entry and one line for each obligation that gets something."""
    for place, (debt, portion) in enumerate(distribute(available=amount, debts=debts), start=1):
        draft = earnings_applied(
            dtr_id=dtr.id,
            dtr_number=dtr.number,
            place=place,
            obligation_id=debt.id,
            category=debt.category,
            amount=portion,
            currency=dtr.currency,
            on=today(actor.company),
            customer_id=dtr.customer_id,
            lease_id=dtr.lease_id,
        )
        writing.drafts.append(draft)
        writing.lines.append(_line(dtr, draft.id, LineKind.RECOVERED, debt.category, debt.id, portion))


def _line(
    dtr: Dtr, entry_id: UUID, kind: LineKind, category: str, obligation_id: UUID, amount: Decimal
) -> DtrLine:
    return DtrLine(
        company_id=dtr.company_id,
        dtr_id=dtr.id,
        entry_id=entry_id,
        kind=kind.value,
        category=category,
        obligation_id=obligation_id,
        amount=amount,
    )


def _write(actor: Actor, writing: _Writing) -> None:
    """Everything in one statement."""
    rows: list[Sequence[Any]] = [writing.dtrs]
    changes: list[Change] = []
    drafts: list[EntryDraft] = []
    if writing.uses:
        source = cash_source()
        assert source is not None
        written = source.write(actor=actor, uses=writing.uses)
        drafts += written.drafts
        rows += written.rows
        changes += written.changes
        writing.lines += [
            _line(dtr, draft.id, LineKind.INTERIM_PAYMENT, use.category, use.obligation_id, use.amount)
            for dtr, use, draft in zip(writing.used_in, writing.uses, written.drafts, strict=True)
        ]
    if writing.earnings:
        ids, taken_by = zip(*sorted(writing.earnings), strict=True)
        changes.append(Change(_TAKE_EARNINGS, [list(ids), list(taken_by), actor.company_id]))
    post_entries(actor=actor, drafts=drafts + writing.drafts, rows=[*rows, writing.lines], changes=changes)
