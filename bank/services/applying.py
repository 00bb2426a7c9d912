"""What a payment from a line is applied to: the items that the line names, then others by the strategy.

Rule: docs/domain.md#matching.
"""

from __future__ import annotations

from uuid import UUID

from bank.rules.evidence_amounts import Open, named_fit
from bank.services.suggesting import Suggestion
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import from_cents, to_cents
from payments.models import Payment
from payments.rules.discounts import Terms
from payments.services.allocation import NewAllocations, compose_new
from payments.services.auto import AutoOptions, prepare_spread
from payments.services.choosing import AllocationRequest, prepare_chosen
from payments.services.debts import Debts
from payments.services.open_items import Debt, Items


@reads
def apply_new(
    *, actor: Actor, payment: Payment, suggestion: Suggestion, strategy: str, debts: Debts
) -> list[NewAllocations]:
    """Apply a payment that is not stored yet to the items that its line names, as far as they fit; by the strategy
    where nothing is named, or enough else is known. `debts` go on at once.

    Needs `payments.allocate`. Raises what allocating refuses, of the first step before anything went on.
    """
    made: list[NewAllocations] = []
    items = debts.of(payment.customer_id, payment.currency)
    if requests := _to_named(payment, items, suggestion.named):
        chosen = prepare_chosen(actor=actor, payment=payment, items=items, requests=requests)
        made.append(compose_new(actor=actor, payment=payment, prepared=chosen))
        debts.settle(made[-1].allocations)
    if payment.unallocated and suggestion.may_spread:
        spread = prepare_spread(
            actor=actor,
            payment=payment,
            items=items,
            options=AutoOptions(strategy=strategy),
            moved=debts.moved,
        )
        if spread is not None:
            made.append(compose_new(actor=actor, payment=payment, prepared=spread))
            debts.settle(made[-1].allocations)
    return made


@reads
def open_now(*, debts: Debts, customer: UUID) -> list[tuple[str, Open]]:
    """What the customer has open, the oldest first, with its currency, as evidence looks at it."""
    now = [
        (currency, as_open(items, each))
        for currency, items in debts.every(customer)
        for each in items.debts.values()
    ]
    return sorted(now, key=lambda each: (each[1].due_date, each[1].id))


def as_open(items: Items, debt: Debt) -> Open:
    """An open item as evidence looks at it."""
    head = items.invoices.get(debt.id)
    terms: Terms | None = head.terms if head else None
    return Open(debt.id, items.number_of(debt), to_cents(debt.outstanding), debt.due_date, terms)


def _to_named(payment: Payment, items: Items, named: tuple[UUID, ...]) -> list[AllocationRequest]:
    """The named items that the amount fits; all of them, as far as it reaches, when it is more than they owe."""
    listed = sorted(
        (as_open(items, items.debts[key]) for key in named if key in items.debts),
        key=lambda each: (each.due_date, each.id),
    )
    if not listed:
        return []
    amount = to_cents(payment.amount)
    fit = named_fit(listed, amount, on=payment.payment_date)
    if fit is None and sum(each.outstanding for each in listed) > amount:
        return []
    chosen = set(fit.items) if fit else {each.id for each in listed}
    requests = []
    left = amount
    for each in listed:
        if each.id in chosen:
            discounted = fit is not None and len(chosen) == 1 and each.outstanding > amount and fit.points > 0
            settled = each.outstanding if discounted else min(each.outstanding, left)
            left -= min(settled, left)
            requests.append(
                AllocationRequest(
                    amount=from_cents(settled),
                    obligation_id=each.id,
                    apply_early_payment_discount=discounted,
                )
            )
    return [each for each in requests if each.amount > 0]
