"""The client's own books: what the server has acknowledged, and what each figure must be by docs/domain.md.

Nothing here comes from the project's code: this is a second implementation, made from its rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

ZERO: Final = Decimal("0.00")
CENT: Final = Decimal("0.01")


def round_half_up(value: Decimal) -> Decimal:
    """Whole cents."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key by which numbers within text sort as numbers."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text) if part
    ]


@dataclass(slots=True, eq=False)
class Item:
    """Something that a customer owes."""

    id: str
    category: str
    number: str
    issue_date: date
    due_date: date
    total: Decimal
    outstanding: Decimal
    invoice_id: str = ""
    percent: Decimal = ZERO
    days: int = 0
    credited: Decimal = ZERO
    written_off: Decimal = ZERO

    @property
    def by_due(self) -> tuple[Any, ...]:
        return self.due_date, self.issue_date, natural(self.number)

    @property
    def by_issue(self) -> tuple[Any, ...]:
        return self.issue_date, self.due_date, natural(self.number)

    def discount_for(self, amount: Decimal, *, paid_on: date) -> Decimal:
        """What is taken off a part of that amount when it is asked for."""
        if not self.percent or self.category != "INVOICE":
            return ZERO
        if (self.due_date - paid_on).days < self.days or paid_on > self.due_date:
            return ZERO
        return round_half_up(amount * self.percent / 100)


@dataclass(slots=True, eq=False)
class Applied:
    """A payment or a credit memo applied to an item."""

    id: str
    item: Item
    amount: Decimal
    cash: Decimal
    refunded: Decimal = ZERO
    refunded_discount: Decimal = ZERO
    is_live: bool = True
    operation: str = ""

    @property
    def discount(self) -> Decimal:
        return self.amount - self.cash

    @property
    def rest(self) -> Decimal:
        """What of the item it still settles."""
        return self.amount - self.refunded - self.refunded_discount

    @property
    def rest_of_cash(self) -> Decimal:
        return self.cash - self.refunded

    def refund(self, amount: Decimal) -> None:
        """Pay cash back: its share of the discount goes with it, cumulatively, exact at the end."""
        self.refunded += amount
        taken_back = round_half_up(self.discount * self.refunded / self.cash)
        self.item.outstanding += amount + taken_back - self.refunded_discount
        self.refunded_discount = taken_back
        if self.refunded == self.cash:
            self.is_live = False

    def undo(self) -> Decimal:
        """Take back what is left of it; returns the cash."""
        self.item.outstanding += self.rest
        self.is_live = False
        return self.rest_of_cash


@dataclass(slots=True, eq=False)
class Pay:
    """A payment."""

    id: str
    number: str
    reference: str
    amount: Decimal
    unallocated: Decimal
    paid_on: date
    method: str
    refunded: Decimal = ZERO
    status: str = "posted"
    applied: list[Applied] = field(default_factory=list)

    @property
    def live(self) -> list[Applied]:
        return [each for each in self.applied if each.is_live]

    @property
    def allocated(self) -> Decimal:
        return sum((each.rest_of_cash for each in self.live), ZERO)


@dataclass(slots=True, eq=False)
class Memo:
    """A credit memo: amount = applied + refunded + left, while it is not voided."""

    id: str
    number: str
    amount: Decimal
    left: Decimal
    own: Item | None = None
    refunded: Decimal = ZERO
    is_voided: bool = False
    applied: list[Applied] = field(default_factory=list)

    @property
    def live(self) -> list[Applied]:
        return [each for each in self.applied if each.is_live]


@dataclass(slots=True, eq=False)
class Customer:
    """A customer with everything that was acknowledged for it."""

    id: str
    name: str
    items: list[Item] = field(default_factory=list)
    pays: list[Pay] = field(default_factory=list)
    memos: list[Memo] = field(default_factory=list)
    refunded: Decimal = ZERO

    @property
    def open_items(self) -> list[Item]:
        return [item for item in self.items if item.outstanding]

    @property
    def outstanding(self) -> Decimal:
        return sum((item.outstanding for item in self.items), ZERO)

    @property
    def unallocated(self) -> Decimal:
        return sum((pay.unallocated for pay in self.pays), ZERO)

    @property
    def credit(self) -> Decimal:
        return sum((memo.left for memo in self.memos), ZERO)

    @property
    def closing(self) -> Decimal:
        """What the statement ends with."""
        return self.outstanding - self.unallocated - self.credit
