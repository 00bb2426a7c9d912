"""What a chunk of DTRs covers, locked: credits, cash, debts, the entries on them and the earnings that no DTR has.

Debts are found without reading a lease's whole past: what is open, what fell due since the last DTR, and what entries
since then touch. The entries are read once the debts are locked, so none can be added or missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from batconnect.directory.locks import lock_customers
from ledger import chart
from ledger.postings import ADJUSTING, OBLIGATION
from ledger.rules.settlement import LineKind, entered, kind_of_entry, settled_on
from ledger.weekly import HeldCash, HeldCredit, cash_source, credit_source

_BEGINNING: Final = date(1, 1, 1)
_FIRST_ID: Final = UUID(int=0)
# Ids of entries are times. A day of grace: the Sunday begins elsewhere at another hour, and an id is made some moments
# before it is committed.
_GRACE: Final = timedelta(days=1)

# Ids are picked first and then locked: rows that change while we wait for them stay in the answer.
_LOCK_DEBTS: Final = """
with wanted as materialized (
  select * from unnest(%(leases)s::bigint[], %(customers)s::uuid[], %(until)s::date[], %(since)s::uuid[])
    as w(lease_id, customer_id, settled_until, since)
), picked as materialized (
  select o.id from wanted w join ledger_obligations o on o.company_id = %(company)s::uuid and o.lease_id = w.lease_id
    and o.status = 'open' and o.due_date <= %(due)s::date and o.customer_id = w.customer_id
  union
  select o.id from wanted w join ledger_obligations o on o.company_id = %(company)s::uuid and o.lease_id = w.lease_id
    and o.status in ('settled', 'voided') and o.due_date > w.settled_until and o.due_date <= %(due)s::date
    and o.customer_id = w.customer_id
  union
  select p.obligation_id from wanted w
  join ledger_entries e on e.company_id = %(company)s::uuid and e.lease_id = w.lease_id and e.id >= w.since
    and e.customer_id = w.customer_id
  join ledger_postings p on p.company_id = %(company)s::uuid and p.entry_id = e.id and p.obligation_id is not null
)
select o.id, o.lease_id, o.customer_id, o.category, o.reference_id, o.due_date, o.issue_date, o.outstanding
from picked join ledger_obligations o on o.company_id = %(company)s::uuid and o.id = picked.id
where o.due_date <= %(due)s::date and o.currency = %(currency)s and o.lease_id is not null
order by o.id for no key update of o
"""
_READ: Final = """
with earned as materialized (
  select e.id, e.lease_id, e.customer_id, e.week, e.gross, e.entry_id
  from unnest(%(leases)s::bigint[], %(customers)s::uuid[]) as w(lease_id, customer_id)
  join lease_earnings e on e.company_id = %(company)s::uuid and e.lease_id = w.lease_id
    and e.customer_id = w.customer_id and e.dtr_id is null and e.status = 'credited' and e.week <= %(week)s::date
  order by e.id for no key update of e
), uncovered as materialized (
  select n.id, p.obligation_id, sum(p.amount) as amount, n.effective_on, n.source_type, n.reverses_id
  from ledger_postings p
  join ledger_entries n on n.company_id = p.company_id and n.id = p.entry_id
  where p.company_id = %(company)s::uuid and p.obligation_id = any(%(debts)s::uuid[])
    and not exists (select 1 from dtr_lines l where l.company_id = p.company_id and l.entry_id = p.entry_id)
  group by n.id, n.effective_on, n.source_type, n.reverses_id, p.obligation_id
)
select true, e.entry_id, e.id, e.gross, e.lease_id, e.customer_id, e.week, null, null, null from earned e
union all
select false, u.id, u.obligation_id, u.amount, null, null, u.effective_on,
  case when u.source_type <> %(raising)s then null else u.reverses_id is null end,
  u.source_type = any(%(adjusting)s::text[]),
  exists (select 1 from ledger_postings c where c.company_id = %(company)s::uuid and c.entry_id = u.id
    and c.subledger = %(credits)s)
from uncovered u
order by 2, 3
"""


class Pair(NamedTuple):
    """A lease's week for one driver, with what the driver's last DTR on the lease carried forward."""

    lease_id: int
    driver_id: int
    customer_id: UUID
    is_former: bool
    previous_id: UUID | None
    carried_forward: Decimal | None
    settled_until: date | None


@dataclass(slots=True)
class Debt:
    """A locked obligation due by the Sunday: what is outstanding on it, and what it `owes` by the lines of DTRs, this
    one's included; both after what is planned."""

    id: UUID
    lease_id: int
    customer_id: UUID
    category: str
    reference_id: str
    due_date: date
    issue_date: date
    outstanding: Decimal
    owes: Decimal = ZERO

    @property
    def payable(self) -> Decimal:
        """What the run may still pay of it: of what a late run leaves out, nothing is paid twice."""
        return min(self.outstanding, self.owes)

    def pay(self, amount: Decimal) -> None:
        """Note that so much of it is paid."""
        self.outstanding -= amount
        self.owes -= amount


@dataclass(frozen=True, slots=True)
class Moved:
    """An entry that no DTR covers: what it adds to what a debt owes."""

    entry_id: UUID
    debt: Debt
    kind: LineKind
    amount: Decimal
    effective_on: date

    @property
    def is_charge(self) -> bool:
        """Whether it raised the debt."""
        return self.kind is LineKind.CHARGE


@dataclass(frozen=True, slots=True)
class Earned:
    """A row of earnings that no DTR has covered; `gross` has its sign."""

    id: UUID
    entry_id: UUID
    week: date
    gross: Decimal


@dataclass(slots=True)
class LeaseWeek:
    """What the DTR of one pair covers, locked: credits, cash, debts (settled ones included) and what moved on them, and
    earnings.

    Each in order: the oldest memo, payment, entry and earnings first.
    """

    pair: Pair
    credits: list[HeldCredit] = field(default_factory=list)
    cash: list[HeldCash] = field(default_factory=list)
    debts: list[Debt] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    earned: list[Earned] = field(default_factory=list)


@dataclass(slots=True)
class DriverWeek:
    """The pairs of one customer, and the customer's cash for no lease, locked."""

    leases: list[LeaseWeek] = field(default_factory=list)
    cash: list[HeldCash] = field(default_factory=list)


@joins_transaction
def read_chunk(
    *, actor: Actor, week: date, pairs: Sequence[Pair], credited: frozenset[tuple[int, UUID]]
) -> list[DriverWeek]:
    """Lock the pairs' credits, cash, debts and earnings and read what the week's DTRs cover; driver by driver, in the
    order of the pairs. Three statements, one more where a pair is `credited`, and one for cash without a lease."""
    weeks = {(pair.lease_id, pair.customer_id): LeaseWeek(pair) for pair in pairs}
    drivers: dict[UUID, DriverWeek] = {}
    for each in weeks.values():
        drivers.setdefault(each.pair.customer_id, DriverWeek()).leases.append(each)
    _lock_money(actor, week, weeks, drivers, credited)
    values = _values(actor, week, pairs)
    by_id: dict[UUID, tuple[LeaseWeek, Debt]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_DEBTS, values)
        for row in cursor.fetchall():
            debt = Debt(*row)
            of_debt = weeks[debt.lease_id, debt.customer_id]
            of_debt.debts.append(debt)
            by_id[debt.id] = (of_debt, debt)
        cursor.execute(_READ, {**values, "debts": list(by_id)})
        rows = cursor.fetchall()
    uncovered: dict[UUID, list[Moved]] = {}
    for is_earning, entry_id, key, amount, lease_id, customer_id, day, *what in rows:
        if is_earning:
            weeks[lease_id, customer_id].earned.append(Earned(key, entry_id, day, amount))
            continue
        raises, adjusts, credits = what
        kind = kind_of_entry(
            is_raising=raises is True, is_void=raises is False, is_write_off=adjusts, is_credit=credits
        )
        uncovered.setdefault(key, []).append(Moved(entry_id, by_id[key][1], kind, amount, day))
    for of_debt, debt in by_id.values():
        _enter(of_debt, debt, uncovered.get(debt.id, []), settled_on(week))
    for each in weeks.values():
        each.moved.sort(key=lambda moved: (moved.entry_id, moved.debt.id))
    return list(drivers.values())


def _enter(of_debt: LeaseWeek, debt: Debt, uncovered: Sequence[Moved], until: date) -> None:
    """Say which of the entries the DTR takes, and what the debt owes by them and by the lines of earlier DTRs."""
    before = debt.outstanding - sum((each.amount for each in uncovered), ZERO)
    taken = entered(entries=uncovered, owed_before=before, until=until)
    debt.owes = before + sum((each.amount for each in taken), ZERO)
    of_debt.moved += taken


def _values(actor: Actor, week: date, pairs: Sequence[Pair]) -> dict[str, Any]:
    return {
        "company": actor.company_id,
        "currency": actor.company.base_currency,
        "week": week,
        "due": settled_on(week),
        "leases": [pair.lease_id for pair in pairs],
        "customers": [pair.customer_id for pair in pairs],
        "until": [pair.settled_until or _BEGINNING for pair in pairs],
        "since": [first_id_after(pair.settled_until) for pair in pairs],
        "raising": OBLIGATION,
        "adjusting": list(ADJUSTING),
        "credits": chart.CREDITS,
    }


def _lock_money(
    actor: Actor,
    week: date,
    weeks: dict[tuple[int, UUID], LeaseWeek],
    drivers: dict[UUID, DriverWeek],
    credited: frozenset[tuple[int, UUID]],
) -> None:
    """Lock the pairs' cash and then their credits; before their debts, as payments and memos are locked before
    obligations. Whoever has cash for no lease is locked as a customer, too: it pays the debts of all leases."""
    until, credits, cash = settled_on(week), credit_source(), cash_source()
    held_cash = (
        cash.lock(
            actor=actor,
            lease_ids=[lease for lease, _ in weeks],
            customer_ids=[customer for _, customer in weeks],
            until=until,
        )
        if cash
        else []
    )
    if credits and (asked := [pair for pair in weeks if pair in credited]):
        leases, customers = [lease for lease, _ in asked], [customer for _, customer in asked]
        for credit in credits.lock(actor=actor, lease_ids=leases, customer_ids=customers, until=until):
            weeks[credit.lease_id, credit.customer_id].credits.append(credit)
    for held in held_cash:
        if held.lease_id is None:
            drivers[held.customer_id].cash.append(held)
        else:
            weeks[held.lease_id, held.customer_id].cash.append(held)
    if without_lease := sorted({held.customer_id for held in held_cash if held.lease_id is None}):
        lock_customers(actor.company_id, without_lease)


def first_id_after(settled_until: date | None) -> UUID:
    """The smallest id of an entry that the DTRs of that Sunday may not have covered.

    A UUIDv7 begins with its milliseconds. What a late run leaves out is effective after its Sunday, and nothing is
    effective before it is posted.
    """
    if settled_until is None:
        return _FIRST_ID
    begins = datetime(settled_until.year, settled_until.month, settled_until.day, tzinfo=UTC) - _GRACE
    return UUID(int=int(begins.timestamp()) * 1000 << 80)
