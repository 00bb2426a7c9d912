"""Allocating a payment, or a credit memo, to what somebody chose: a line or a list, all or nothing.

Rule: docs/domain.md#allocation, docs/seeds.md#payment-allocation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.audit import audit_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import local_date
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, sum_of
from batconnect.core.kernel.permissions import Group
from batconnect.core.models import AuditEvent
from ledger.models import Obligation
from ledger.services.recoveries import recover
from payments import postings
from payments.errors import DISCOUNT_NOT_EARNED, DUPLICATE, NOT_PAYABLE
from payments.models import CreditMemo, Payment
from payments.rules.discounts import Paid, Terms, discount_of, last_day, why_no_discount
from payments.rules.strategies import CHOSEN
from payments.services.allocation import (
    AllocationLine,
    Applied,
    AppliedCredit,
    Prepared,
    apply_credit,
    apply_prepared,
    lock_payment,
    require_posted,
)
from payments.services.credits import Funds, lock_memo, require_standing
from payments.services.open_items import Items, lock_named

MAX_LINES: Final = 1_000
_REFUSED: Final = {
    "no_terms": "has no terms for early payment",
    "outside_window": "earned a discount up to {last_day}; the payment is of {paid_on}",
    "overdue": "was overdue on {paid_on}: due {due_date}",
    "back_dated": (
        "earns none by a payment dated {paid_on} and recorded {recorded_on}, unless a finance manager allocates"
    ),
}


@dataclass(frozen=True, slots=True)
class AllocationRequest:
    """One line as somebody asked for it: `amount` is the part of the invoice or obligation to settle (gross).

    `field` is where it stands in the input (`allocations.0`), "" for a flat body. With `recover_written_off` what the
    amount is above the outstanding is recovered first, of what was written off.
    """

    amount: Decimal
    invoice_id: UUID | None = None
    obligation_id: UUID | None = None
    apply_early_payment_discount: bool = False
    require_discount: bool = False
    allocation_date: date | None = None
    notes: str = ""
    recover_written_off: bool = False
    field: str = ""

    @property
    def names(self) -> str:
        """The path of the field that names what is paid."""
        return _at(self.field, "invoice_id" if self.invoice_id else "obligation_id")


@dataclass(frozen=True, slots=True)
class Allocated:
    """What was applied, with the obligations and invoices as they are now."""

    applied: Applied
    items: Items


@joins_transaction
def allocate_payment(
    *,
    actor: Actor,
    payment_id: UUID,
    requests: Sequence[AllocationRequest],
    check: Callable[[Payment], None] | None = None,
) -> Allocated:
    """Apply a payment to chosen invoices and obligations, all or nothing; amounts in the payment's currency.

    A line's cash is its amount less the early-payment discount, where one is asked for and earned;
    not earned, it settles without and says why, or with `require_discount` is refused. `check` is called with the
    locked payment (`If-Match`). Needs `payments.allocate`. Raises PaymentNotFound (404), PaymentNotPosted (409),
    and InvalidInput (400) naming every wrong line: unknown, twice, another customer's or currency, not open, above
    the outstanding or the unallocated amount, a date that cannot be booked, `discount_not_earned`,
    `above_written_off`.
    """
    actor.require("payments.allocate")
    assert 0 < len(requests) <= MAX_LINES, "the entry point counts the lines"
    payment = lock_payment(actor=actor, payment_id=payment_id)
    if check:
        check(payment)
    require_posted(payment)
    items = lock_named(
        actor=actor,
        obligation_ids={each.obligation_id for each in requests if each.obligation_id},
        invoice_ids={each.invoice_id for each in requests if each.invoice_id},
    )
    operation_id = uuid7()
    _recover(actor, payment, items, requests, operation_id)
    prepared = prepare_chosen(
        actor=actor, payment=payment, items=items, requests=requests, operation_id=operation_id
    )
    return Allocated(apply_prepared(actor=actor, payment=payment, prepared=prepared), items)


@reads
def prepare_chosen(
    *,
    actor: Actor,
    payment: Payment,
    items: Items,
    requests: Sequence[AllocationRequest],
    operation_id: UUID | None = None,
) -> Prepared:
    """What `allocate_payment` writes for these requests, nothing of it recovered. The caller holds the items' locks.

    Needs `payments.allocate`. Raises InvalidInput (400) as it does.
    """
    actor.require("payments.allocate")
    operation_id = operation_id or uuid7()
    lines = _lines(actor, payment, items, requests)
    event = allocation_event(actor=actor, payment=payment, lines=lines, operation_id=operation_id)
    obligations = {line.obligation_id: items.obligations[line.obligation_id] for line in lines}
    return Prepared(operation_id, lines, obligations, event)


def _recover(
    actor: Actor,
    payment: Payment,
    items: Items,
    requests: Sequence[AllocationRequest],
    operation_id: UUID,
) -> None:
    """Recover what lines ask for above what is outstanding, of what was written off (docs/domain.md#recoveries)."""
    by_invoice = {head.id: key for key, head in items.invoices.items()}
    for request in requests:
        key = by_invoice.get(request.invoice_id) if request.invoice_id else request.obligation_id
        obligation = items.obligations.get(key) if key and request.recover_written_off else None
        if obligation is None or obligation.customer_id != payment.customer_id:
            continue
        if request.amount > obligation.outstanding:
            recover(
                actor=actor,
                obligation=obligation,
                amount=request.amount - obligation.outstanding,
                reason=f"Paid by {payment.number}",
                field=_at(request.field, "amount"),
                operation_id=operation_id,
            )


@dataclass(frozen=True, slots=True)
class AllocatedCredit:
    """What was applied of a credit memo, with the obligations and invoices as they are now."""

    applied: AppliedCredit
    items: Items


@joins_transaction
def allocate_credit(
    *,
    actor: Actor,
    memo_id: UUID,
    requests: Sequence[AllocationRequest],
    check: Callable[[CreditMemo], None] | None = None,
) -> AllocatedCredit:
    """Apply a credit memo to chosen invoices and obligations of its customer, all or nothing, as `allocate_payment`
    does; a credit earns no discount.

    Needs `payments.allocate`. Raises CreditMemoNotFound (404), Conflict 409 `credit_voided`, and InvalidInput (400)
    naming every wrong line.
    """
    actor.require("payments.allocate")
    assert 0 < len(requests) <= MAX_LINES, "the entry point counts the lines"
    memo = lock_memo(actor=actor, memo_id=memo_id)
    if check:
        check(memo)
    require_standing(memo)
    items = lock_named(
        actor=actor,
        obligation_ids={each.obligation_id for each in requests if each.obligation_id},
        invoice_ids={each.invoice_id for each in requests if each.invoice_id},
    )
    lines = _lines(actor, None, items, requests)
    operation_id = uuid7()
    event = allocation_event(
        actor=actor,
        payment=memo,
        lines=lines,
        operation_id=operation_id,
        action="payments.credit_allocated",
    )
    applied = apply_credit(
        actor=actor,
        memo=memo,
        obligations=items.obligations,
        lines=lines,
        operation_id=operation_id,
        rows=[[event]],
    )
    return AllocatedCredit(applied, items)


@reads
def allocation_event(
    *,
    actor: Actor,
    payment: Funds,
    lines: Sequence[AllocationLine],
    operation_id: UUID,
    action: str = "payments.allocated",
    **details: Any,
) -> AuditEvent:
    """The trail of an allocation, unsaved: which operation, how many lines, cash and discount."""
    return audit_event(
        actor=actor,
        action=action,
        subject_type=postings.CREDIT_MEMO if isinstance(payment, CreditMemo) else postings.PAYMENT,
        subject_id=payment.id,
        details={
            "operation_id": str(operation_id),
            "lines": len(lines),
            "cash": str(sum_of(line.cash for line in lines)),
            "discount": str(sum_of(line.discount_amount for line in lines)),
            **details,
        },
    )


@joins_transaction
def paid(*, actor: Actor, payment: Payment) -> Paid:
    """When the payment was made and recorded, for the discount rule."""
    return Paid(
        on=payment.payment_date,
        recorded_on=local_date(actor.company, payment.created_at),
        back_dating_days=actor.company.back_dating_days,
        may_back_date=Group.FINANCE_MANAGER.value in actor.groups,
    )


def _lines(
    actor: Actor, payment: Payment | None, items: Items, requests: Sequence[AllocationRequest]
) -> list[AllocationLine]:
    """The lines; without a payment no discount is asked for."""
    by_invoice = {head.id: key for key, head in items.invoices.items()}
    when = paid(actor=actor, payment=payment) if payment is not None else None
    wrong: list[FieldError] = []
    lines: list[AllocationLine] = []
    seen: set[UUID] = set()
    for place, request in enumerate(requests, start=1):
        key = by_invoice.get(request.invoice_id) if request.invoice_id else request.obligation_id
        obligation = items.obligations.get(key) if key else None
        if obligation is None:
            what = "invoice" if request.invoice_id else "obligation"
            wrong.append(FieldError(request.names, f"There is no such {what}.", NOT_PAYABLE))
            continue
        name = _name(items, obligation)
        if obligation.id in seen:
            message = f"{name} is named twice: name it once, with the whole amount."
            wrong.append(FieldError(request.names, message, DUPLICATE))
            continue
        seen.add(obligation.id)
        line = _line(request, obligation, items, when, place)
        if when is not None and request.require_discount and line.discount_reason:
            message = f"{name} {_why(line.discount_reason, items, obligation, when)}."
            where = _at(request.field, "require_discount")
            wrong.append(FieldError(where, message, DISCOUNT_NOT_EARNED))
        lines.append(line)
    if wrong:
        raise InvalidInput(wrong[0].message, code=wrong[0].code, errors=wrong)
    return lines


def _line(
    request: AllocationRequest,
    obligation: Obligation,
    items: Items,
    when: Paid | None,
    place: int,
) -> AllocationLine:
    """The line with its discount, or the reason why there is none, and what decided it."""
    decision: dict[str, Any] = {"line": place, "outstanding_before": str(obligation.outstanding)}
    discount, percent, reason = ZERO, Decimal(0), ""
    if when is not None and (request.apply_early_payment_discount or request.require_discount):
        terms = _terms(items, obligation)
        reason = why_no_discount(terms=terms, due_date=obligation.due_date, paid=when)
        decision["discount"] = _evaluated(terms, obligation, when)
        if terms is not None and not reason:
            percent = terms.percent
            discount = discount_of(request.amount, percent)
    return AllocationLine(
        obligation_id=obligation.id,
        amount=request.amount,
        discount_amount=discount,
        discount_percent=percent,
        discount_reason=reason,
        strategy=CHOSEN,
        decision=decision,
        notes=request.notes,
        allocation_date=request.allocation_date,
        field=request.field,
    )


def _terms(items: Items, obligation: Obligation) -> Terms | None:
    head = items.invoices.get(obligation.id)
    return head.terms if head else None


def _evaluated(terms: Terms | None, obligation: Obligation, when: Paid) -> dict[str, str]:
    """The days that decide about a discount, as the decision keeps them."""
    decision = {
        "payment_date": when.on.isoformat(),
        "recorded_on": when.recorded_on.isoformat(),
        "due_date": obligation.due_date.isoformat(),
    }
    if terms is not None:
        decision["last_day"] = last_day(terms, obligation.due_date).isoformat()
    return decision


def _why(reason: str, items: Items, obligation: Obligation, when: Paid) -> str:
    terms = _terms(items, obligation)
    return _REFUSED[reason].format(
        last_day=last_day(terms, obligation.due_date) if terms else "",
        paid_on=when.on,
        due_date=obligation.due_date,
        recorded_on=when.recorded_on,
    )


def _name(items: Items, obligation: Obligation) -> str:
    head = items.invoices.get(obligation.id)
    return f"Invoice {head.number}" if head else str(obligation)


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
