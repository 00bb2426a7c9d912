"""Whether the seals keep up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import Seal
from batconnect.core.sealing.kinds import sealed_kinds

_NEWEST: Final = """
(select r.id from {table} r where r.company_id = %(company)s::uuid and r.id <= %(until)s::uuid and {is_final}
 order by r.id desc limit 1)
"""
"""A row brought in with an identifier of another kind stands above all of today's, and says nothing of its age."""


def seconds_unsealed(*, actor: Actor) -> int:
    """Seconds since the company's last seal, when something was written after it; else 0.

    Rule: docs/seals.md#sealing.
    """
    newest = "union all".join(
        _NEWEST.format(table=kind.table, is_final=kind.is_final) for kind in sealed_kinds()
    )
    with connection.cursor() as cursor:
        cursor.execute(newest, {"company": actor.company_id, "until": uuid7()})
        # An identifier begins with the millisecond it was made in.
        written = [
            datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=row_id.int >> 80)
            for (row_id,) in cursor.fetchall()
        ]
    last = (
        Seal.objects.filter(company_id=actor.company_id).order_by("-number").values_list("sealed_at").first()
    )
    waiting_since = last[0] if last else min(written, default=now())
    if not any(moment > waiting_since for moment in written) and last:
        return 0
    return max(0, int((now() - waiting_since).total_seconds()))
