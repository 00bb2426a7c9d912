"""The due date that aging, strategies and reminders use: an obligation's own, unless its document moved it.

Rule: docs/domain.md#payment-plans.

`obligation.due_date` never changes; a payment plan covers parts of obligations by rows with their own dates.
The app that owns them registers a function for its category when it is loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Protocol
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation


class Mover(Protocol):
    """Gives the due dates that differ from the obligations' own: for some, or with None for every open one."""

    def __call__(self, *, actor: Actor, obligation_ids: Collection[UUID] | None) -> Mapping[UUID, date]: ...


_movers: dict[str, Mover] = {}


def register(category: str, mover: Mover) -> None:
    """Register the function that moves a category's due dates; once, from `ready()`."""
    assert category not in _movers, f"{category} is registered already"
    _movers[category] = mover


class Due(Protocol):
    """The part of an obligation that its due date depends on."""

    @property
    def id(self) -> UUID: ...

    @property
    def category(self) -> str: ...


def moved_due_dates(*, actor: Actor, obligations: Iterable[Obligation | Due]) -> dict[UUID, date]:
    """The effective due dates of the obligations that were moved; one statement per category that has movers."""
    by_category: dict[str, list[UUID]] = {}
    for each in obligations:
        if each.category in _movers:
            by_category.setdefault(each.category, []).append(each.id)
    due_dates: dict[UUID, date] = {}
    for category, ids in by_category.items():
        due_dates.update(_movers[category](actor=actor, obligation_ids=ids))
    return due_dates


def all_moved_due_dates(*, actor: Actor) -> dict[UUID, date]:
    """The effective due dates of the company's open obligations whose due date was moved.

    One statement per category that has movers; one row for each obligation under a plan.
    """
    due_dates: dict[UUID, date] = {}
    for mover in _movers.values():
        due_dates.update(mover(actor=actor, obligation_ids=None))
    return due_dates
