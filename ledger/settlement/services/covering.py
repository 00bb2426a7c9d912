"""What a chunk of DTRs covers, locked: cash and debts, then every entry on them and the earnings that no DTR covers.

Debts are found without reading a lease's whole past: what is open, what fell due since the last DTR, and what entries
since then touch. The entries are read once the debts are locked, so none can be added or missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from ledger.postings import OBLIGATION, WRITE_OFF
from ledger.rules.settlement import LineKind, kind_of_entry, settled_on
from ledger.weekly import HeldCash, cash_source

_BEGINNING: Final = date(1, 1, 1)
_FIRST_ID: Final = UUID(int=0)
# Ids of entries are times: made some moments before they are committed, so a day of grace finds those committed late.
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
select o.id, o.lease_id, o.customer_id, o.category, o.reference_id, o.due_date, o.outstanding
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
)
select true, e.entry_id, e.id, e.gross, e.lease_id, e.customer_id, e.week, false, false, false from earned e
union all
select false, n.id, p.obligation_id, sum(p.amount), null, null, null,
  n.source_type = %(raising)s and n.reverses_id is null,
  n.source_type = %(raising)s and n.reverses_id is not null,
  n.source_type = %(write_off)s
from ledger_postings p
join ledger_entries n on n.company_id = p.company_id and n.id = p.entry_id
where p.company_id = %(company)s::uuid and p.obligation_id = any(%(debts)s::uuid[])
  and not exists (select 1 from dtr_lines l where l.company_id = p.company_id and l.entry_id = p.entry_id)
group by n.id, n.source_type, n.reverses_id, p.obligation_id
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
    """A locked obligation due by the Sunday; `outstanding` is what it still owes after what is planned."""

    id: UUID
    lease_id: int
    customer_id: UUID
    category: str
    reference_id: str
    due_date: date
    outstanding: Decimal


@dataclass(frozen=True, slots=True)
class Moved:
    """An entry that no DTR covers: what it adds to what a debt owes."""

    entry_id: UUID
    debt: Debt
    kind: LineKind
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Earned:
    """Earnings that no DTR has covered."""

    id: UUID
    entry_id: UUID
    week: date
    gross: Decimal


@dataclass(frozen=True, slots=True)
class LeaseWeek:
    """What the DTR of one pair covers, locked: cash, debts (settled ones included), what moved on them, earnings.

    Each in order: the oldest payment, entry and earnings first.
    """

    pair: Pair
    cash: list[HeldCash] = field(default_factory=list)
    debts: list[Debt] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    earned: list[Earned] = field(default_factory=list)


@joins_transaction
def read_chunk(*, actor: Actor, week: date, pairs: Sequence[Pair]) -> list[LeaseWeek]:
    """Lock the pairs' unallocated cash, debts and earnings and read what the week's DTRs cover, in three statements;
    in the order of the pairs."""
    weeks = {(pair.lease_id, pair.customer_id): LeaseWeek(pair) for pair in pairs}
    for cash in _lock_cash(actor, pairs):
        weeks[cash.lease_id, cash.customer_id].cash.append(cash)
    values: dict[str, Any] = {
        "company": actor.company_id,
        "currency": actor.company.base_currency,
        "week": week,
        "due": settled_on(week),
        "leases": [pair.lease_id for pair in pairs],
        "customers": [pair.customer_id for pair in pairs],
        "until": [pair.settled_until or _BEGINNING for pair in pairs],
        "since": [_since(pair) for pair in pairs],
        "raising": OBLIGATION,
        "write_off": WRITE_OFF,
    }
    by_id: dict[UUID, tuple[LeaseWeek, Debt]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_DEBTS, values)
        for row in cursor.fetchall():
            debt = Debt(*row)
            of_debt = weeks[debt.lease_id, debt.customer_id]
            of_debt.debts.append(debt)
            by_id[debt.id] = (of_debt, debt)
        cursor.execute(_READ, {**values, "debts": list(by_id)})
        for is_earning, entry_id, key, amount, lease_id, customer_id, earned_in, *what in cursor.fetchall():
            if is_earning:
                weeks[lease_id, customer_id].earned.append(Earned(key, entry_id, earned_in, amount))
                continue
            raising, void, off = what
            kind = kind_of_entry(is_raising=raising, is_void=void, is_write_off=off)
            of_debt, debt = by_id[key]
            of_debt.moved.append(Moved(entry_id, debt, kind, amount))
    return list(weeks.values())


def _lock_cash(actor: Actor, pairs: Sequence[Pair]) -> list[HeldCash]:
    """The unallocated cash of the pairs; before their debts, as payments are locked before obligations."""
    source = cash_source()
    if source is None:
        return []
    return source.lock(
        actor=actor,
        lease_ids=[pair.lease_id for pair in pairs],
        customer_ids=[pair.customer_id for pair in pairs],
    )


def _since(pair: Pair) -> UUID:
    """The smallest id of an entry that the last DTR may not have seen: a UUIDv7 begins with its milliseconds."""
    if pair.previous_id is None:
        return _FIRST_ID
    milliseconds = (pair.previous_id.int >> 80) - int(_GRACE.total_seconds() * 1000)
    return UUID(int=max(milliseconds, 0) << 80)
