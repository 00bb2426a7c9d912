"""The one allocation engine (docs/domain.md#allocation): payments of every kind use it alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection, models

from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount, sum_of
from ledger.errors import ABOVE_OUTSTANDING
from ledger.models import Obligation
from ledger.postings import EntryDraft
from ledger.services import Posted, post_entries
from ledger.services.dates import book_date_error
from payments import postings
from payments.errors import (
    ABOVE_UNALLOCATED,
    DATE_TOO_EARLY,
    NOT_PAYABLE,
    OTHER_CURRENCY,
    OTHER_CUSTOMER,
    PaymentNotFound,
    PaymentNotPosted,
)
from payments.models import Allocation, Payment
from payments.rules.strategies import CHOSEN
from payments.services.figures import move_cash

_FIELDS: Final = tuple(each.attname for each in Payment._meta.concrete_fields)
_LOCK: Final = (
    "select "  # noqa: S608 - column names from model meta
    + ", ".join(f'"{each.column}"' for each in Payment._meta.concrete_fields)
    + " from payments where company_id = %s::uuid and "
)
# No key changes: the weaker lock lets the key checks of others' rows pass.
_LOCK_BY_ID: Final = _LOCK + "id = %s::uuid for no key update"
_LOCK_BY_NUMBER: Final = _LOCK + "number = %s for no key update"
_LOCK_MANY: Final = _LOCK + "id = any(%s::uuid[]) order by id for no key update"


@dataclass(frozen=True, slots=True)
class AllocationLine:
    """One line to apply: `amount` is what it settles (gross); its part `discount_amount` is not paid in cash.

    `field` is the path of the input that asked for it (`allocations.0`), for refusals; `decision` the rank and
    the values that decided it, kept with the allocation.
    """

    obligation_id: UUID
    amount: Decimal
    discount_amount: Decimal = ZERO
    discount_percent: Decimal = Decimal(0)
    discount_reason: str = ""
    strategy: str = CHOSEN
    decision: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""
    allocation_date: date | None = None
    field: str = ""

    @property
    def cash(self) -> Decimal:
        """What the line takes from the payment's unallocated cash."""
        return self.amount - self.discount_amount


@dataclass(frozen=True, slots=True)
class Applied:
    """What was applied together: the allocations in order, and the payment with its new figures."""

    operation_id: UUID
    payment: Payment
    allocations: tuple[Allocation, ...]


@joins_transaction
def lock_payment(*, actor: Actor, payment_id: UUID | None = None, number: str | None = None) -> Payment:
    """The payment, by id or number, locked until the transaction ends; before any obligation.

    Rule: docs/architecture.md#lock-order.

    Raises PaymentNotFound (404).
    """
    with connection.cursor() as cursor:
        if payment_id is not None:
            cursor.execute(_LOCK_BY_ID, [actor.company_id, payment_id])
        else:
            cursor.execute(_LOCK_BY_NUMBER, [actor.company_id, number])
        row = cursor.fetchone()
    payment = Payment.from_db("default", _FIELDS, row) if row else None
    if payment is None:
        raise PaymentNotFound(f"There is no payment {str(payment_id or number)[:40]}.")
    return payment


@joins_transaction
def lock_payments(*, actor: Actor, ids: Collection[UUID]) -> dict[UUID, Payment]:
    """The payments with these ids, locked in the order of their ids, in one statement; by id."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_MANY, [actor.company_id, list(ids)])
        rows = cursor.fetchall()
    payments = [Payment.from_db("default", _FIELDS, row) for row in rows]
    return {payment.id: payment for payment in payments}


@joins_transaction
def apply_allocations(
    *,
    actor: Actor,
    payment: Payment,
    obligations: Mapping[UUID, Obligation],
    lines: Sequence[AllocationLine],
    operation_id: UUID | None = None,
    drafts: Sequence[EntryDraft] = (),
    rows: Sequence[Sequence[models.Model]] = (),
    changes: Sequence[Change] = (),
) -> Applied:
    """Apply the lines to the obligations, all or nothing, in one statement (docs/domain.md#allocation).

    The caller holds the locks: the payment's (`lock_payment`), then the obligations' (`lock_obligations`). An
    unsaved payment is inserted in the same statement, with what is left of its `unallocated`; pass its
    `payment_received` in `drafts`. `rows`, `changes` and `drafts` are written along, `drafts` first. Each line
    becomes an allocation and an `allocation_applied` entry; several lines may name one obligation.

    Raises PaymentNotPosted (409), and InvalidInput naming each wrong line's field with the figures: obligation
    not open, another customer's or currency, date not bookable, above outstanding, above unallocated cash.
    """
    _require_applicable(actor, payment, obligations, lines)
    operation_id = operation_id or uuid7()
    day = today(actor.company)
    allocations = _allocations(actor, payment, obligations, lines, operation_id, day)
    cash = sum_of(line.cash for line in lines)
    is_new = payment._state.adding
    if is_new:
        payment.unallocated -= cash
    else:
        changes = [*changes, move_cash(payment, unallocated=-cash)]
    posted = post_entries(
        actor=actor,
        drafts=[*drafts, *(_draft(payment, obligations, each) for each in allocations)],
        rows=[*rows, [payment] if is_new else [], allocations],
        changes=changes,
    )
    payment._state.adding = False
    _note_what_became(obligations, allocations, posted)
    return Applied(operation_id, payment, tuple(allocations))


def _note_what_became(
    obligations: Mapping[UUID, Obligation], allocations: Sequence[Allocation], posted: Posted
) -> None:
    """Give the instances what the database computed, so that they need not be read again."""
    for key, left in posted.outstanding.items():
        obligations[key].outstanding = left
        obligations[key].status = Obligation.Status.OPEN if left > 0 else Obligation.Status.SETTLED
    for allocation in allocations:
        allocation._state.adding = False
        if posted.at is not None:
            allocation.created_at = allocation.updated_at = posted.at


def require_posted(payment: Payment) -> None:
    """Raise PaymentNotPosted (409) for a payment that is voided or still pending."""
    if payment.status != Payment.Status.POSTED:
        raise PaymentNotPosted(f"{payment.number} is {payment.get_status_display().lower()}.")


def _require_applicable(
    actor: Actor, payment: Payment, obligations: Mapping[UUID, Obligation], lines: Sequence[AllocationLine]
) -> None:
    require_posted(payment)
    left = {key: obligation.outstanding for key, obligation in obligations.items()}
    wrong: list[FieldError] = []
    for line in lines:
        assert line.amount > 0, "the entry point refuses amounts that are not above zero"
        assert ZERO <= line.discount_amount < line.amount, "a discount is part of the amount"
        obligation = obligations.get(line.obligation_id)
        error = _wrong_with(actor, payment, obligation, line, left)
        if error:
            wrong.append(error)
        else:
            left[line.obligation_id] -= line.amount
    if wrong:
        raise InvalidInput(wrong[0].message, code=wrong[0].code, errors=wrong)
    cash = sum_of(line.cash for line in lines)
    if cash > payment.available:
        held = f", {format_amount(payment.reserved)} of it reserved for refunds" if payment.reserved else ""
        raise InvalidInput(
            f"The allocations take {format_amount(cash)} in cash, but "
            f"{payment.number} has {format_amount(payment.unallocated)} unallocated{held}.",
            code=ABOVE_UNALLOCATED,
            field="allocations" if not lines or lines[0].field else "amount",
        )


def _wrong_with(
    actor: Actor,
    payment: Payment,
    obligation: Obligation | None,
    line: AllocationLine,
    left: Mapping[UUID, Decimal],
) -> FieldError | None:
    """What is wrong with one line, given what the lines before it left outstanding."""
    where = f"{line.field}." if line.field else ""
    if obligation is None:
        return FieldError(f"{where}obligation_id", "There is no such obligation.", NOT_PAYABLE)
    name = f"{obligation.get_category_display()} {obligation.reference_id}"
    if obligation.customer_id != payment.customer_id:
        return FieldError(f"{where}obligation_id", f"{name} belongs to another customer.", OTHER_CUSTOMER)
    if obligation.currency != payment.currency:
        message = f"{name} is in {obligation.currency}, the payment in {payment.currency}."
        return FieldError(f"{where}obligation_id", message, OTHER_CURRENCY)
    if obligation.status != Obligation.Status.OPEN:
        message = f"{name} is {obligation.get_status_display().lower()}: nothing is outstanding on it."
        return FieldError(f"{where}obligation_id", message, NOT_PAYABLE)
    if line.amount > left[obligation.id]:
        message = (
            f"{format_amount(line.amount)} is above the {format_amount(left[obligation.id])} outstanding on "
            f"{name}."
        )
        return FieldError(f"{where}amount", message, ABOVE_OUTSTANDING)
    if line.allocation_date is not None:
        return _wrong_date(actor, payment, obligation, line.allocation_date, f"{where}allocation_date")
    return None


def _wrong_date(
    actor: Actor, payment: Payment, obligation: Obligation, day: date, where: str
) -> FieldError | None:
    """Why an allocation cannot carry this date (docs/domain.md#allocation)."""
    first, what = max((payment.payment_date, "the payment date"), (obligation.issue_date, "the issue date"))
    if day < first:
        return FieldError(where, f"{day} is before {what}, {first}.", DATE_TOO_EARLY)
    return book_date_error(actor=actor, day=day, field=where)


def _allocations(
    actor: Actor,
    payment: Payment,
    obligations: Mapping[UUID, Obligation],
    lines: Sequence[AllocationLine],
    operation_id: UUID,
    day: date,
) -> list[Allocation]:
    left = {line.obligation_id: obligations[line.obligation_id].outstanding for line in lines}
    made: list[Allocation] = []
    for place, line in enumerate(lines, start=1):
        left[line.obligation_id] -= line.amount
        made.append(
            Allocation(
                company_id=actor.company_id,
                operation_id=operation_id,
                line=place,
                payment_id=payment.id,
                obligation_id=line.obligation_id,
                amount=line.amount,
                discount_amount=line.discount_amount,
                discount_percent=line.discount_percent,
                discount_reason=line.discount_reason,
                allocation_date=line.allocation_date or day,
                strategy=line.strategy,
                decision=dict(line.decision),
                outstanding_after=left[line.obligation_id],
                notes=line.notes,
                created_by_id=actor.user_id,
            )
        )
    return made


def _draft(payment: Payment, obligations: Mapping[UUID, Obligation], allocation: Allocation) -> EntryDraft:
    obligation = obligations[allocation.obligation_id]
    return postings.allocation_applied(
        allocation_id=allocation.id,
        operation_id=allocation.operation_id,
        payment_id=payment.id,
        obligation_id=obligation.id,
        category=obligation.category,
        cash=allocation.amount - allocation.discount_amount,
        discount=allocation.discount_amount,
        currency=payment.currency,
        allocation_date=allocation.allocation_date,
        customer_id=payment.customer_id,
        lease_id=obligation.lease_id,
        case_no=payment.case_no,
    )
