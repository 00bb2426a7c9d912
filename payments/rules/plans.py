"""What a spread of a payment is given and what it answers with: values in whole cents.

Rule: docs/domain.md#strategies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An open obligation. `outstanding` in cents; `due_date` is the effective one; `discount_percent` is 0 unless an
    early-payment discount may be taken now."""

    id: UUID
    number: str
    category: str
    outstanding: int
    issue_date: date
    due_date: date
    discount_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Percentage:
    """A share of the payment for one item, or for a category's items by fifo; `percent` with at most four decimals."""

    percent: Decimal
    item_id: UUID | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What a strategy is given beside the items: only what belongs to it is accepted."""

    today: date
    priority_rules: str = ""
    order: tuple[UUID, ...] = ()
    percentages: tuple[Percentage, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """What one item gets, in cents: `amount` settles so much of it (gross) with `amount − discount` in cash."""

    item_id: UUID
    amount: int
    discount: int
    discount_percent: Decimal
    decision: dict[str, Any]

    @property
    def cash(self) -> int:
        """What the payment pays."""
        return self.amount - self.discount


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that gets nothing, and why."""

    item_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A payment spread: `cash_left` in cents stays unallocated."""

    strategy: str
    lines: tuple[PlannedLine, ...]
    skipped: tuple[Skipped, ...]
    cash_left: int


@lru_cache(maxsize=20_000)
def natural(number: str) -> tuple[tuple[int, str | int], ...]:
    """A sort key by which numbers in a text sort as numbers: INV-2026-999 before INV-2026-1000."""
    return tuple(
        (0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"([0-9]+)", number) if part
    )


def by_issue_date(item: OpenItem) -> tuple[Any, ...]:
    """Fifo: oldest issue date, then due date, then number."""
    return item.issue_date, item.due_date, natural(item.number), item.id
