"""Whose money a line may be: the customers suggested, each with what speaks for it (docs/domain.md#matching)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from bank.models import LinePart
from bank.services.suggesting import suggest
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer


@dataclass(frozen=True, slots=True)
class Likely:
    """A customer whose money it may be: the points, and the reasons for them."""

    customer_id: UUID
    name: str
    points: int
    because: tuple[str, ...]


@reads
def suggest_customers(*, actor: Actor, receipts: Sequence[LinePart]) -> dict[UUID, list[Likely]]:
    """For each receipt the likeliest customers, best first, each with what speaks for it."""
    suggested = suggest(actor=actor, parts=receipts)
    ids = {each.customer_id for listed in suggested.values() for each in listed if each.customer_id}
    named = Customer.objects.filter(company_id=actor.company_id, id__in=ids).values_list("id", "name")
    names: dict[UUID, str] = dict(named)
    likely: dict[UUID, list[Likely]] = {}
    for key, listed in suggested.items():
        by_customer: dict[UUID, Likely] = {}
        for each in listed:
            if each.customer_id in names:
                one = Likely(each.customer_id, names[each.customer_id], each.points, each.because)
                by_customer.setdefault(one.customer_id, one)
        likely[key] = list(by_customer.values())
    return likely
