"""What a payment can be applied to: obligations with their invoices' terms, locked or only looked at.

One statement each. The obligations are locked in the order of their ids, always after the payment;
the terms of an invoice never change, so they are read along without a lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation
from payments.rules.discounts import Terms
from payments.services.credits import Funds

# All but the time of creation, which is not needed here and costs the most to read.
_COLUMNS: Final = tuple(each for each in Obligation._meta.concrete_fields if each.name != "created_at")
_FIELDS: Final = tuple(each.attname for each in _COLUMNS)
_WIDTH: Final = len(_FIELDS)
_READ: Final = (
    "select "
    + ", ".join(f'o."{each.column}"' for each in _COLUMNS)
    + ", i.id, i.number, i.early_payment_discount_percent, i.early_payment_discount_days "
    "from ledger_obligations o "
    "left join invoices i on i.company_id = o.company_id and i.obligation_id = o.id "
    "where o.company_id = %s::uuid "
)
# An array, so that the look-up by invoice stays an index look-up.
_NAMED: Final = (
    _READ  # noqa: S608 - column names from model meta
    + "and o.id = any(%s::uuid[] || array(select obligation_id from invoices "
    + "where company_id = %s::uuid and id = any(%s::uuid[]))) "
)
_OPEN: Final = (
    _READ + "and o.customer_id = %s::uuid and o.currency = %s and o.status = 'open' "
    "and (cardinality(%s::text[]) = 0 or o.category = any(%s::text[])) "
)
_OF_CUSTOMERS: Final = _READ + "and o.customer_id = any(%s::uuid[]) and o.status = 'open' "
_IN_ORDER: Final = "order by o.id"
_LOCK: Final = " for no key update of o"


@dataclass(frozen=True, slots=True)
class InvoiceHead:
    """The invoice behind an obligation, as far as allocating needs it."""

    id: UUID
    number: str
    terms: Terms | None


class Debt(NamedTuple):
    """What planning needs of an obligation."""

    id: UUID
    category: str
    reference_id: str
    outstanding: Decimal
    issue_date: date
    due_date: date


_CUSTOMER, _CURRENCY, _LEASE = (_FIELDS.index(name) for name in ("customer_id", "currency", "lease_id"))
_debt_of: Final = itemgetter(*(_FIELDS.index(name) for name in Debt._fields))


class Obligations(Mapping[UUID, Obligation]):
    """Obligations by id, each made into an instance when it is first asked for: a plan over a thousand meets ten."""

    def __init__(self, rows: Mapping[UUID, tuple[Any, ...]]) -> None:
        self._rows = rows
        self._made: dict[UUID, Obligation] = {}

    def __getitem__(self, key: UUID) -> Obligation:
        if key not in self._made:
            self._made[key] = Obligation.from_db("default", _FIELDS, self._rows[key][:_WIDTH])
        return self._made[key]

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def owners(self) -> Iterator[tuple[UUID, tuple[UUID, str]]]:
        """The customer and the currency of each, by id; no instance is made for it."""
        return ((key, (row[_CUSTOMER], row[_CURRENCY])) for key, row in self._rows.items())

    def lease_of(self, key: UUID) -> int | None:
        """The lease of one of them, likewise."""
        lease: int | None = self._rows[key][_LEASE]
        return lease

    def some(self, keys: Collection[UUID]) -> Obligations:
        """Only these."""
        return Obligations({key: self._rows[key] for key in keys})


@dataclass(frozen=True, slots=True)
class Items:
    """Obligations by id as they were read, the same briefly, and the invoices behind some of them by obligation id."""

    obligations: Obligations
    debts: dict[UUID, Debt]
    invoices: dict[UUID, InvoiceHead] = field(default_factory=dict)

    def number_of(self, obligation: Obligation | Debt) -> str:
        """The invoice's number, or the obligation's reference."""
        head = self.invoices.get(obligation.id)
        return head.number if head else obligation.reference_id


@joins_transaction
def lock_named(
    *, actor: Actor, obligation_ids: Collection[UUID] = (), invoice_ids: Collection[UUID] = ()
) -> Items:
    """Lock the obligations named by their own ids or their invoices'; what is missing does not exist here."""
    values = [actor.company_id, list(obligation_ids), actor.company_id, list(invoice_ids)]
    return _read(_NAMED + _IN_ORDER + _LOCK, values)


@reads
def read_named(*, actor: Actor, obligation_ids: Collection[UUID]) -> Items:
    """The same without a lock."""
    return _read(_NAMED + _IN_ORDER, [actor.company_id, list(obligation_ids), actor.company_id, []])


@joins_transaction
def lock_open_items(*, actor: Actor, payment: Funds, categories: Sequence[str] = ()) -> Items:
    """Lock every open obligation of the payment's (or memo's) customer and currency, or those of some categories."""
    return _open(actor, payment, categories, _LOCK)


@joins_transaction
def lock_items_of(*, actor: Actor, customers: Collection[UUID]) -> Items:
    """Lock everything that several customers have open, in every currency; one statement."""
    return _read(_OF_CUSTOMERS + _IN_ORDER + _LOCK, [actor.company_id, list(customers)])


@reads
def read_open_items(*, actor: Actor, payment: Funds, categories: Sequence[str] = ()) -> Items:
    """The same without a lock, for reading."""
    return _open(actor, payment, categories, "")


def _open(actor: Actor, payment: Funds, categories: Sequence[str], lock: str) -> Items:
    values = [actor.company_id, payment.customer_id, payment.currency, list(categories), list(categories)]
    return _read(_OPEN + _IN_ORDER + lock, values)


def _read(statement: str, values: list[Any]) -> Items:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    debts: dict[UUID, Debt] = {}
    kept: dict[UUID, tuple[Any, ...]] = {}
    invoices: dict[UUID, InvoiceHead] = {}
    for row in rows:
        debt = Debt(*_debt_of(row))
        debts[debt.id], kept[debt.id] = debt, row
        invoice_id, number, percent, days = row[_WIDTH:]
        if invoice_id is not None:
            terms = Terms(percent, days) if percent is not None else None
            invoices[debt.id] = InvoiceHead(invoice_id, number, terms)
    return Items(Obligations(kept), debts, invoices)
