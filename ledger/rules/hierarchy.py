"""The payment hierarchy: which debts money settles first (docs/domain.md#hierarchy)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, Protocol, TypeVar

from ledger.chart import Category

HIERARCHY: Final = tuple(Category)
"""Taxes → EZPass → Lease → PVB → TLC → Repairs → Loans → Misc, then what drivers do not owe."""
_RANKS: Final = {category.value: rank for rank, category in enumerate(HIERARCHY, start=1)}


class Ranked(Protocol):
    """The part of an obligation that its place in the hierarchy depends on."""

    @property
    def category(self) -> str: ...
    @property
    def due_date(self) -> date: ...
    @property
    def reference_id(self) -> str: ...


Item = TypeVar("Item", bound=Ranked)


def hierarchy_rank(category: str) -> int:
    """The category's place, 1 for what is settled first. Raises KeyError for an unknown code."""
    return _RANKS[str(category)]


def hierarchy_key(item: Ranked) -> tuple[int, date, str]:
    """Sort key: hierarchy, then oldest due date, then reference; a total order within one customer."""
    return hierarchy_rank(item.category), item.due_date, item.reference_id


def in_hierarchy_order(items: Iterable[Item]) -> list[Item]:
    """Sort the items in the order in which money settles them."""
    return sorted(items, key=hierarchy_key)
