"""Batches of payouts, and payouts of several DTRs, of which all that is in transit is a line's amount."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from bank.models import LinePart
from bank.services.evidence.suggestion import Suggestion, marked_as_return
from bank.services.kinds.batches import pieces_of
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import format_count
from ledger.paying.querysets import Together, find_together

_WITHIN: Final = timedelta(days=30)
_SAME_AMOUNT: Final = 50
_NAMED: Final = 50
_NEAR: Final = 20
_NEAR_DAYS: Final = 5


@reads
def suggest_batches(*, actor: Actor, parts: Sequence[LinePart]) -> dict[UUID, list[Suggestion]]:
    """What each part of money out may be; one statement. Never certain: a total is not a name."""
    if not parts:
        return {}
    days = [each.payment_date for each in parts]
    together = find_together(
        actor=actor,
        amounts={each.left for each in parts},
        sent_from=min(days) - _WITHIN,
        sent_to=max(days),
    )
    return {part.id: [_suggested(part, each) for each in together if _fits(part, each)] for part in parts}


def _fits(part: LinePart, each: Together) -> bool:
    away = part.payment_date - each.sent_on
    return each.amount == part.left and each.currency == part.currency and timedelta(0) <= away <= _WITHIN


def _suggested(part: LinePart, each: Together) -> Suggestion:
    items = len(each.items)
    because = [
        f"{each.amount:,.2f} of {each.title} went out on {each.sent_on} and is in transit, "
        f"{format_count(items, 'item')}"
    ]
    points = _SAME_AMOUNT
    if each.reference and each.reference.lower() in part.text.lower():
        points += _NAMED
        because.append(f"the line has its reference {each.reference}")
    if (part.payment_date - each.sent_on).days <= _NEAR_DAYS:
        points += _NEAR
        because.append("it is a few days later")
    returned = marked_as_return(part)
    return Suggestion(
        pieces=tuple(pieces_of(each.items)),
        title=f"All of {each.title}",
        points=points,
        because=tuple(because),
        contradicts=f"It may be a return: {returned}." if returned else "",
    )
