"""The locks on obligations, always taken in the order of their ids (DESIGN 2)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from batconnect.core.actors import Actor
from ledger.models import Obligation


def lock_obligations(
    *, actor: Actor, ids: Collection[UUID] = (), also: Q | None = None
) -> dict[UUID, Obligation]:
    """Lock the obligations with these ids, and those that `also` selects, in one statement; by id, in id order.

    What is missing from the answer does not exist in the actor's company. The rows are as they are once the
    lock is held: an obligation that somebody settled meanwhile shows it.
    """
    wanted = Q(id__in=list(ids))
    if also is not None:
        wanted |= also
    elif not ids:
        return {}
    # No key changes: the weaker lock lets key checks of others' postings pass.
    rows = Obligation.objects.filter(wanted, company_id=actor.company_id)
    return {row.id: row for row in rows.order_by("id").select_for_update(no_key=True)}
