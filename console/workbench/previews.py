"""What applying would do, line by line, as it is shown before it is done: by a plan, or as somebody typed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from batconnect.core.console.confirmations import Preview
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, format_amount, from_cents
from console.workbench.reasons import NO_DISCOUNT, reason_for
from ledger.chart import Category
from ledger.models import Obligation
from payments.models import Allocation, Payment
from payments.services.auto import AllocationPlan, planned_lines
from payments.services.choosing import Allocated, AllocationRequest, allocate_payment
from payments.services.open_items import Items


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """What one item gets, and why."""

    id: UUID
    number: str
    category: str
    outstanding: str
    amount: str
    discount: str
    cash: str
    after: str
    closes: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """Lines with their sums, and what is posted; `token` names exactly this.

    `postings` are (account, debit, credit).
    """

    lines: tuple[PreviewLine, ...]
    total: str
    discount: str
    cash: str
    left: str
    postings: tuple[tuple[str, str, str], ...]
    token: str


@dataclass(frozen=True, slots=True)
class _Line:
    debt: Obligation
    before: Decimal
    amount: Decimal
    discount: Decimal
    reason: str


def preview_plan(allocation_plan: AllocationPlan) -> PlanPreview:
    """What applying the plan would do."""
    lines = [
        _Line(
            debt=allocation_plan.items.obligations[line.item_id],
            before=allocation_plan.items.obligations[line.item_id].outstanding,
            amount=from_cents(line.amount),
            discount=from_cents(line.discount),
            reason=reason_for(decision),
        )
        for line, decision in planned_lines(allocation_plan)
    ]
    left = allocation_plan.payment.reserved + from_cents(allocation_plan.plan.cash_left)
    return _preview(allocation_plan.items, lines, left, allocation_plan.plan_hash)


def preview_typed(*, actor: Actor, payment_id: UUID, requests: Sequence[AllocationRequest]) -> PlanPreview:
    """What allocating what was typed would do: done inside a savepoint, and taken back.

    Raises whatever allocating raises.
    """
    with transaction.atomic():
        done = allocate_payment(actor=actor, payment_id=payment_id, requests=requests)
        preview = _preview(
            done.items,
            [
                _Line(
                    debt=done.items.obligations[each.obligation_id],
                    before=each.outstanding_after + each.amount,
                    amount=each.amount,
                    discount=each.discount_amount,
                    reason=NO_DISCOUNT.get(each.discount_reason, "").capitalize()
                    or reason_for(each.decision),
                )
                for each in done.applied.allocations
            ],
            done.applied.payment.unallocated,
            preview_of(done).digest,
        )
        transaction.set_rollback(True)
    return preview


def _typed_reason(allocation: Allocation) -> str:
    said = reason_for(allocation.decision)
    why_not = NO_DISCOUNT.get(allocation.discount_reason)
    return f"{said}; {why_not}" if why_not else said


def preview_of(done: Allocated) -> Preview:
    """What allocating did, so that doing it can be compared with what was shown: every line, and the version of the
    payment, which tells a second click from the first."""
    payment = done.applied.payment
    lines = done.applied.allocations
    return Preview(
        describe_applied(payment=payment, lines=len(lines)),
        rows=tuple(
            (
                str(each.obligation_id),
                str(each.amount),
                str(each.discount_amount),
                str(each.outstanding_after),
            )
            for each in lines
        ),
        state=f"{payment.id} {payment.version}",
    )


def describe_applied(*, payment: Payment, lines: int) -> str:
    """How many lines, and what is left."""
    what = "1 item" if lines == 1 else f"{lines} items"
    return f"Applied to {what}; {format_amount(payment.unallocated)} {payment.currency} of {payment.number} is left."


def _preview(items: Items, lines: Sequence[_Line], left: Decimal, token: str) -> PlanPreview:
    total = sum((each.amount for each in lines), ZERO)
    discount = sum((each.discount for each in lines), ZERO)
    return PlanPreview(
        lines=tuple(
            PreviewLine(
                id=each.debt.id,
                number=items.number_of(each.debt),
                category=Category(each.debt.category).label,
                outstanding=format_amount(each.before),
                amount=format_amount(each.amount),
                discount=format_amount(each.discount) if each.discount else "",
                cash=format_amount(each.amount - each.discount),
                after=format_amount(each.before - each.amount),
                closes=each.before == each.amount,
                reason=each.reason,
            )
            for each in lines
        ),
        total=format_amount(total),
        discount=format_amount(discount),
        cash=format_amount(total - discount),
        left=format_amount(left),
        postings=_postings(lines, total - discount, discount),
        token=token,
    )


def _postings(lines: Sequence[_Line], cash: Decimal, discount: Decimal) -> tuple[tuple[str, str, str], ...]:
    """The sums by account, as an allocation is booked (docs/domain.md#bookings)."""
    by_category: dict[str, Decimal] = {}
    for each in lines:
        by_category[each.debt.category] = by_category.get(each.debt.category, ZERO) + each.amount
    debits = [("Unallocated cash", format_amount(cash), "")]
    if discount:
        debits.append(("Discounts allowed", format_amount(discount), ""))
    return (
        *debits,
        *(
            (f"Receivable, {Category(code).label}", "", format_amount(amount))
            for code, amount in by_category.items()
        ),
    )
