"""Which line is which known payment, over all lines together (docs/domain.md#matching)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from bank.models import LinePart
from bank.rules.evidence import Claim, Kind
from bank.services.evidence.known import Known

_LIKELY: Final = 40
"""With so much for its customer, besides the amount, a known payment is what the line likely is."""


def pair_up(
    parts: Sequence[LinePart],
    known: Mapping[UUID, Sequence[Known]],
    claims: Mapping[UUID, Mapping[UUID, Claim]],
) -> dict[UUID, Known]:
    """The known payment that each part likely is: named by it, or of a customer that something else speaks for. Each
    payment is that of one part alone, and as many parts as can have one do."""
    likely = {
        part.id: sorted(
            (
                each
                for each in known[part.id]
                if each.is_named_in(part) or speaks_for(claims[part.id].get(each.customer_id), _LIKELY)
            ),
            key=lambda each, part=part: (not each.is_named_in(part), each.days_from(part), each.order),  # type: ignore[misc]
        )
        for part in parts
    }
    owners: dict[UUID, UUID] = {}
    # Who has one keeps one, so those that are named, and the strongest, choose first.
    for part in sorted(parts, key=lambda each: _how_likely(each, likely[each.id], claims[each.id])):
        _take_one(part.id, likely, owners, set())
    by_id = {each.id: each for some in likely.values() for each in some}
    return {part: by_id[payment] for payment, part in owners.items()}


def _how_likely(part: LinePart, likely: Sequence[Known], claims: Mapping[UUID, Claim]) -> tuple[bool, int]:
    is_named = any(each.is_named_in(part) for each in likely)
    points = [claims[each.customer_id].points for each in likely if each.customer_id in claims]
    return not is_named, -max(points, default=0)


def _take_one(
    part: UUID, likely: Mapping[UUID, Sequence[Known]], owners: dict[UUID, UUID], asked: set[UUID]
) -> bool:
    """Give the part a payment; one that another part has, if that can take another one instead."""
    for payment in likely[part]:
        if payment.id in asked:
            continue
        asked.add(payment.id)
        if payment.id not in owners or _take_one(owners[payment.id], likely, owners, asked):
            owners[payment.id] = part
            return True
    return False


def speaks_for(claim: Claim | None, least: int = 1) -> bool:
    """Whether something besides the amount says so much."""
    if claim is None:
        return False
    return sum(each.points for kind, each in claim.strongest.items() if kind is not Kind.AMOUNT) >= least
