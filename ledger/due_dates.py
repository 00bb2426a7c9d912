"""The day that aging, strategies and reminders go by: an obligation's own, unless its document moved it.

Rule: docs/domain.md#payment-plans.

`obligation.due_date` never changes; a payment plan covers parts of obligations by rows with dates of their own.
The app that knows registers a function for its category when it is loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Protocol
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation


class Mover(Protocol):
    """Names the due dates that differ from the obligations' own: of some, or with None of every open one."""

    def __call__(self, *, actor: Actor, obligation_ids: Collection[UUID] | None) -> Mapping[UUID, date]: ...


_movers: dict[str, Mover] = {}


def register(category: str, mover: Mover) -> None:
    """Register who moves the due dates of a category's obligations; once, from `ready()`."""
    assert category not in _movers, f"{category} is registered already"
    _movers[category] = mover


class Due(Protocol):
    """As much of an obligation as its due date depends on."""

    @property
    def id(self) -> UUID: ...

    @property
    def category(self) -> str: ...


def moved_due_dates(*, actor: Actor, obligations: Iterable[Obligation | Due]) -> dict[UUID, date]:
    """The effective due dates of those obligations whose own was moved; one statement per category that has movers."""
    by_category: dict[str, list[UUID]] = {}
    for each in obligations:
        if each.category in _movers:
            by_category.setdefault(each.category, []).append(each.id)
    due_dates: dict[UUID, date] = {}
    for category, ids in by_category.items():
        due_dates.update(_movers[category](actor=actor, obligation_ids=ids))
    return due_dates


def all_moved_due_dates(*, actor: Actor) -> dict[UUID, date]:
    """The effective due dates of every open obligation of the company whose own was moved.

    One statement per category that has movers; as many rows as obligations are under a plan.
    """
    due_dates: dict[UUID, date] = {}
    for mover in _movers.values():
        due_dates.update(mover(actor=actor, obligation_ids=None))
    return due_dates
