"""One row of an operation: what would come of it, or what came of it, or why nothing did."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import OperationalError, transaction

from batconnect.core.console.bulk.actions import BulkAction
from batconnect.core.console.confirmations import BUSY, Preview, digest_of
from batconnect.core.database.faults import is_busy
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.models import Counter

GONE: Final = "It is not there any more."
NOT_YOURS: Final = "You may not do this to it."
CHANGED: Final = "It has changed since the preview, so nothing was done to it. It would now become: "
_NUMBER: Final = re.compile(r"\b([A-Z]{2,20})(?:-(\d{4}|\d{8})-)?(\d+)\b")


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a row, and the digest of all that a person was shown; or why nothing did (`left`)."""

    said: str
    digest: str = ""
    left: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """The last numbers that were given when it began: younger ones are not told, since others take numbers too."""

    last: Mapping[tuple[str, str], int]
    series: frozenset[str]

    @classmethod
    def now(cls, company_id: UUID) -> Numbers:
        """As they are now; one statement."""
        rows = Counter.objects.filter(company_id=company_id).values_list("series", "period", "value")
        last = {(series, period): value for series, period, value in rows}
        return cls(last, frozenset(series for series, _ in last))

    def without_new(self, text: str) -> str:
        """The text, where a number that is younger has its series alone: `INTPAY-2026-…`."""

        def shown(found: re.Match[str]) -> str:
            series, period, value = found[1], found[2] or "", int(found[3][:18])
            if series not in self.series or value <= self.last.get((series, period), 0):
                return found[0]
            return f"{series}-{period}-…" if period else f"{series}…"

        return _NUMBER.sub(shown, text)


def try_row(
    *,
    actor: Actor,
    action: BulkAction,
    row: Any,
    values: dict[str, Any],
    numbers: Numbers,
    plans: bool = False,
) -> Tried:
    """Do it to the row inside a savepoint, or say why not: a refusal, a row that is gone, a right that is missing.

    `plans` asks for what would come of it where that is declared beside doing it.
    """
    if row is None:
        return Tried(GONE, left=True)
    if not action.has_permission(actor) or not action.of.permitted(actor, row):
        return Tried(NOT_YOURS, left=True)
    try:
        with transaction.atomic():
            outcome = (action.plan if plans else action.of.run)(actor, row, values)
    except Refusal as refusal:
        return Tried(refusal.message[:500], left=True)
    except OperationalError as error:
        if not is_busy(error):
            raise
        return Tried(BUSY, left=True)
    return Tried(numbers.without_new(outcome.summary)[:500], _digest(outcome, numbers))


def _digest(outcome: Preview, numbers: Numbers) -> str:
    cells = tuple(tuple(numbers.without_new(cell) for cell in row) for row in outcome.rows)
    return digest_of(numbers.without_new(outcome.summary), cells, outcome.state)
