"""Tolls, violations and summonses become obligations: a set at once, through the one poster.

Rule: docs/domain.md#agency-charges, docs/adr/0045-one-poster.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final
from uuid import UUID

from django.db import connection

from agencies.models import AgencyRow, Why
from agencies.rules.fields import CATEGORIES
from agencies.services.keeping import charged_rows
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation
from ledger.services.journal import post_rows
from ledger.services.obligations import find_obligations
from ledger.services.sets import RowPosting, compose

CHUNK_ROWS: Final = 2_500
# Locked before they are read: what another file says of their amounts meanwhile is waited for.
_PICKED: Final = """
picked as materialized (
  select * from agency_rows
  where company_id = %(company)s::uuid and id = any(%(rows)s::uuid[]) and state = 'joined' and amount > 0
  order by id for no key update
)"""
_MARK: Final = """
update agency_rows a set state = 'done', charged = c.amount, obligation_id = c.id
from charged c where a.company_id = %(company)s::uuid and a.id = c.row_id
"""
# What costs nothing, a summons that was dismissed before we heard of it, raises nothing.
_NOTHING: Final = """
update agency_rows set state = 'done', charged = 0.00
where company_id = %s::uuid and id = any(%s::uuid[]) and state = 'joined' and amount = 0
"""
_NEXT: Final = """
select id from agency_rows where company_id = %s::uuid and import_id = %s::uuid and state = 'joined'
order by id limit %s::int
"""


@joins_transaction
def charge_chunk(*, actor: Actor, import_id: UUID, kind: str) -> int:
    """Charge the next rows of an import that were joined; how many, 0 when none is left."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [actor.company_id, import_id, CHUNK_ROWS])
        rows = [key for (key,) in cursor.fetchall()]
    if rows:
        charge_rows(actor=actor, kind=kind, rows=rows)
    return len(rows)


@joins_transaction
def charge_rows(*, actor: Actor, kind: str, rows: Sequence[UUID]) -> None:
    """Raise what joined rows of one kind cost, each by the agency's number: issued on its day, or on the first open
    one, due then unless the agency says when.

    A number that was charged already to the same driver with the same amount is taken for the same; any other waits.
    """
    post_rows(
        actor=actor,
        posting=_statement(kind),
        values={"rows": list(rows), "currency": actor.company.base_currency},
    )
    with connection.cursor() as cursor:
        cursor.execute(_NOTHING, [actor.company_id, list(rows)])
    left = AgencyRow.objects.filter(company_id=actor.company_id, id__in=rows, state=AgencyRow.State.JOINED)
    _settle_taken(actor, kind, list(left.order_by("id")))


@cache
def _statement(kind: str) -> RowPosting:
    return compose(
        charged_rows(kind=kind, rows="picked"),
        before=_PICKED,
        along={"marked": _MARK},
        answer="select count(*) from charged",
    )


def _settle_taken(actor: Actor, kind: str, rows: Sequence[AgencyRow]) -> None:
    """Rows whose numbers were charged before: by hand, from another file, or by another agency."""
    if not rows:
        return
    category = CATEGORIES[kind]
    existing = find_obligations(actor=actor, keys={(category, row.reference) for row in rows})
    owned = set(
        AgencyRow.objects.filter(
            company_id=actor.company_id, obligation__in=[each.id for each in existing.values()]
        ).values_list("obligation_id", flat=True)
    )
    for row in rows:
        there = existing[(category, row.reference)]
        if there.id not in owned and _is_same(row, there):
            row.state, row.charged, row.obligation = AgencyRow.State.DONE, row.amount, there
        else:
            row.state, row.why = AgencyRow.State.WAITING, Why.TAKEN
            row.lease_id = row.driver_id = row.customer_id = None
    AgencyRow.objects.bulk_update(
        rows, ["state", "why", "charged", "obligation", "lease", "driver", "customer"]
    )


def _is_same(row: AgencyRow, there: Obligation) -> bool:
    same = (there.customer_id, there.lease_id, there.original) == (row.customer_id, row.lease_id, row.amount)
    return same and there.status != Obligation.Status.VOIDED and not there.is_opening
