"""What applying would do, line by line, as it is shown before it is done: by a plan, or as somebody typed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from batconnect.core.console.confirmations import Effect
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, from_cents, in_words
from console.workbench.reasons import NO_DISCOUNT, reason_for
from ledger.chart import Category
from ledger.models import Obligation
from payments.models import Allocation, Payment
from payments.services.auto import Spread, planned_lines
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
class Preview:
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


def preview_plan(spread: Spread) -> Preview:
    """What applying the plan would do."""
    lines = [
        _Line(
            debt=spread.items.obligations[line.item_id],
            before=spread.items.obligations[line.item_id].outstanding,
            amount=from_cents(line.amount),
            discount=from_cents(line.discount),
            reason=reason_for(decision),
        )
        for line, decision in planned_lines(spread)
    ]
    left = spread.payment.reserved + from_cents(spread.plan.cash_left)
    return _preview(spread.items, lines, left, spread.plan_hash)


def preview_typed(*, actor: Actor, payment_id: UUID, requests: Sequence[AllocationRequest]) -> Preview:
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
            effect_of(done).digest,
        )
        transaction.set_rollback(True)
    return preview


def _typed_reason(allocation: Allocation) -> str:
    said = reason_for(allocation.decision)
    why_not = NO_DISCOUNT.get(allocation.discount_reason)
    return f"{said}; {why_not}" if why_not else said


def effect_of(done: Allocated) -> Effect:
    """What allocating did, so that doing it can be compared with what was shown: every line, and the version of the
    payment, which tells a second click from the first."""
    payment = done.applied.payment
    lines = done.applied.allocations
    return Effect(
        applied_in_words(payment=payment, lines=len(lines)),
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


def applied_in_words(*, payment: Payment, lines: int) -> str:
    """How many lines, and what is left."""
    what = "1 item" if lines == 1 else f"{lines} items"
    return (
        f"Applied to {what}; {in_words(payment.unallocated)} {payment.currency} of {payment.number} are left."
    )


def _preview(items: Items, lines: Sequence[_Line], left: Decimal, token: str) -> Preview:
    total = sum((each.amount for each in lines), ZERO)
    discount = sum((each.discount for each in lines), ZERO)
    return Preview(
        lines=tuple(
            PreviewLine(
                id=each.debt.id,
                number=items.number_of(each.debt),
                category=Category(each.debt.category).label,
                outstanding=in_words(each.before),
                amount=in_words(each.amount),
                discount=in_words(each.discount) if each.discount else "",
                cash=in_words(each.amount - each.discount),
                after=in_words(each.before - each.amount),
                closes=each.before == each.amount,
                reason=each.reason,
            )
            for each in lines
        ),
        total=in_words(total),
        discount=in_words(discount),
        cash=in_words(total - discount),
        left=in_words(left),
        postings=_postings(lines, total - discount, discount),
        token=token,
    )


def _postings(lines: Sequence[_Line], cash: Decimal, discount: Decimal) -> tuple[tuple[str, str, str], ...]:
    """The sums by account, as an allocation is booked (docs/domain.md#bookings)."""
    by_category: dict[str, Decimal] = {}
    for each in lines:
        by_category[each.debt.category] = by_category.get(each.debt.category, ZERO) + each.amount
    debits = [("Unallocated cash", in_words(cash), "")]
    if discount:
        debits.append(("Discounts allowed", in_words(discount), ""))
    return (
        *debits,
        *(
            (f"Receivable, {Category(code).label}", "", in_words(amount))
            for code, amount in by_category.items()
        ),
    )
