"""Rows held against the company: is there such a customer, may the day be booked, is it there already."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from ledger.services.dates import book_date_error
from payments.batches.errors import HINTS
from payments.batches.rules.columns import RowRead, RowValues
from payments.batches.rules.layouts import read_row
from payments.batches.rules.naming import identify
from payments.batches.rules.origins import ORIGIN
from payments.batches.services.naming import read_register
from payments.batches.services.origins import find_origins

_PAID: Final = """
select p.customer_id, upper(p.reference_number), min(p.number)
from payments p
join (select distinct * from unnest(%s::uuid[], %s::text[]) as w(customer_id, reference)) w
  on w.customer_id = p.customer_id and w.reference = upper(p.reference_number)
where p.company_id = %s::uuid and p.customer_id = any(%s::uuid[]) and p.status not in ('voided', 'returned')
group by 1, 2
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
    """A row after its check: with all its problems, or a customer."""

    row_no: int
    values: RowValues | None = None
    customer_id: UUID | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as a batch keeps it: its text, the earlier row that says the same, its cells once it was repaired.

    `has_origin` when it took over from the failed row that it says to correct.
    """

    row_no: int
    raw: str
    same_as: int | None = None
    cells: Mapping[str, str] | None = None
    has_origin: bool = False


@dataclass(slots=True)
class _Read:
    """A row as it was read, and what is wrong with it so far."""

    row_no: int
    row: RowRead
    problems: list[Problem]


@reads
def check_rows(*, actor: Actor, layout: Mapping[str, Any], rows: Sequence[StoredRow]) -> list[Checked]:
    """Check rows in a constant number of statements."""
    read = [_read(actor, layout, row) for row in rows]
    _refuse_superseded(actor, read, {each.row_no for each in rows if each.has_origin})
    customers = _customers(actor, read)
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


def _read(actor: Actor, layout: Mapping[str, Any], stored: StoredRow) -> _Read:
    row = read_row(layout, stored.raw, stored.cells)
    problems = [Problem(each.code, each.field, each.message[:500]) for each in row.faults]
    if row.payment_date is not None:
        wrong = book_date_error(actor=actor, day=row.payment_date, field="payment_date")
        if wrong is not None:
            problems.append(Problem(wrong.code, wrong.field, wrong.message))
    if stored.same_as is not None:
        problems.append(Problem("duplicate_row", "row", f"It is the same as row {stored.same_as}."))
    return _Read(stored.row_no, row, problems)


def _checked(read: _Read, customer_id: UUID | None) -> Checked:
    if read.problems:
        return Checked(read.row_no, read.row.values, problems=tuple(read.problems))
    return Checked(read.row_no, read.row.values, customer_id)


def _customers(actor: Actor, read: Sequence[_Read]) -> dict[int, UUID | None]:
    """Whose each row is, by its number; of a row that names nobody, or several, why is added to its problems."""
    register = read_register(actor=actor, named=[each.row.named for each in read])
    customers: dict[int, UUID | None] = {}
    for each in read:
        customers[each.row_no] = None
        if not each.row.named:
            continue
        customer = identify(each.row.named, day=each.row.payment_date, register=register)
        if isinstance(customer, UUID):
            customers[each.row_no] = customer
        else:
            each.problems += [Problem(why.code, why.field, why.message[:500]) for why in customer]
    return customers


def _refuse_superseded(actor: Actor, read: Sequence[_Read], took_over: Collection[int]) -> None:
    """Say of rows that correct a failed row which is not free that it was corrected already (ADR 58)."""
    claiming = [
        (each.row_no, each.row.origin) for each in read if each.row.origin and each.row_no not in took_over
    ]
    taken = find_origins(actor=actor, rows=claiming).taken
    for each in read:
        if each.row_no in taken:
            each.problems.append(Problem("row_superseded", ORIGIN, taken[each.row_no]))


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
