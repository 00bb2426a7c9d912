"""What customers have open, beside the amounts of lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection
from rapidfuzz.distance import OSA

from bank.models import LinePart
from bank.rules import evidence
from bank.rules.evidence import Claim, Evidence, Kind
from bank.rules.evidence_amounts import Open, Owed, named_fit
from bank.rules.evidence_text import Token, tokens_of
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import to_cents
from payments.rules.discounts import Terms

_MAX_OF_ONE: Final = 200
_MAX_OWNERS: Final = 5
"""An amount that more customers owe says nothing of any of them, unless something else does."""
_BEFORE, _AFTER = timedelta(days=60), timedelta(days=30)
Amount = tuple[int, str]
"""Cents and their currency."""
_SHORTEST_PIECE: Final = 5
_MAX_CUT_OFF: Final = 3
_ALIKE: Final = 3
"""So many letters at its beginning or its end no cut and no single mistake changes both of."""
_SHORTEST_MISTYPED: Final = 8
_COLUMNS: Final = """o.customer_id, o.currency, o.id, coalesce(i.number, o.reference_id) as reference, o.outstanding,
  o.due_date, i.early_payment_discount_percent, i.early_payment_discount_days"""
# The oldest of each customer; due soon, and with the very amount, of anybody.
_OF_CUSTOMERS: Final = f"""
select o.*
from unnest(%(customers)s::uuid[]) w(id) cross join lateral (
  select {_COLUMNS} from ledger_obligations o
  left join invoices i on i.company_id = o.company_id and i.obligation_id = o.id
  where o.company_id = %(company)s::uuid and o.customer_id = w.id and o.status = 'open'
  order by o.due_date, o.id limit %(limit)s
) o
order by o.due_date, o.id
"""  # noqa: S608 - fixed text
# Of each customer the oldest item of an amount.
_OF_AMOUNT: Final = """
select o.customer_id, o.outstanding, o.currency, o.id, o.due_date, coalesce(i.number, o.reference_id)
from (
  select distinct on (o.customer_id, o.outstanding, o.currency) o.* from ledger_obligations o
  where o.company_id = %(company)s::uuid and o.status = 'open'
    and o.due_date between %(first)s::date and %(last)s::date and o.outstanding = any(%(amounts)s::numeric[])
  order by o.customer_id, o.outstanding, o.currency, o.due_date, o.id
) o left join invoices i on i.company_id = %(company)s::uuid and i.obligation_id = o.id
order by o.due_date, o.id
"""


class OpenItems:
    """What some customers have open, by customer and currency."""

    def __init__(self, rows: Sequence[tuple[UUID, str, Open]]) -> None:
        by_owner: dict[UUID, dict[str, list[Open]]] = {}
        for customer, currency, item in rows:
            by_owner.setdefault(customer, {}).setdefault(currency, []).append(item)
        self._owed = {customer: _owed(items) for customer, items in by_owner.items()}

    def of(self, customer: UUID, currency: str) -> Owed:
        """What the customer has open in the currency, the oldest first."""
        return self._owed.get(customer, {}).get(currency) or Owed(())

    def replace(self, customer: UUID, items: Sequence[tuple[str, Open]]) -> None:
        """What a customer has open now, of every currency, the oldest first."""
        by_currency: dict[str, list[Open]] = {}
        for currency, item in items[:_MAX_OF_ONE]:
            by_currency.setdefault(currency, []).append(item)
        self._owed[customer] = _owed(by_currency)


def _owed(by_currency: Mapping[str, Sequence[Open]]) -> dict[str, Owed]:
    return {currency: Owed(items) for currency, items in by_currency.items()}


@reads
def read_open(*, actor: Actor, customers: Collection[UUID]) -> OpenItems:
    """What these customers have open; one statement."""
    if not customers:
        return OpenItems([])
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "company": actor.company_id,
            "customers": sorted(customers),
            "limit": _MAX_OF_ONE,
        }
        cursor.execute(_OF_CUSTOMERS, values)
        return OpenItems(
            [
                (
                    customer,
                    currency,
                    Open(key, number, to_cents(outstanding), due, Terms(percent, days) if days else None),
                )
                for customer, currency, key, number, outstanding, due, percent, days in cursor.fetchall()
            ]
        )


class Owing:
    """Who owes exactly the amounts of some parts, on items due around their days."""

    def __init__(self, wanted: Collection[Decimal], first: date, last: date) -> None:
        self._wanted = {to_cents(each) for each in wanted}
        self._first, self._last = first, last
        self._by_amount: dict[Amount, dict[UUID, tuple[date, str]]] = {}
        self._of: dict[UUID, set[Amount]] = {}

    def add(self, customer: UUID, currency: str, item: Open) -> None:
        """One more item; give those of a customer the oldest first."""
        if item.outstanding in self._wanted and self._first <= item.due_date <= self._last:
            amount = (item.outstanding, currency)
            owners = self._by_amount.setdefault(amount, {})
            owners.setdefault(customer, (item.due_date, item.number))
            self._of.setdefault(customer, set()).add(amount)

    def replace(self, customer: UUID, items: Sequence[tuple[str, Open]]) -> set[Amount]:
        """What a customer has open now, the oldest first; the amounts that they owed before or owe now."""
        before = self._of.pop(customer, set())
        for amount in before:
            del self._by_amount[amount][customer]
        for currency, item in items:
            self.add(customer, currency, item)
        return before | self._of.get(customer, set())

    def of(self, part: LinePart) -> list[tuple[UUID, Evidence]]:
        """The few customers who owe exactly the part's amount on something due around its day."""
        owners = []
        for customer, (due, number) in self._by_amount.get((to_cents(part.left), part.currency), {}).items():
            if part.payment_date - _BEFORE <= due <= part.payment_date + _AFTER:
                owners.append((customer, number))
                if len(owners) > _MAX_OWNERS:
                    return []
        words = f"is open with exactly {part.left:,.2f}"
        return [
            (customer, Evidence(Kind.AMOUNT, evidence.AMOUNT_ALONE, f"{number} {words}"))
            for customer, number in owners
        ]


@reads
def find_owing(*, actor: Actor, parts: Sequence[LinePart]) -> Owing:
    """Who owes exactly the amounts of these parts. One statement."""
    days = [each.payment_date for each in parts]
    first, last = min(days) - _BEFORE, max(days) + _AFTER
    amounts = {each.left for each in parts}
    owing = Owing(amounts, first, last)
    with connection.cursor() as cursor:
        cursor.execute(
            _OF_AMOUNT,
            {"company": actor.company_id, "amounts": sorted(amounts), "first": first, "last": last},
        )
        for customer, outstanding, currency, key, due, number in cursor.fetchall():
            owing.add(customer, currency, Open(key, number, to_cents(outstanding), due))
    return owing


def evidence_of_amount(part: LinePart, claim: Claim, owed: Owed) -> Evidence | None:
    """What the amount says of a customer that something else speaks for: the named items first."""
    amount = to_cents(part.left)
    names = set(claim.named)
    named = [each for each in owed.items if each.id in names] if names else []
    fit = named_fit(named, amount, on=part.payment_date) if named else None
    fit = fit if fit is not None and fit.points else owed.fit(amount, on=part.payment_date)
    return Evidence(Kind.AMOUNT, fit.points, fit.words, items=fit.items) if fit else None


def evidence_of_pieces(part: LinePart, owed: Owed) -> Evidence | None:
    """A number of the text that is the beginning or the end of an open item's, or that one letter tells from it: it was
    cut off, written in short, or mistyped."""
    tokens = _pieces_in(part.text)
    for item in owed.items if tokens else ():
        number = _closed(item.number)
        begins, ends, length = number[:_ALIKE], number[-_ALIKE:], len(number)
        for token in tokens:
            # A number that is near another begins or ends as that does.
            key = token.key
            is_near = key[-_ALIKE:] == ends or (length - len(key) <= _MAX_CUT_OFF and key[:_ALIKE] == begins)
            if is_near and (how := _how_near(key, number)):
                words = f"its text has {token.written}, {how} {item.number}"
                return Evidence(Kind.NUMBER, evidence.PARTIAL, words, items=(item.id,))
    return None


@lru_cache(maxsize=1_024)
def _pieces_in(text: str) -> tuple[Token, ...]:
    return tuple(each for each in tokens_of(text) if len(each.key) >= _SHORTEST_PIECE)


@lru_cache(maxsize=20_000)
def _closed(number: str) -> str:
    return "".join(filter(str.isalnum, number.upper()))


def _how_near(written: str, number: str) -> str:
    missing = len(number) - len(written)
    if missing > 0 and number.endswith(written):
        return "a piece of"
    if 0 < missing <= _MAX_CUT_OFF and number.startswith(written):
        return "a piece of"
    is_mistyped = len(number) >= _SHORTEST_MISTYPED and 0 < OSA.distance(written, number, score_cutoff=1) < 2
    return "one letter from" if is_mistyped else ""
