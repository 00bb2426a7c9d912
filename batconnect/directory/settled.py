"""The hook by which a higher app says which weeks of a lease are settled: those are not changed.

Rule: docs/architecture.md#hooks, docs/domain.md#who-drove, docs/domain.md#lease-rates.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

# The Sundays that begin the lease's settled weeks which have a day in the span; its last day None is without end.
SettledWeeks = Callable[[UUID, int, date, date | None], list[date]]
_asked: list[SettledWeeks] = []


def register_settled_weeks(ask: SettledWeeks) -> None:
    """Register what says so, once, from an app's `ready()`."""
    _asked.append(ask)


def settled_weeks(*, company_id: UUID, lease_pk: int, since: date, until: date | None = None) -> list[date]:
    """The settled weeks of the lease from `since` through `until`, oldest first; empty where nobody settles."""
    weeks = {week for ask in _asked for week in ask(company_id, lease_pk, since, until)}
    return sorted(weeks)
