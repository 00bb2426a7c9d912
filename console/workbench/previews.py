"""What applying does, line by line, as it is shown before it is done: by a plan, or as somebody typed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from batconnect.core.console.confirmations import digest_of
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount, sum_of
from console.workbench.reasons import NO_DISCOUNT, reason_for
from ledger.chart import Category
from ledger.previews import Booking, bookings_since
from payments.models import Allocation, Payment
from payments.services.auto import AutoOptions, auto_allocate_payment
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.open_items import Items


@dataclass(frozen=True, slots=True)
class AppliedLine:
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
class Applying:
    """Lines with their sums, and what is posted; `payment` is as it is afterwards."""

    payment: Payment
    lines: tuple[AppliedLine, ...]
    total: str
    discount: str
    cash: str
    bookings: tuple[Booking, ...]

    @property
    def left(self) -> str:
        """What stays unallocated."""
        return format_amount(self.payment.unallocated)

    @property
    def digest(self) -> str:
        """What the person saw; the payment's version tells a second click from the first."""
        return digest_of(self.payment.id, self.payment.version, self.lines, self.left, self.bookings)


def apply_plan(*, actor: Actor, payment_id: UUID, options: AutoOptions) -> Applying:
    """Apply what the strategy makes of the payment; no lines when that is nothing. Raises what allocating raises."""
    began = uuid7()
    done = auto_allocate_payment(actor=actor, payment_id=payment_id, options=options)
    return _applying(actor, began, done.payment, done.items, done.applied.allocations if done.applied else ())


def apply_typed(*, actor: Actor, payment_id: UUID, requests: Sequence[AllocationRequest]) -> Applying:
    """Apply what was typed. Raises what allocating raises."""
    began = uuid7()
    done = allocate_payment(actor=actor, payment_id=payment_id, requests=requests)
    return _applying(actor, began, done.applied.payment, done.items, done.applied.allocations)


def _applying(
    actor: Actor, began: UUID, payment: Payment, items: Items, allocations: Sequence[Allocation]
) -> Applying:
    total = sum_of(each.amount for each in allocations)
    discount = sum_of(each.discount_amount for each in allocations)
    return Applying(
        payment=payment,
        lines=tuple(_line(items, each) for each in allocations),
        total=format_amount(total),
        discount=format_amount(discount),
        cash=format_amount(total - discount),
        bookings=bookings_since(actor=actor, began=began),
    )


def _line(items: Items, allocation: Allocation) -> AppliedLine:
    debt = items.obligations[allocation.obligation_id]
    return AppliedLine(
        id=debt.id,
        number=items.number_of(debt),
        category=Category(debt.category).label,
        outstanding=format_amount(allocation.outstanding_after + allocation.amount),
        amount=format_amount(allocation.amount),
        discount=format_amount(allocation.discount_amount) if allocation.discount_amount else "",
        cash=format_amount(allocation.amount - allocation.discount_amount),
        after=format_amount(allocation.outstanding_after),
        closes=not allocation.outstanding_after,
        reason=NO_DISCOUNT.get(allocation.discount_reason, "").capitalize()
        or reason_for(allocation.decision),
    )
