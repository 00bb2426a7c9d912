"""The one allocation engine (docs/domain.md#allocation): payments of every kind and credit memos use it alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection, models

from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount, sum_of
from batconnect.core.models import AuditEvent
from ledger.errors import ABOVE_OUTSTANDING
from ledger.models import Obligation
from ledger.postings import EntryDraft
from ledger.services import Posted, post_entries
from ledger.services.dates import book_date_error, open_day
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
from payments.models import Allocation, CreditMemo, Payment
from payments.rules.strategies import CHOSEN
from payments.services.credits import Funds, dated, left_of, move_credit, require_standing
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
    the values that decided it, kept with the allocation. Without an `allocation_date` it counts from `default_day` on.
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
        """What the line takes from the payment's unallocated cash, or from what is left of the memo."""
        return self.amount - self.discount_amount


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a payment is to be applied to, worked out and not written yet, with its line of the trail."""

    operation_id: UUID
    lines: Sequence[AllocationLine]
    obligations: Mapping[UUID, Obligation]
    event: AuditEvent


@dataclass(frozen=True, slots=True)
class Applied:
    """What was applied together: the allocations in order, and the payment with its new figures."""

    operation_id: UUID
    payment: Payment
    allocations: tuple[Allocation, ...]


@dataclass(frozen=True, slots=True)
class AppliedCredit:
    """What was applied together of a credit memo: the allocations in order, and the memo with its new figures."""

    operation_id: UUID
    memo: CreditMemo
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
    allocations = _allocations(actor, payment, obligations, lines, operation_id)
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


@joins_transaction
def apply_prepared(*, actor: Actor, payment: Payment, prepared: Prepared) -> Applied:
    """Apply what was prepared for a stored payment, with its line of the trail. Raises as `apply_allocations`."""
    return apply_allocations(
        actor=actor,
        payment=payment,
        obligations=prepared.obligations,
        lines=prepared.lines,
        operation_id=prepared.operation_id,
        rows=[[prepared.event]],
    )


@dataclass(frozen=True, slots=True)
class NewAllocations:
    """What a payment that is not stored yet is applied to, to be written with it."""

    allocations: Sequence[Allocation]
    drafts: Sequence[EntryDraft]
    event: AuditEvent


@reads
def compose_new(*, actor: Actor, payment: Payment, prepared: Prepared) -> NewAllocations:
    """The allocations of a payment that is not stored yet, with their entries; the caller writes them with it.

    The instances of payment and obligations go on at once, so that the next one to be composed sees what this one left,
    and the payment counts the change as if it had been stored before. Raises as `apply_allocations`, before anything
    goes on.
    """
    assert payment._state.adding
    _require_applicable(actor, payment, prepared.obligations, prepared.lines)
    made = _allocations(actor, payment, prepared.obligations, prepared.lines, prepared.operation_id)
    payment.unallocated -= sum_of(line.cash for line in prepared.lines)
    payment.version += 1
    for each in made:
        obligation = prepared.obligations[each.obligation_id]
        obligation.outstanding = each.outstanding_after
        if not obligation.outstanding:
            obligation.status = Obligation.Status.SETTLED
    return NewAllocations(
        made, [_draft(payment, prepared.obligations, each) for each in made], prepared.event
    )


@joins_transaction
def apply_credit(
    *,
    actor: Actor,
    memo: CreditMemo,
    obligations: Mapping[UUID, Obligation],
    lines: Sequence[AllocationLine],
    operation_id: UUID | None = None,
    drafts: Sequence[EntryDraft] = (),
    rows: Sequence[Sequence[models.Model]] = (),
) -> AppliedCredit:
    """Apply what is left of a credit memo to the lines, all or nothing, in one statement; without discounts.

    The caller holds the locks: the memo's, then the obligations'. An unsaved memo is inserted in the same statement,
    with what is left of its `left`; pass its `credit_issued` in `drafts`, and further `rows`. Each line becomes an
    allocation and a `credit_applied` entry. Raises as `apply_allocations`, Conflict 409 `credit_voided`.
    """
    _require_applicable(actor, memo, obligations, lines)
    operation_id = operation_id or uuid7()
    allocations = _allocations(actor, memo, obligations, lines, operation_id)
    is_new = memo._state.adding
    change = move_credit(memo, applied=sum_of(line.amount for line in lines))
    if is_new:
        memo.version -= 1
    posted = post_entries(
        actor=actor,
        drafts=[*drafts, *(_draft(memo, obligations, each) for each in allocations)],
        rows=[[memo] if is_new else [], *rows, allocations],
        changes=[] if is_new else [change],
    )
    memo._state.adding = False
    _note_what_became(obligations, allocations, posted)
    return AppliedCredit(operation_id, memo, tuple(allocations))


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
    actor: Actor, payment: Funds, obligations: Mapping[UUID, Obligation], lines: Sequence[AllocationLine]
) -> None:
    if isinstance(payment, CreditMemo):
        require_standing(payment)
    else:
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
            _above(payment, cash) + f"{held}.",
            code=ABOVE_UNALLOCATED,
            field="allocations" if not lines or lines[0].field else "amount",
        )


def _above(funds: Funds, taken: Decimal) -> str:
    left = format_amount(left_of(funds))
    if isinstance(funds, CreditMemo):
        return f"The allocations take {format_amount(taken)}, but {funds.number} has {left} left"
    return f"The allocations take {format_amount(taken)} in cash, but {funds.number} has {left} unallocated"


def _wrong_with(
    actor: Actor,
    payment: Funds,
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
        what = "the credit memo" if isinstance(payment, CreditMemo) else "the payment"
        message = f"{name} is in {obligation.currency}, {what} in {payment.currency}."
        return FieldError(f"{where}obligation_id", message, OTHER_CURRENCY)
    if obligation.status != Obligation.Status.OPEN:
        state = obligation.get_status_display().lower()
        message = f"{name} is {state}: nothing is outstanding on it.{_hint(obligation)}"
        return FieldError(f"{where}obligation_id", message, NOT_PAYABLE)
    if line.amount > left[obligation.id]:
        message = (
            f"{format_amount(line.amount)} is above the {format_amount(left[obligation.id])} outstanding on "
            f"{name}.{_hint(obligation)}"
        )
        return FieldError(f"{where}amount", message, ABOVE_OUTSTANDING)
    if line.allocation_date is None:
        # Nothing is booked before its day comes: when today is closed, the first open day is ahead.
        return book_date_error(actor=actor, day=today(actor.company), field=f"{where}allocation_date")
    return _wrong_date(actor, payment, obligation, line.allocation_date, f"{where}allocation_date")


@reads
def default_day(*, actor: Actor, payment: Funds, obligation: Obligation) -> date:
    """The day on which an allocation counts unless another is given: the latest of the payment date, the issue date and
    the first open day; of a credit the company's today (docs/domain.md#dates)."""
    if isinstance(payment, CreditMemo):
        return today(actor.company)
    return open_day(actor=actor, day=max(payment.payment_date, obligation.issue_date))


def _hint(obligation: Obligation) -> str:
    if not obligation.written_off:
        return ""
    return f" {format_amount(obligation.written_off)} of it is written off and can be recovered."


def _wrong_date(
    actor: Actor, payment: Funds, obligation: Obligation, day: date, where: str
) -> FieldError | None:
    """Why an allocation cannot carry this date (docs/domain.md#allocation)."""
    own = "the memo's date" if isinstance(payment, CreditMemo) else "the payment date"
    first, what = max((dated(payment), own), (obligation.issue_date, "the issue date"))
    if day < first:
        return FieldError(where, f"{day} is before {what}, {first}.", DATE_TOO_EARLY)
    return book_date_error(actor=actor, day=day, field=where)


def _allocations(
    actor: Actor,
    payment: Funds,
    obligations: Mapping[UUID, Obligation],
    lines: Sequence[AllocationLine],
    operation_id: UUID,
) -> list[Allocation]:
    is_credit = isinstance(payment, CreditMemo)
    left = {line.obligation_id: obligations[line.obligation_id].outstanding for line in lines}
    made: list[Allocation] = []
    for place, line in enumerate(lines, start=1):
        left[line.obligation_id] -= line.amount
        made.append(
            Allocation(
                company_id=actor.company_id,
                operation_id=operation_id,
                line=place,
                payment_id=None if is_credit else payment.id,
                memo_id=payment.id if is_credit else None,
                obligation_id=line.obligation_id,
                amount=line.amount,
                discount_amount=line.discount_amount,
                discount_percent=line.discount_percent,
                discount_reason=line.discount_reason,
                allocation_date=line.allocation_date
                or _default_day(actor, payment, obligations[line.obligation_id]),
                strategy=line.strategy,
                decision=dict(line.decision),
                outstanding_after=left[line.obligation_id],
                notes=line.notes,
                created_by_id=actor.user_id,
            )
        )
    return made


def _default_day(actor: Actor, funds: Funds, obligation: Obligation) -> date:
    """A credit is applied today; a payment from its own day on."""
    if isinstance(funds, CreditMemo):
        return today(actor.company)
    return default_day(actor=actor, payment=funds, obligation=obligation)


def _draft(payment: Funds, obligations: Mapping[UUID, Obligation], allocation: Allocation) -> EntryDraft:
    obligation = obligations[allocation.obligation_id]
    if isinstance(payment, CreditMemo):
        return postings.credit_applied(
            allocation_id=allocation.id,
            operation_id=allocation.operation_id,
            memo_id=payment.id,
            obligation_id=obligation.id,
            category=obligation.category,
            amount=allocation.amount,
            currency=payment.currency,
            allocation_date=allocation.allocation_date,
            customer_id=payment.customer_id,
            lease_id=obligation.lease_id,
            case_no=payment.case_no,
        )
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
