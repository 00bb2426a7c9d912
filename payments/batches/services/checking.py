"""Rows held against the company: is there such a customer, may the day be booked, is it there already."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from django.db import connection

from batconnect.core.actors import Actor
from batconnect.directory.models import Customer
from ledger.chart import Category
from ledger.services.dates import book_date_error
from payments.batches.errors import HINTS
from payments.batches.models import PayerAccount
from payments.batches.rules.columns import BadRow, RowValues, no_customer
from payments.batches.rules.layouts import values_of

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


class HasRaw(Protocol):
    """A stored row, or one that is only looked at."""

    @property
    def row_no(self) -> int: ...
    @property
    def raw(self) -> str: ...


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


@dataclass(frozen=True, slots=True)
class Checked:
    """A row after its check: with a problem, or a customer, or (a bank's line) neither."""

    row_no: int
    values: RowValues | None = None
    customer_id: UUID | None = None
    problem: Problem | None = None


def check_rows(
    *, actor: Actor, layout: Mapping[str, Any], rows: Sequence[tuple[int, str, int | None]]
) -> list[Checked]:
    """Check rows (number, raw text, the earlier row that says the same) in a constant number of statements."""
    read = [_read(actor, layout, *row) for row in rows]
    good = [each for each in read if each.values is not None and each.problem is None]
    if layout["bank"]:
        return _with_customers(read, _identify(actor, [each.values for each in good if each.values]), None)
    by_id, by_reference = _customers(actor, [each.values for each in good if each.values])
    return _with_customers(read, by_reference, by_id)


def paid_references(*, actor: Actor, wanted: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], str]:
    """Which (customer, reference) pairs a payment has that is not voided, with that payment's number."""
    wanted = [(customer, reference.upper()) for customer, reference in wanted if reference]
    if not wanted:
        return {}
    customers = [customer for customer, _ in wanted]
    with connection.cursor() as cursor:
        cursor.execute(
            _PAID, [customers, [each for _, each in wanted], actor.company_id, sorted(set(customers))]
        )
        return {(customer, reference): number for customer, reference, number in cursor.fetchall()}


def reference_paid(number: str, reference: str) -> Problem:
    """The reference is a payment's already."""
    message = f"Reference {reference[:60]!r} of this customer is paid already: {number}."
    return Problem("reference_paid", "reference_number", message)


def _read(actor: Actor, layout: Mapping[str, Any], row_no: int, raw: str, same_as: int | None) -> Checked:
    try:
        values = values_of(layout, raw)
    except BadRow as error:
        return Checked(row_no, problem=Problem(error.code, error.field, error.message[:500]))
    if wrong := book_date_error(actor=actor, day=values.payment_date, field="payment_date"):
        return Checked(row_no, values, problem=Problem(wrong.code, wrong.field, wrong.message))
    if same_as is not None:
        return Checked(
            row_no, values, problem=Problem("duplicate_row", "row", f"It says the same as row {same_as}.")
        )
    return Checked(row_no, values)


def _with_customers(
    read: Sequence[Checked], by_key: Mapping[Any, UUID], by_id: frozenset[UUID] | None
) -> list[Checked]:
    found: list[Checked] = []
    for each in read:
        values = each.values
        if values is None or each.problem is not None:
            found.append(each)
            continue
        if by_id is None:
            found.append(Checked(each.row_no, values, by_key.get(_payer(values))))
            continue
        customer = (
            values.customer_id
            if values.customer_id in by_id
            else by_key.get(values.customer_reference or None)
        )
        if customer is None:
            field = "entity_id" if values.customer_id else "customer_reference"
            message = no_customer(str(values.customer_id or values.customer_reference))
            found.append(Checked(each.row_no, values, problem=Problem("unknown_customer", field, message)))
        else:
            found.append(Checked(each.row_no, values, customer))
    return found


def _customers(actor: Actor, values: Sequence[RowValues]) -> tuple[frozenset[UUID], dict[str, UUID]]:
    here = Customer.objects.filter(company_id=actor.company_id)
    ids = {each.customer_id for each in values if each.customer_id}
    references = {each.customer_reference for each in values if each.customer_reference}
    by_id = frozenset(here.filter(id__in=ids).values_list("id", flat=True)) if ids else frozenset()
    by_reference = (
        dict(here.filter(external_reference__in=references).values_list("external_reference", "id"))
        if references
        else {}
    )
    return by_id, {str(key): value for key, value in by_reference.items()}


def _payer(values: RowValues) -> tuple[str, str, str]:
    return values.text, values.payer_account, values.payer_name


def tokens_of(text: str) -> set[str]:
    """The words of a bank's line that may be numbers of something: those with a digit."""
    words = {word[:_LONGEST_TOKEN] for word in _TOKEN.findall(text.upper())}
    return {word for word in words if any(letter.isdigit() for letter in word) and len(word) >= 3}


def named_in(*, actor: Actor, tokens: set[str]) -> dict[str, set[tuple[str, UUID]]]:
    """Of whom each word speaks: (what it is, customer) pairs by word."""
    with connection.cursor() as cursor:
        cursor.execute(
            _NAMED, {"company": actor.company_id, "tokens": sorted(tokens), "categories": _CATEGORIES}
        )
        rows = cursor.fetchall()
    found: dict[str, set[tuple[str, UUID]]] = {}
    for what, word, customer in rows:
        found.setdefault(word, set()).add((what, customer))
    return found


def _identify(actor: Actor, values: Sequence[RowValues]) -> dict[tuple[str, str, str], UUID]:
    """Whose a bank's line is: by what its words name, else by the account, else by the exact name; one or nobody."""
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
    found: dict[tuple[str, str, str], UUID] = {}
    for payer in payers:
        _, account, name = payer
        spoken_of = {customer for word in words[payer] for _, customer in named.get(word, ())}
        if len(spoken_of) == 1:
            found[payer] = spoken_of.pop()
        elif not spoken_of and account in accounts:
            found[payer] = accounts[account]
        elif not spoken_of and len(names.get(name, ())) == 1:
            found[payer] = names[name][0]
    return found
