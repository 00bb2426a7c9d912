"""Whose numbers stand in the words of lines: documents, references, licenses, leases and their cars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from bank.models import LinePart
from bank.rules import evidence
from bank.rules.evidence import Evidence, Kind
from bank.rules.evidence_text import Token, given_token, tokens_of
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.subject import entity_of
from ledger.chart import Category
from ledger.repayment.kinds import repaid_kinds

_OF_LEASES: Final = ("lease", "medallion", "plate", "VIN")
_VEHICLES: Final = ("medallion", "plate", "VIN")
_MAX_OF_ONE: Final = 20
"""So many customers at most are looked at for one number."""
# What search keys are kept of, by the look-up of equal keys. A lease, and what belongs to its car, leads to those who
# drive it, with their days.
_KEYED: Final = """
with k as materialized (
  select k.kind, k.what, k.key, k.target, exists (
    select from search_keys longer where longer.company_id = %(company)s::uuid and longer.kind = k.kind
      and longer.key ~>=~ (k.key || '0') and longer.key ~<~ (k.key || ':')) as is_beginning
  from unnest(%(keys)s::text[]) w(key)
  join search_keys k on k.company_id = %(company)s::uuid and k.key = w.key
    and k.kind in ('customer', 'driver', 'vehicle', 'medallion', 'lease', 'invoice')
  where k.kind <> 'customer' or k.what = 'external reference'
), l as (
  select k.key, k.what, k.is_beginning, l.* from k join leases l on l.company_id = %(company)s::uuid
    and l.id = k.target::bigint where k.kind = 'lease'
  union all
  select k.key, k.what, k.is_beginning, l.* from k join leases l on l.company_id = %(company)s::uuid
    and l.medallion_id = k.target::bigint where k.kind = 'medallion'
  union all
  select k.key, k.what, k.is_beginning, l.* from k join leases l on l.company_id = %(company)s::uuid
    and l.vehicle_id = k.target::bigint where k.kind = 'vehicle'
)
select k.key, 'reference', c.external_reference, c.id, null::uuid, k.is_beginning, null::date, null::date
from k join customers c on c.company_id = %(company)s::uuid and c.id = k.target::uuid where k.kind = 'customer'
union all
select k.key, k.what, case k.what when 'driver' then d.driver_id else d.tlc_license end, d.customer_id, null,
  k.is_beginning, null, null
from k join drivers d on d.company_id = %(company)s::uuid and d.id = k.target::bigint where k.kind = 'driver'
union all
select k.key, k.what, i.number, i.customer_id, i.obligation_id, k.is_beginning, null, null
from k join invoices i on i.company_id = %(company)s::uuid and i.id = k.target::uuid where k.kind = 'invoice'
union all
select l.key, l.what, l.lease_id, d.customer_id, null, l.is_beginning, t.from_on, coalesce(t.until_on, l.ended_on)
from l join lease_drivers t on t.company_id = %(company)s::uuid and t.lease_id = l.id
join drivers d on d.company_id = %(company)s::uuid and d.id = t.driver_id
"""
_WRITTEN: Final = """
with w as materialized (
  select * from unnest(%(written)s::text[], %(keys)s::text[]) as w(number, key)
)
select w.key, lower(o.category), o.reference_id, o.customer_id, o.id
from w join ledger_obligations o on o.company_id = %(company)s::uuid
  and o.category = any(%(categories)s::text[]) and o.reference_id = w.number
union all
select w.key, 'DTR', d.number, d.customer_id, null from w join dtrs d on d.company_id = %(company)s::uuid
  and d.number = w.number
union all
select w.key, 'payment', p.number, p.customer_id, null from w join payments p on p.company_id = %(company)s::uuid
  and p.number = w.number
"""
_OF_KIND: Final = """
union all
select w.key, '{noun}', d.number, d.customer_id, null from w join {table} d on d.company_id = %(company)s::uuid
  and d.number = w.number
union all
select w.key, 'case', c.case_no, d.customer_id, null from w join cases c on c.company_id = %(company)s::uuid
  and c.case_no = w.number
join case_entities e on e.company_id = c.company_id and e.case_id = c.id and e.entity = '{entity}'
join {table} d on d.company_id = e.company_id and d.number = e.entity_id
"""
# The installments of a renewal case are called by its number and one of their own.
_OF_CASES: Final = """
union all
select w.key, 'case', w.number, o.customer_id, null from w
join cases c on c.company_id = %(company)s::uuid and c.case_no = w.number
cross join lateral (
  select o.customer_id, o.reference_id from ledger_obligations o
  where o.company_id = %(company)s::uuid and o.category = 'PREMIUM'
    and o.reference_id >= w.number || '-' and o.reference_id < w.number || '.'
  limit 1
) o
"""


@dataclass(frozen=True, slots=True)
class Named:
    """Whose a number is, and of what; `item` is the open item that it names. Days are those of a driver on a lease."""

    what: str
    number: str
    customer_id: UUID
    item: UUID | None = None
    is_beginning: bool = False
    from_on: date | None = None
    until_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the customer drove on that day."""
        return (self.from_on is None or self.from_on <= day) and (
            self.until_on is None or day <= self.until_on
        )


@reads
def find_named(*, actor: Actor, parts: Sequence[LinePart]) -> dict[UUID, list[tuple[UUID, Evidence]]]:
    """For each part the customers that numbers in its words and in its structured remittance name. Two statements."""
    tokens = {each.id: tokens_of(each.text) for each in parts}
    given = {each.id: [given_token(str(one)) for one in each.named if str(one).strip()] for each in parts}
    every = [one for some in (tokens, given) for row in some.values() for one in row]
    known = _look_up(actor, every)
    return {each.id: _of_part(each, tokens[each.id], given[each.id], known) for each in parts}


def _look_up(actor: Actor, tokens: Iterable[Token]) -> Mapping[str, list[Named]]:
    pairs = {(written, each.key) for each in tokens for written in each.spellings}
    keys = sorted({key for _, key in pairs if key})
    if not keys:
        return {}
    values: dict[str, Any] = {
        "company": actor.company_id,
        "keys": keys,
        "categories": [each.value for each in Category if each is not Category.INVOICE],
    }
    known: dict[str, dict[Named, None]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_KEYED, values)
        for key, *row in cursor.fetchall():
            known.setdefault(key, {})[Named(*row)] = None
        ordered = sorted(pairs)
        values |= {"written": [each for each, _ in ordered], "keys": [key for _, key in ordered]}
        cursor.execute(_written(), values)
        for key, *row in cursor.fetchall():
            known.setdefault(key, {})[Named(*row)] = None
    return {key: list(named)[:_MAX_OF_ONE] for key, named in known.items()}


def _written() -> str:
    kinds = [
        _OF_KIND.format(noun=each.noun, table=each.document._meta.db_table, entity=entity_of(each.document))
        for each in repaid_kinds()
    ]
    return "".join([_WRITTEN, *kinds, _OF_CASES])


def _of_part(
    part: LinePart, tokens: Sequence[Token], given: Sequence[Token], known: Mapping[str, list[Named]]
) -> list[tuple[UUID, Evidence]]:
    """What its numbers say: a number that is a piece of another that is known says nothing of its own."""
    hits = [each for each in tokens if each.key in known]
    whole = [each for each in hits if not any(each.within(other) for other in hits)]
    said = [
        pair for each in whole for pair in _says(each, known[each.key], part.payment_date, "its text names")
    ]
    for each in given:
        said += _says(each, known.get(each.key, ()), part.payment_date, "its remittance names")
    return said


def _says(token: Token, named: Sequence[Named], day: date, how: str) -> list[tuple[UUID, Evidence]]:
    owners = {each.customer_id for each in named if each.what not in _OF_LEASES}
    said = [
        (each.customer_id, _number(token, each, how, is_shared=len(owners) > 1))
        for each in named
        if each.what not in _OF_LEASES
    ]
    for what in _OF_LEASES:
        said += _of_lease(token, [each for each in named if each.what == what], day, how)
    return said


def _number(token: Token, named: Named, how: str, *, is_shared: bool) -> Evidence:
    words = f"{how} {named.what} {named.number}"
    items = (named.item,) if named.item else ()
    if is_shared or token.is_bare or token.is_inner:
        return Evidence(Kind.NUMBER, evidence.BARE, words, items=items)
    if token.is_last and named.is_beginning:
        return Evidence(Kind.NUMBER, evidence.CUT, f"{words}, if it is not cut off", items=items)
    among = frozenset({named.customer_id})
    return Evidence(Kind.NUMBER, evidence.EXACT, words, is_exact=True, among=among, items=items)


def _of_lease(token: Token, named: Sequence[Named], day: date, how: str) -> list[tuple[UUID, Evidence]]:
    """Those who drive the lease on that day; if nobody does, the last who did."""
    holders = [each for each in named if each.holds_on(day)]
    if not holders and named:
        holders = [max(named, key=lambda each: each.until_on or date.max)]
    drivers = {each.customer_id: each for each in holders}
    said = []
    for customer, each in drivers.items():
        words = f"{how} {each.what} {token.written}"
        is_alone = len(drivers) == 1 and not token.is_inner
        if each.what not in _VEHICLES and is_alone and not token.is_bare:
            proof = Evidence(Kind.NUMBER, evidence.EXACT, words, is_exact=True, among=frozenset({customer}))
        elif is_alone:
            among = frozenset() if token.is_bare else frozenset({customer})
            proof = Evidence(Kind.VEHICLE, evidence.VEHICLE, words, among=among)
        else:
            proof = Evidence(
                Kind.VEHICLE, evidence.SHARED_VEHICLE, f"{words}, which {len(drivers)} customers drive"
            )
        said.append((customer, proof))
    return said
