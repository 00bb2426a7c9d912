"""Rows held against the company: is there such a customer, may the day be booked, is it there already."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from ledger.chart import Category
from ledger.services.dates import book_date_error
from payments.batches.errors import HINTS
from payments.batches.models import PayerAccount
from payments.batches.rules.columns import RowRead, RowValues, no_customer
from payments.batches.rules.layouts import read_row

_TOKEN: Final = re.compile(r"[A-Z0-9][A-Z0-9\-/.]*[A-Z0-9]")
_LONGEST_TOKEN: Final = 60
# All of them, so that the look-up goes by the unique key on category and reference.
_CATEGORIES: Final = [each.value for each in Category if each is not Category.INVOICE]
_PAID: Final = """
select p.customer_id, upper(p.reference_number), min(p.number)
from payments p
join (select distinct * from unnest(%s::uuid[], %s::text[]) as w(customer_id, reference)) w
  on w.customer_id = p.customer_id and w.reference = upper(p.reference_number)
where p.company_id = %s::uuid and p.customer_id = any(%s::uuid[]) and p.status <> 'voided'
group by 1, 2
"""
# Whose numbers stand in a bank line's words: invoices, obligations, customers' own references.
_NAMED: Final = """
select 'invoice', upper(number), customer_id from invoices
where company_id = %(company)s::uuid and number = any(%(tokens)s::text[])
union all
select 'debt', upper(reference_id), customer_id from ledger_obligations
where company_id = %(company)s::uuid and category = any(%(categories)s::text[])
  and reference_id = any(%(tokens)s::text[])
union all
select 'customer', upper(external_reference), id from customers
where company_id = %(company)s::uuid and external_reference = any(%(tokens)s::text[])
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row does not become a payment."""

    code: str
    field: str
    message: str

    @property
    def hint(self) -> str:
        """What to do about it."""
        return HINTS.get(self.code, HINTS["unreadable_row"])

    def as_kept(self) -> dict[str, str]:
        """As a row keeps what is wrong beside the first."""
        return {"field": self.field, "code": self.code, "message": self.message, "hint": self.hint}


@dataclass(frozen=True, slots=True)
class Checked:
    """A row after its check: with all its problems, or a customer, or (a bank's line) neither."""

    row_no: int
    values: RowValues | None = None
    customer_id: UUID | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Read:
    """A row as it was read, and what is wrong with it so far."""

    row_no: int
    row: RowRead
    problems: list[Problem]


@reads
def check_rows(
    *, actor: Actor, layout: Mapping[str, Any], rows: Sequence[tuple[int, str, int | None]]
) -> list[Checked]:
    """Check rows (number, raw text, the earlier row that says the same) in a constant number of statements."""
    read = [_read(actor, layout, *row) for row in rows]
    if layout["bank"]:
        good = [each.row.values for each in read if each.row.values is not None and not each.problems]
        payers = _identify(actor, good)
        return [
            _checked(each, payers.get(_payer(each.row.values)) if each.row.values else None) for each in read
        ]
    customers = _customers(actor, read)
    for each in read:
        _refuse_unknown(each, customers[each.row_no])
    _refuse_paid(actor, read, customers)
    return [_checked(each, customers[each.row_no]) for each in read]


@reads
def paid_references(*, actor: Actor, references: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], str]:
    """Which (customer, reference) pairs a payment has that is not voided, with that payment's number."""
    references = [(customer, reference.upper()) for customer, reference in references if reference]
    if not references:
        return {}
    customers = [customer for customer, _ in references]
    with connection.cursor() as cursor:
        cursor.execute(
            _PAID, [customers, [each for _, each in references], actor.company_id, sorted(set(customers))]
        )
        return {(customer, reference): number for customer, reference, number in cursor.fetchall()}


def reference_paid(number: str, reference: str) -> Problem:
    """The reference is a payment's already."""
    message = f"Reference {reference[:60]!r} of this customer has already been paid: {number}."
    return Problem("reference_paid", "reference_number", message)


def _read(actor: Actor, layout: Mapping[str, Any], row_no: int, raw: str, same_as: int | None) -> _Read:
    row = read_row(layout, raw)
    problems = [Problem(each.code, each.field, each.message[:500]) for each in row.faults]
    if row.payment_date is not None:
        wrong = book_date_error(actor=actor, day=row.payment_date, field="payment_date")
        if wrong is not None:
            problems.append(Problem(wrong.code, wrong.field, wrong.message))
    if same_as is not None:
        problems.append(Problem("duplicate_row", "row", f"It is the same as row {same_as}."))
    return _Read(row_no, row, problems)


def _checked(read: _Read, customer_id: UUID | None) -> Checked:
    if read.problems:
        return Checked(read.row_no, read.row.values, problems=tuple(read.problems))
    return Checked(read.row_no, read.row.values, customer_id)


def _refuse_unknown(read: _Read, customer_id: UUID | None) -> None:
    """A customer that is named and that the company does not have."""
    named = str(read.row.customer_id or read.row.customer_reference)
    if named and customer_id is None:
        field = "entity_id" if read.row.customer_id else "customer_reference"
        read.problems.append(Problem("unknown_customer", field, no_customer(named)))


def _refuse_paid(actor: Actor, read: Sequence[_Read], customers: Mapping[int, UUID | None]) -> None:
    """Say of rows that are wrong anyway when their reference is paid; of right ones it is said when they are paid."""
    wrong = [
        (each, customer, each.row.reference_number)
        for each in read
        if each.problems and each.row.reference_number and (customer := customers[each.row_no]) is not None
    ]
    paid = paid_references(
        actor=actor, references=[(customer, reference) for _, customer, reference in wrong]
    )
    for each, customer, reference in wrong:
        if number := paid.get((customer, reference.upper())):
            each.problems.append(reference_paid(number, reference))


def _customers(actor: Actor, read: Sequence[_Read]) -> dict[int, UUID | None]:
    """Whose each row is, by its number; two statements at most."""
    here = Customer.objects.filter(company_id=actor.company_id)
    ids = {each.row.customer_id for each in read if each.row.customer_id}
    references = {each.row.customer_reference for each in read if each.row.customer_reference}
    by_id = frozenset(here.filter(id__in=ids).values_list("id", flat=True)) if ids else frozenset()
    named = (
        here.filter(external_reference__in=references).values_list("external_reference", "id")
        if references
        else ()
    )
    by_reference = {str(key): value for key, value in named}
    return {
        each.row_no: each.row.customer_id
        if each.row.customer_id in by_id
        else by_reference.get(each.row.customer_reference or "")
        for each in read
    }


def _payer(values: RowValues) -> tuple[str, str, str]:
    return values.text, values.payer_account, values.payer_name


def tokens_of(text: str) -> set[str]:
    """The words of a bank's line that may be numbers of something: those with a digit."""
    words = {word[:_LONGEST_TOKEN] for word in _TOKEN.findall(text.upper())}
    return {word for word in words if any(letter.isdigit() for letter in word) and len(word) >= 3}


@reads
def named_in(*, actor: Actor, tokens: set[str]) -> dict[str, set[tuple[str, UUID]]]:
    """Of whom each word speaks: (what it is, customer) pairs by word."""
    with connection.cursor() as cursor:
        cursor.execute(
            _NAMED, {"company": actor.company_id, "tokens": sorted(tokens), "categories": _CATEGORIES}
        )
        rows = cursor.fetchall()
    customers: dict[str, set[tuple[str, UUID]]] = {}
    for what, word, customer in rows:
        customers.setdefault(word, set()).add((what, customer))
    return customers


def _identify(actor: Actor, values: Sequence[RowValues]) -> dict[tuple[str, str, str], UUID]:
    """The customer of a bank's line: by what its text names, else by the account, else by the exact name; or none."""
    payers = {_payer(each) for each in values}
    words = {payer: tokens_of(payer[0]) for payer in payers}
    named = named_in(actor=actor, tokens=set().union(*words.values())) if payers else {}
    accounts = dict(
        PayerAccount.objects.filter(
            company_id=actor.company_id, account__in={account for _, account, _ in payers if account}
        ).values_list("account", "customer_id")
    )
    names: dict[str, list[UUID]] = {}
    for key, name in Customer.objects.filter(
        company_id=actor.company_id, name__in={name for _, _, name in payers if name}
    ).values_list("id", "name"):
        names.setdefault(name, []).append(key)
    customers: dict[tuple[str, str, str], UUID] = {}
    for payer in payers:
        _, account, name = payer
        spoken_of = {customer for word in words[payer] for _, customer in named.get(word, ())}
        if len(spoken_of) == 1:
            customers[payer] = spoken_of.pop()
        elif not spoken_of and account in accounts:
            customers[payer] = accounts[account]
        elif not spoken_of and len(names.get(name, ())) == 1:
            customers[payer] = names[name][0]
    return customers
