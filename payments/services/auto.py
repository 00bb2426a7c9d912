"""Auto-allocation: a strategy spreads a payment, or a credit memo, over what its customer owes.

Rule: docs/domain.md#strategies, docs/seeds.md#payment-allocation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import from_cents, to_cents
from ledger.due_dates import moved_due_dates
from payments.errors import PLAN_STALE, PaymentNotFound
from payments.models import CreditMemo, Payment
from payments.rules.discounts import Paid, why_no_discount
from payments.rules.plans import OpenItem, Options, Percentage, Plan, PlannedLine
from payments.rules.strategies import TAKES_DISCOUNTS, plan, strategy_code
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
from payments.services.choosing import allocation_event, paid
from payments.services.credits import Funds, lock_memo, read_memo, require_standing
from payments.services.open_items import Items, lock_open_items, read_open_items

# Decisions count in cents; what is kept and shown are amounts.
_IN_CENTS: Final = ("outstanding", "of_total")
Check = Callable[[Payment], None]


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage as somebody asked for it: of one invoice, one obligation or one category."""

    percent: Decimal
    invoice_id: UUID | None = None
    obligation_id: UUID | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class AutoOptions:
    """How to spread: the strategy and what belongs to it. `order` names invoices and obligations by id; `categories`
    are codes, all of them when empty. A strategy is taken in any case."""

    strategy: str = "fifo"
    priority_rules: str = ""
    order: tuple[UUID, ...] = ()
    percentages: tuple[Share, ...] = ()
    categories: tuple[str, ...] = ()
    apply_early_payment_discount: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "strategy", strategy_code(self.strategy))


@dataclass(frozen=True, slots=True)
class AllocationPlan:
    """A plan with what it was made of; `plan_hash` names exactly this plan."""

    payment: Payment
    items: Items
    plan: Plan
    plan_hash: str
    applied: Applied | None = None


@dataclass(frozen=True, slots=True)
class CreditPlan:
    """The same for a credit memo."""

    memo: CreditMemo
    items: Items
    plan: Plan
    plan_hash: str
    applied: AppliedCredit | None = None


@joins_transaction
def auto_allocate_payment(
    *,
    actor: Actor,
    payment_id: UUID,
    options: AutoOptions,
    plan_hash: str = "",
    operation_id: UUID | None = None,
    check: Check | None = None,
) -> AllocationPlan:
    """Spread what is unallocated of the payment over its customer's open items, and apply it.

    With `plan_hash` exactly the previewed plan is applied, or Conflict 409 `plan_stale`. Nothing to spread, or
    nothing open, writes nothing. `operation_id` joins the lines to a larger operation (a batch). Needs
    `payments.allocate`. Raises PaymentNotFound (404), PaymentNotPosted (409), InvalidInput (400) for an unknown
    strategy or wrong options.
    """
    actor.require("payments.allocate")
    payment = lock_payment(actor=actor, payment_id=payment_id)
    if check:
        check(payment)
    require_posted(payment)
    items = lock_open_items(actor=actor, payment=payment, categories=options.categories)
    allocation_plan = plan_allocation(actor=actor, payment=payment, items=items, options=options)
    _require_same(plan_hash, allocation_plan.plan_hash, "The payment")
    prepared = _prepared(actor, allocation_plan, options, operation_id)
    if prepared is None:
        return allocation_plan
    applied = apply_prepared(actor=actor, payment=payment, prepared=prepared)
    return AllocationPlan(payment, items, allocation_plan.plan, allocation_plan.plan_hash, applied)


@reads
def prepare_spread(
    *,
    actor: Actor,
    payment: Payment,
    items: Items,
    options: AutoOptions,
    moved: Mapping[UUID, date],
) -> Prepared | None:
    """What `auto_allocate_payment` writes for a payment over these open items; None when that is nothing.

    The caller holds the items' locks and knows their moved due dates. Needs `payments.allocate`. Raises InvalidInput
    (400) for an unknown strategy or wrong options.
    """
    actor.require("payments.allocate")
    made = plan_allocation(actor=actor, payment=payment, items=items, options=options, moved=moved)
    return _prepared(actor, made, options, None)


def _prepared(
    actor: Actor, made: AllocationPlan, options: AutoOptions, operation_id: UUID | None
) -> Prepared | None:
    if not made.plan.lines:
        return None
    lines = _lines(made.plan)
    operation_id = operation_id or uuid7()
    event = allocation_event(
        actor=actor,
        payment=made.payment,
        lines=lines,
        operation_id=operation_id,
        action="payments.auto_allocated",
        strategy=options.strategy,
        plan_hash=made.plan_hash,
    )
    obligations = {line.obligation_id: made.items.obligations[line.obligation_id] for line in lines}
    return Prepared(operation_id, lines, obligations, event)


@reads
def preview_allocation(*, actor: Actor, payment_id: UUID, options: AutoOptions) -> AllocationPlan:
    """What `auto_allocate_payment` would apply now, and why; nothing is locked or written.

    Needs `payments.allocate`. Raises what applying would raise.
    """
    actor.require("payments.allocate")
    payment = read_payment(actor=actor, payment_id=payment_id)
    items = read_open_items(actor=actor, payment=payment, categories=options.categories)
    return plan_allocation(actor=actor, payment=payment, items=items, options=options)


@joins_transaction
def auto_allocate_credit(
    *,
    actor: Actor,
    memo_id: UUID,
    options: AutoOptions,
    plan_hash: str = "",
    check: Callable[[CreditMemo], None] | None = None,
) -> CreditPlan:
    """Spread what is left of the credit memo over its customer's open items, as `auto_allocate_payment` does.

    A credit earns no discount. Needs `payments.allocate`. Raises CreditMemoNotFound (404), Conflict 409
    `credit_voided`, `plan_stale`, InvalidInput (400) for an unknown strategy or wrong options.
    """
    actor.require("payments.allocate")
    memo = lock_memo(actor=actor, memo_id=memo_id)
    if check:
        check(memo)
    require_standing(memo)
    items = lock_open_items(actor=actor, payment=memo, categories=options.categories)
    made, name = _plan(actor, memo, items, options)
    _require_same(plan_hash, name, "The credit memo")
    if not made.lines:
        return CreditPlan(memo, items, made, name)
    lines = _lines(made)
    operation_id = uuid7()
    event = allocation_event(
        actor=actor,
        payment=memo,
        lines=lines,
        operation_id=operation_id,
        action="payments.credit_auto_allocated",
        strategy=options.strategy,
        plan_hash=name,
    )
    applied = apply_credit(
        actor=actor,
        memo=memo,
        obligations={line.obligation_id: items.obligations[line.obligation_id] for line in lines},
        lines=lines,
        operation_id=operation_id,
        rows=[[event]],
    )
    return CreditPlan(memo, items, made, name, applied)


@reads
def preview_credit(*, actor: Actor, memo_id: UUID, options: AutoOptions) -> CreditPlan:
    """What `auto_allocate_credit` would apply now, and why; nothing is locked or written. Needs `payments.allocate`."""
    actor.require("payments.allocate")
    memo = read_memo(actor=actor, memo_id=memo_id)
    items = read_open_items(actor=actor, payment=memo, categories=options.categories)
    return CreditPlan(memo, items, *_plan(actor, memo, items, options))


def _require_same(expected: str, made: str, what: str) -> None:
    if expected and expected != made:
        raise Conflict(
            f"{what}, the open items or the options have changed since the plan was previewed.",
            code=PLAN_STALE,
        )


def planned_lines(plan_made: Plan) -> list[tuple[PlannedLine, dict[str, Any]]]:
    """The plan's lines with their decisions as they are kept: amounts and dates as text."""
    return [(line, kept_decision(line.decision)) for line in plan_made.lines]


@reads
def read_payment(*, actor: Actor, payment_id: UUID) -> Payment:
    """The posted payment, without a lock. Raises PaymentNotFound (404), PaymentNotPosted (409)."""
    payment = Payment.objects.filter(company_id=actor.company_id, id=payment_id).first()
    if payment is None:
        raise PaymentNotFound(f"There is no payment {payment_id}.")
    require_posted(payment)
    return payment


@reads
def plan_allocation(
    *,
    actor: Actor,
    payment: Payment,
    items: Items,
    options: AutoOptions,
    moved: Mapping[UUID, date] | None = None,
) -> AllocationPlan:
    """Plan, and name the plan by a hash over everything that made it; `moved` due dates are read unless given."""
    return AllocationPlan(payment, items, *_plan(actor, payment, items, options, moved))


def _plan(
    actor: Actor, funds: Funds, items: Items, options: AutoOptions, moved: Mapping[UUID, date] | None = None
) -> tuple[Plan, str]:
    by_invoice = {head.id: key for key, head in items.invoices.items()}
    if moved is None:
        moved = moved_due_dates(actor=actor, obligations=items.debts.values())
    # A credit pays nothing early.
    when = None if isinstance(funds, CreditMemo) else paid(actor=actor, payment=funds)
    wants_discount = options.apply_early_payment_discount and options.strategy in TAKES_DISCOUNTS
    made = plan(
        strategy=options.strategy,
        items=[
            OpenItem(
                id=each.id,
                number=items.number_of(each),
                category=each.category,
                outstanding=to_cents(each.outstanding),
                issue_date=each.issue_date,
                due_date=moved.get(each.id, each.due_date),
                discount_percent=discount_percent(items=items, obligation_id=each.id, when=when)
                if wants_discount and when is not None
                else Decimal(0),
            )
            for each in items.debts.values()
        ],
        available=to_cents(funds.available),
        options=Options(
            today=today(actor.company),
            priority_rules=options.priority_rules,
            order=tuple(by_invoice.get(each, each) for each in options.order),
            percentages=tuple(
                Percentage(
                    percent=each.percent,
                    item_id=by_invoice.get(each.invoice_id, each.invoice_id)
                    if each.invoice_id
                    else each.obligation_id,
                    category=each.category,
                )
                for each in options.percentages
            ),
        ),
    )
    return made, _hash(funds, made, options)


def discount_percent(*, items: Items, obligation_id: UUID, when: Paid) -> Decimal:
    """The discount that the payment earns on the item now; 0 for none."""
    head = items.invoices.get(obligation_id)
    if head is None or head.terms is None:
        return Decimal(0)
    due_date = items.debts[obligation_id].due_date
    return (
        Decimal(0) if why_no_discount(terms=head.terms, due_date=due_date, paid=when) else head.terms.percent
    )


def _hash(payment: Funds, made: Plan, options: AutoOptions) -> str:
    content = [
        [payment.id, payment.available, options],
        [
            [line.item_id, line.amount, line.discount, line.discount_percent, line.decision]
            for line in made.lines
        ],
        [[each.item_id, each.reason] for each in made.skipped],
        made.cash_left,
    ]
    return hashlib.sha256(orjson.dumps(content, default=str)).hexdigest()


def kept_decision(decision: Mapping[str, Any]) -> dict[str, Any]:
    """A line's decision as it is kept: amounts and dates as text."""
    kept: dict[str, Any] = {}
    for name, value in decision.items():
        if name in _IN_CENTS:
            kept[name] = str(from_cents(value))
        else:
            kept[name] = value if isinstance(value, str | bool | int) else str(value)
    return kept


def _lines(made: Plan) -> list[AllocationLine]:
    return [
        AllocationLine(
            obligation_id=line.item_id,
            amount=from_cents(line.amount),
            discount_amount=from_cents(line.discount),
            discount_percent=line.discount_percent,
            strategy=made.strategy,
            decision=decision,
            field=f"allocations.{place}",
        )
        for place, (line, decision) in enumerate(planned_lines(made))
    ]
