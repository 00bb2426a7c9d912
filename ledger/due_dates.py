"""The day that ageing, strategies and reminders go by: an obligation's own, unless its document moved it (DOMAIN 7).

`obligation.due_date` never changes; a payment plan covers parts of obligations by rows with dates of their own.
The app that knows registers a function when it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from uuid import UUID

from batconnect.core.actors import Actor

Movers = Callable[..., Mapping[UUID, date]]
_movers: list[Movers] = []


def register(mover: Movers) -> None:
    """Register `mover(actor=…, obligation_ids=…)`, which names the due dates that differ; once, from `ready()`."""
    assert mover not in _movers, "registered already"
    _movers.append(mover)


def moved_due_dates(*, actor: Actor, obligation_ids: Collection[UUID]) -> dict[UUID, date]:
    """The effective due dates of those of the obligations whose own was moved; one statement per registered app."""
    found: dict[UUID, date] = {}
    if obligation_ids:
        for mover in _movers:
            found.update(mover(actor=actor, obligation_ids=obligation_ids))
    return found
