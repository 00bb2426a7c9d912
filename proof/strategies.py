"""How money is spread over open items, a second time: from docs/domain.md#strategies, not from the project's code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from proof.book import CENT, ZERO, Item, round_half_up

HIERARCHY: Final = (
    "TAXES",
    "EZPASS",
    "LEASE",
    "PVB",
    "TLC",
    "REPAIRS",
    "LOANS",
    "MISC",
    "INVOICE",
    "PREMIUM",
)
ORDERED: Final = ("fifo", "overdue_first", "largest_first", "hierarchy")
Plan = list[tuple[Item, Decimal, Decimal]]
"""Items with the part of each that is settled, and the cash for it."""


def order(strategy: str, items: Iterable[Item], *, today: date) -> list[Item]:
    """The items in the order in which the strategy fills them."""
    keys: dict[str, Any] = {
        "fifo": lambda item: item.by_issue,
        "overdue_first": lambda item: (item.due_date >= today, item.by_due),
        "largest_first": lambda item: (-item.outstanding, item.by_due),
        "hierarchy": lambda item: (HIERARCHY.index(item.category), item.by_due),
    }
    return sorted(items, key=keys[strategy])


def fill(items: Sequence[Item], cash: Decimal, *, paid_on: date, discounts: bool = False) -> Plan:
    """One item after the other, each with the largest part whose cash fits."""
    plan: Plan = []
    for item in items:
        amount = _largest(item, cash, paid_on=paid_on) if discounts else min(item.outstanding, cash)
        if not amount:
            continue
        paid = amount - (item.discount_for(amount, paid_on=paid_on) if discounts else ZERO)
        plan.append((item, amount, paid))
        cash -= paid
    return plan


def _largest(item: Item, cash: Decimal, *, paid_on: date) -> Decimal:
    """The largest part of the item whose cash after its discount is at most `cash`."""
    amount = item.outstanding
    if item.discount_for(amount, paid_on=paid_on):
        amount = min(amount, round_half_up(cash * 100 / (100 - item.percent)) + 2 * CENT)
        while amount and amount - item.discount_for(amount, paid_on=paid_on) > cash:
            amount -= CENT
        return amount
    return min(amount, cash)


def proportional(items: Sequence[Item], cash: Decimal) -> Plan:
    """Shares by outstanding amount: whole cents, what is left over by the largest remainder."""
    owed = sum((item.outstanding for item in items), ZERO)
    if cash >= owed:
        return [(item, item.outstanding, item.outstanding) for item in items]
    exact = [(item, cash * item.outstanding / owed) for item in items]
    shares = {id(item): share.quantize(CENT, rounding=ROUND_FLOOR) for item, share in exact}
    left = int((cash - sum(shares.values())) / CENT)
    ranked = sorted(
        exact, key=lambda pair: (-(pair[1] - shares[id(pair[0])]), -pair[0].outstanding, pair[0].by_issue)
    )
    for item, _ in ranked[:left]:
        shares[id(item)] += CENT
    return [(item, shares[id(item)], shares[id(item)]) for item in items if shares[id(item)]]


def by_percentages(wanted: Sequence[tuple[Item, Decimal]], cash: Decimal) -> Plan:
    """Shares by percentages of the cash: floor, largest remainder up to the target, then what each item owes."""
    target = round_half_up(cash * sum((percent for _, percent in wanted), ZERO) / 100)
    exact = [cash * percent / 100 for _, percent in wanted]
    shares = [share.quantize(CENT, rounding=ROUND_FLOOR) for share in exact]
    left = int((target - sum(shares, ZERO)) / CENT)
    places = sorted(
        range(len(wanted)),
        key=lambda place: (
            -(exact[place] - shares[place]),
            -wanted[place][0].outstanding,
            wanted[place][0].by_issue,
        ),
    )
    for place in places[:left]:
        shares[place] += CENT
    plan = [(item, min(share, item.outstanding)) for (item, _), share in zip(wanted, shares, strict=True)]
    return [(item, amount, amount) for item, amount in plan if amount]
