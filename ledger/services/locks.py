"""The locks on obligations, taken in the order of their ids (docs/architecture.md#lock-order)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from django.db.models import Q

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation

_LOCK_DEBTS: Final = """
select o.* from ledger_obligations o
where o.company_id = %s::uuid and o.customer_id = %s::uuid and o.lease_id = %s::bigint and o.status = 'open'
  and (o.category = %s or o.id = any(%s::uuid[])
    or (o.category, o.reference_id) in (select * from unnest(%s::text[], %s::text[])))
order by o.id for no key update
"""


@joins_transaction
def lock_open_debts(
    *,
    actor: Actor,
    customer_id: UUID,
    lease_pk: int,
    category: str,
    ids: Sequence[UUID],
    named: Sequence[tuple[str, str]],
) -> dict[UUID, Obligation]:
    """Lock what the customer still owes on the lease: everything of the category, and what is chosen by id or named
    by (category, reference); by id, in id order. A fixed statement, for interim payments.

    The rows are as they are once the lock is held: what somebody settled meanwhile is not among them.
    """
    rows = Obligation.objects.raw(
        _LOCK_DEBTS,
        [
            *(actor.company_id, customer_id, lease_pk, category, list(ids)),
            *([pair[0] for pair in named], [pair[1] for pair in named]),
        ],
    )
    return {row.id: row for row in rows}


@joins_transaction
def lock_obligations(
    *, actor: Actor, ids: Collection[UUID] = (), also: Q | None = None
) -> dict[UUID, Obligation]:
    """Lock the obligations with these ids, and those that `also` selects, in one statement; by id, in id order.

    What is missing from the answer does not exist in the actor's company. The rows are as they are once the
    lock is held: an obligation that somebody settled meanwhile shows it.
    """
    selected = Q(id__in=list(ids))
    if also is not None:
        selected |= also
    elif not ids:
        return {}
    # No key changes: the weaker lock lets the key checks of other postings pass.
    rows = Obligation.objects.filter(selected, company_id=actor.company_id)
    return {row.id: row for row in rows.order_by("id").select_for_update(no_key=True)}
