"""Money that is known already and not yet at the bank, what was paid out, and what may have come back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection

from bank.models import LinePart
from bank.rules.evidence_text import check_numbers, folded
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from payments.rules.duplicates import DAYS_APART

BEFORE: Final = timedelta(days=14)
"""A payment that was taken reaches the bank within so many days, or is asked about."""
AFTER: Final = timedelta(days=DAYS_APART)
RETURNED_WITHIN: Final = timedelta(days=120)
_PAYMENT: Final = """p.id, p.number, p.number_order, p.customer_id, c.name, p.amount, p.currency, p.method,
  p.payment_date, p.reference_number, p.at_bank_id is not null"""
# Each span of days is read once, by the index on kind and date; amounts are compared in what was read.
_OF_DAYS: Final = f"""
select {_PAYMENT}
from unnest(%(firsts)s::date[], %(lasts)s::date[]) as d(first, last)
cross join lateral (
  select p.* from payments p where p.company_id = %(company)s::uuid and p.kind = any('{{interim,other}}'::text[])
    and p.payment_date between d.first and d.last and p.status = 'posted' and p.amount = any(%(amounts)s::numeric[])
  offset 0
) p join customers c on c.company_id = %(company)s::uuid and c.id = p.customer_id
order by p.number_order desc
"""  # noqa: S608 - fixed text
# Below row security an index is not asked for references: the customers' payments are read once, and compared as a set.
_OF_REFERENCE: Final = f"""
with wanted as materialized (
  select distinct * from unnest(%(customers)s::uuid[], %(references)s::text[]) as w(customer_id, reference)
), theirs as materialized (
  select p.* from payments p where p.company_id = %(company)s::uuid and p.customer_id = any(%(customers)s::uuid[])
    and p.status = 'posted' and p.reference_number <> ''
)
select {_PAYMENT}
from theirs p join wanted w on w.customer_id = p.customer_id and w.reference = upper(p.reference_number)
join customers c on c.company_id = p.company_id and c.id = p.customer_id
order by p.number_order desc
"""  # noqa: S608 - fixed text
_PAID_OUT: Final = """
select d.id, d.kind, d.status, d.amount, d.currency, d.bank_account_id, d.reference, d.payee, d.paid_on, d.method,
  d.customer_id
from disbursements d
where d.company_id = %(company)s::uuid and d.status = any(%(statuses)s::text[])
  and d.amount = any(%(amounts)s::numeric[]) and d.paid_on between %(first)s::date and %(last)s::date
order by d.paid_on, d.id
"""


@lru_cache(maxsize=4_000)
def _signs(reference: str, number: str) -> tuple[str, tuple[str, ...], str]:
    """By what a line names a payment: its reference, it and the number as words, and the number of its check."""
    reference = reference.strip()
    words = (folded(each) for each in (reference, number) if len(each) >= 4)
    digits = "".join(each for each in reference if each.isdecimal()).lstrip("0")
    return reference.casefold(), tuple(each for each in words if each.strip()), digits


@dataclass(frozen=True, slots=True)
class Known:
    """A payment that stands; `is_at_bank` once it lies on a line or a closed slip."""

    id: UUID
    number: str
    order: int
    customer_id: UUID
    customer: str
    amount: Decimal
    currency: str
    method: str
    payment_date: date
    reference: str
    is_at_bank: bool

    def is_named_in(self, part: LinePart) -> bool:
        """Whether the line has its reference, its number or its check's number."""
        reference, words, check = _signs(self.reference, self.number)
        if reference and reference == part.reference_number.strip().casefold():
            return True
        said = part.said
        if any(each in said for each in words):
            return True
        return bool(check) and check in check_numbers(part.text)

    def days_from(self, part: LinePart) -> int:
        """How many days lie between it and the line."""
        return abs((part.payment_date - self.payment_date).days)


@dataclass(frozen=True, slots=True)
class PaidOut:
    """Money that was paid out and has not cleared yet, or has."""

    id: UUID
    kind: str
    status: str
    amount: Decimal
    currency: str
    bank_account_id: UUID | None
    reference: str
    payee: str
    paid_on: date
    method: str
    customer_id: UUID | None

    def is_named_in(self, part: LinePart) -> bool:
        """Whether the line has its reference, or its check's number."""
        reference = self.reference.strip()
        if not reference:
            return False
        if reference.casefold() == part.reference_number.strip().casefold():
            return True
        words = part.said
        return (len(reference) >= 4 and folded(reference) in words) or reference.lstrip("0") in check_numbers(
            part.text
        )


@reads
def find_payments(
    *, actor: Actor, parts: Sequence[LinePart], before: timedelta = BEFORE
) -> dict[UUID, list[Known]]:
    """For each part the payments of its amount from `before` its day up to three days after it. One statement."""
    found: dict[UUID, list[Known]] = {each.id: [] for each in parts}
    if not parts:
        return found
    spans = list(_spans([(each.payment_date - before, each.payment_date + AFTER) for each in parts]))
    rows = _rows(
        _OF_DAYS,
        {
            "company": actor.company_id,
            "firsts": [first for first, _ in spans],
            "lasts": [last for _, last in spans],
            "amounts": sorted({each.left for each in parts}),
        },
    )
    by_amount: dict[object, list[Known]] = defaultdict(list)
    for row in rows:
        payment = Known(*row)
        by_amount[payment.amount, payment.currency].append(payment)
    for part in parts:
        near = [
            each
            for each in by_amount[part.left, part.currency]
            if part.payment_date - before <= each.payment_date <= part.payment_date + AFTER
        ]
        found[part.id] = sorted(near, key=lambda each: (each.days_from(part), -each.order))
    return found


@reads
def find_same_reference(
    *, actor: Actor, claimed: Mapping[UUID, Sequence[UUID]], parts: Sequence[LinePart]
) -> dict[UUID, list[Known]]:
    """For each part the payments of its likely customers that have its reference, whenever they were. One statement."""
    pairs = [
        (customer, part.reference_number.strip().upper())
        for part in parts
        if part.reference_number.strip()
        for customer in claimed.get(part.id, ())
    ]
    found: dict[UUID, list[Known]] = {each.id: [] for each in parts}
    if not pairs:
        return found
    rows = _rows(
        _OF_REFERENCE,
        {
            "company": actor.company_id,
            "customers": [customer for customer, _ in pairs],
            "references": [reference for _, reference in pairs],
        },
    )
    by_reference: dict[tuple[UUID, str], list[Known]] = defaultdict(list)
    for row in rows:
        payment = Known(*row)
        by_reference[payment.customer_id, payment.reference.strip().upper()].append(payment)
    for part in parts:
        for customer in claimed.get(part.id, ()):
            found[part.id] += by_reference.get((customer, part.reference_number.strip().upper()), ())
    return found


@reads
def find_paid_out(
    *, actor: Actor, parts: Sequence[LinePart], statuses: Sequence[str], before: timedelta
) -> dict[UUID, list[PaidOut]]:
    """For each part what was paid out with its amount and has one of the states. One statement."""
    found: dict[UUID, list[PaidOut]] = {each.id: [] for each in parts}
    if not parts:
        return found
    rows = _rows(
        _PAID_OUT,
        {
            "company": actor.company_id,
            "statuses": list(statuses),
            "amounts": sorted({each.left for each in parts}),
            "first": min(each.payment_date for each in parts) - before,
            "last": max(each.payment_date for each in parts) + AFTER,
        },
    )
    by_amount: dict[object, list[PaidOut]] = defaultdict(list)
    for row in rows:
        each = PaidOut(*row)
        by_amount[each.amount, each.currency].append(each)
    for part in parts:
        found[part.id] = [
            each
            for each in by_amount[part.left, part.currency]
            if part.payment_date - before <= each.paid_on <= part.payment_date + AFTER
        ]
    return found


def _spans(days: Sequence[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    """The days as spans that do not overlap."""
    current: tuple[date, date] | None = None
    for first, last in sorted(days):
        if current is None:
            current = (first, last)
        elif first <= current[1] + timedelta(days=1):
            current = (current[0], max(current[1], last))
        else:
            yield current
            current = (first, last)
    if current is not None:
        yield current


def _rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
