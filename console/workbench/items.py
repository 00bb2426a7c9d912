"""The open items as the workbench lists them, in the order in which the chosen strategy would serve them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import format_amount, from_cents, to_cents
from batconnect.core.kernel.words import format_day
from console.workbench.forms import AMOUNT, PERCENT, PLACE, Inputs
from console.workbench.reasons import NO_DISCOUNT, SKIPPED, reason_for
from ledger.chart import Category
from ledger.models import Obligation
from payments.rules.discounts import Paid, Terms, last_day, why_no_discount
from payments.rules.plans import PlannedLine, natural
from payments.rules.strategies import STRATEGIES
from payments.services.auto import kept_decision
from payments.services.choosing import MAX_LINES, paid
from payments.services.comparing import Compared, StrategyComparison

_PERCENT_SCALE: Final = 10_000
_MORE_IS_BETTER: Final = ("closed", "discount")


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One open item; `percent` is the earned discount in ten-thousandths of a percent, 0 for none."""

    id: UUID
    number: str
    category: str
    due_date: date
    age: str
    is_overdue: bool
    outstanding: str
    cents: int
    discount: str
    discount_note: str
    percent: int
    proposed: str
    reason: str
    amount: str
    place: str
    share: str
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a strategy would do, beside the others; `best` names the columns in which none does better."""

    strategy: str
    label: str
    is_chosen: bool
    closed: int
    overdue_left: str
    discount: str
    cash_left: str
    refusal: str
    best: frozenset[str]


def item_rows(*, actor: Actor, comparison: StrategyComparison, inputs: Inputs) -> list[ItemRow]:
    """At most MAX_LINES items in the strategy's order; those it leaves out come last."""
    day = today(actor.company)
    when = paid(actor=actor, payment=comparison.payment)
    lines = (
        {line.item_id: line for line in comparison.allocation_plan.plan.lines}
        if comparison.allocation_plan
        else {}
    )
    skipped = (
        {each.item_id: each.reason for each in comparison.allocation_plan.plan.skipped}
        if comparison.allocation_plan
        else {}
    )
    return [
        _row(
            comparison,
            comparison.items.obligations[key],
            day,
            when,
            lines.get(key),
            skipped.get(key, ""),
            inputs,
        )
        for key in _in_order(comparison)[:MAX_LINES]
    ]


def comparison_rows(*, compared: Sequence[Compared], chosen: str) -> list[Comparison]:
    """Every strategy with its label."""
    tried = [_figures(each) for each in compared if each.refusal is None]
    best: dict[str, Decimal] = {}
    for name in tried[0] if tried else ():
        column = {figures[name] for figures in tried}
        if len(column) > 1:
            best[name] = max(column) if name in _MORE_IS_BETTER else min(column)
    return [_compared(each, chosen, best) for each in compared]


def _figures(compared: Compared) -> dict[str, Decimal]:
    return {
        "closed": Decimal(compared.items_closed),
        "overdue_left": compared.overdue_left,
        "discount": compared.discount_won,
        "cash_left": compared.cash_left,
    }


def _compared(compared: Compared, chosen: str, best: Mapping[str, Decimal]) -> Comparison:
    figures = _figures(compared)
    wins = [name for name, figure in best.items() if figures[name] == figure and compared.refusal is None]
    return Comparison(
        strategy=compared.strategy,
        label=STRATEGIES[compared.strategy],
        is_chosen=compared.strategy == chosen,
        closed=compared.items_closed,
        overdue_left=format_amount(compared.overdue_left),
        discount=format_amount(compared.discount_won),
        cash_left=format_amount(compared.cash_left),
        refusal=compared.refusal.message if compared.refusal else "",
        best=frozenset(wins),
    )


def _in_order(comparison: StrategyComparison) -> list[UUID]:
    """As the strategy serves them; oldest due date first where it cannot be tried."""
    if comparison.allocation_plan is not None:
        plan = comparison.allocation_plan.plan
        return [line.item_id for line in plan.lines] + [each.item_id for each in plan.skipped]
    obligations = comparison.items.obligations
    return sorted(
        obligations,
        key=lambda key: (
            comparison.due_dates[key],
            natural(comparison.items.number_of(obligations[key])),
            key,
        ),
    )


def _row(
    comparison: StrategyComparison,
    debt: Obligation,
    day: date,
    when: Paid,
    line: PlannedLine | None,
    skipped: str,
    inputs: Inputs,
) -> ItemRow:
    due = comparison.due_dates[debt.id]
    head = comparison.items.invoices.get(debt.id)
    terms = head.terms if head else None
    why_not = why_no_discount(terms=terms, due_date=debt.due_date, paid=when)
    names = (f"{AMOUNT}-{debt.id}", f"{PLACE}-{debt.id}", f"{PERCENT}-{debt.id}")
    return ItemRow(
        id=debt.id,
        number=comparison.items.number_of(debt),
        category=Category(debt.category).label,
        due_date=due,
        age=describe_age(due=due, day=day),
        is_overdue=due < day,
        outstanding=format_amount(debt.outstanding),
        cents=to_cents(debt.outstanding),
        discount=_offer(terms, debt),
        discount_note=NO_DISCOUNT[why_not] if terms and why_not else "",
        percent=int(terms.percent * _PERCENT_SCALE) if terms and not why_not else 0,
        proposed=format_amount(from_cents(line.amount)) if line else "",
        reason=reason_for(kept_decision(line.decision)) if line else SKIPPED.get(skipped, ""),
        amount=inputs.amounts.get(debt.id, ""),
        place=inputs.places.get(debt.id, ""),
        share=inputs.percents.get(str(debt.id), ""),
        errors=tuple(inputs.wrong[name] for name in names if name in inputs.wrong),
    )


def describe_age(*, due: date, day: date) -> str:
    """`12 days overdue`, `due today`, `in 3 days`."""
    days = (day - due).days
    if not days:
        return "due today"
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"{count} overdue" if days > 0 else f"in {count}"


def _offer(terms: Terms | None, debt: Obligation) -> str:
    if terms is None:
        return ""
    return f"{terms.percent.normalize():f} % until {format_day(last_day(terms, debt.due_date))}"
