"""What was explained together, by operation (docs/domain.md#explanations)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Min, Q, QuerySet

from bank.models import Explanation
from batconnect.core.kernel.actors import Actor

_LIVE = Q(status=Explanation.Status.LIVE)


def operations(*, actor: Actor) -> QuerySet[Any, dict[str, Any]]:
    """The company's operations, the latest first: what each explained, and how much of it still stands.

    In the order of the index of operations, so that a page reads its own rows alone.
    """
    rows: QuerySet[Any, Any] = Explanation.objects.filter(company_id=actor.company_id).order_by()
    return (
        rows.values("operation_id")
        .annotate(
            parts=Count("part", distinct=True),
            explanations=Count("id"),
            live=Count("id", filter=_LIVE),
            live_parts=Count("part", distinct=True, filter=_LIVE),
            deciders=ArrayAgg("decided_by", distinct=True),
            made_by=Min("made_by"),
            created_at=Min("created_at"),
        )
        .order_by("-operation_id")
    )


def find_operation(*, actor: Actor, operation_id: UUID) -> Mapping[str, Any] | None:
    """One of them."""
    return operations(actor=actor).filter(operation_id=operation_id).first()
