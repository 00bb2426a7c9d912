"""Every strategy tried over the same open items without applying any, for people who compare before choosing.

Rule: docs/domain.md#strategies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput, Refusal
from batconnect.core.kernel.money import from_cents, to_cents
from ledger.due_dates import moved_due_dates
from payments.models import Payment
from payments.rules.strategies import STRATEGIES, options_of
from payments.services.auto import AllocationPlan, AutoOptions, plan_allocation, read_payment
from payments.services.open_items import Items, read_open_items


@dataclass(frozen=True, slots=True)
class Compared:
    """What a strategy would do; `refusal` says why it cannot be tried with these options."""

    strategy: str
    invoices_closed: int = 0
    items_closed: int = 0
    overdue_left: Decimal = Decimal("0.00")
    overdue_items_left: int = 0
    discount_won: Decimal = Decimal("0.00")
    cash_left: Decimal = Decimal("0.00")
    total_allocated: Decimal = Decimal("0.00")
    refusal: Refusal | None = field(default=None)


@dataclass(frozen=True, slots=True)
class StrategyComparison:
    """A payment with all it could be applied to, and what each strategy would do.

    `due_dates` are the effective ones. `spread` is the plan of the strategy that was asked for, or None when
    `refusal` says why it cannot be tried with these options.
    """

    payment: Payment
    items: Items
    due_dates: Mapping[UUID, date]
    compared: tuple[Compared, ...]
    allocation_plan: AllocationPlan | None
    refusal: Refusal | None


@reads
def compare_strategies(*, actor: Actor, payment_id: UUID, options: AutoOptions) -> list[Compared]:
    """Every strategy dry over the same open items; options reach the strategies that take them.

    One that needs options which are not given is listed with its refusal. Needs `payments.allocate`.
    """
    return list(compare_with_items(actor=actor, payment_id=payment_id, options=options).compared)


@reads
def compare_with_items(*, actor: Actor, payment_id: UUID, options: AutoOptions) -> StrategyComparison:
    """The same with the open items and the plan of the strategy asked for; nothing is locked or written.

    The number of statements is constant. Needs `payments.allocate`. Raises PaymentNotFound (404),
    PaymentNotPosted (409).
    """
    actor.require("payments.allocate")
    payment = read_payment(actor=actor, payment_id=payment_id)
    items = read_open_items(actor=actor, payment=payment, categories=options.categories)
    moved = moved_due_dates(actor=actor, obligations=items.debts.values())
    due = {key: moved.get(key, each.due_date) for key, each in items.debts.items()}

    def tried(choice: AutoOptions) -> AllocationPlan:
        return plan_allocation(actor=actor, payment=payment, items=items, options=choice, moved=moved)

    allocation_plan: AllocationPlan | None = None
    refused: Refusal | None = None
    try:
        allocation_plan = tried(options)
    except InvalidInput as refusal:
        refused = refusal
    compared: list[Compared] = []
    for strategy in STRATEGIES:
        try:
            compared.append(_evaluate(actor, tried(_options_of(strategy, options)), due))
        except InvalidInput as refusal:
            compared.append(Compared(strategy, refusal=refusal))
    return StrategyComparison(payment, items, due, tuple(compared), allocation_plan, refused)


def _options_of(strategy: str, options: AutoOptions) -> AutoOptions:
    """The options that belong to the strategy."""
    plain = AutoOptions(
        strategy=strategy,
        categories=options.categories,
        apply_early_payment_discount=options.apply_early_payment_discount,
    )
    return replace(plain, **{name: getattr(options, name) for name in options_of(strategy)})


def _evaluate(actor: Actor, allocation_plan: AllocationPlan, due: Mapping[UUID, date]) -> Compared:
    """What is left of the open items, and what it cost."""
    left = {key: to_cents(each.outstanding) for key, each in allocation_plan.items.debts.items()}
    for line in allocation_plan.plan.lines:
        left[line.item_id] -= line.amount
    closed = [line.item_id for line in allocation_plan.plan.lines if left[line.item_id] == 0]
    day = today(actor.company)
    overdue = [cents for key, cents in left.items() if cents and due[key] < day]
    return Compared(
        strategy=allocation_plan.plan.strategy,
        invoices_closed=sum(key in allocation_plan.items.invoices for key in closed),
        items_closed=len(closed),
        overdue_left=from_cents(sum(overdue)),
        overdue_items_left=len(overdue),
        discount_won=from_cents(sum(line.discount for line in allocation_plan.plan.lines)),
        cash_left=from_cents(allocation_plan.plan.cash_left),
        total_allocated=from_cents(sum(line.cash for line in allocation_plan.plan.lines)),
    )
