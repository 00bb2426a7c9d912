"""Sealing: a job chains what no running transaction can change any more (docs/seals.md#sealing).

Writers take no lock and wait for nothing: like the numbers of entries, a seal is given after the fact, to what was
committed by transactions that are older than any that still runs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import local_date, now
from batconnect.core.models import Seal, SealedRow
from batconnect.core.sealing.chain import seal_digest
from batconnect.core.sealing.kinds import sealed_kinds
from batconnect.core.sealing.statements import waiting_sql

ROWS_OF_A_SEAL: Final = 5_000
LOOK_BACK: Final = timedelta(days=3)
"""How old a row may be at its seal: it may have waited for a transaction that ran for so long."""
_ONE_AT_A_TIME: Final = "select pg_try_advisory_xact_lock(hashtextextended(%s, 9))"


@transaction.atomic
def seal_rows(*, actor: Actor, everything: bool = False) -> int:
    """Make the company's next seal of up to ROWS_OF_A_SEAL rows that are not sealed yet; how many it covers.

    None is made where nothing waits, and while another is being made. The first of a day, and `everything`, looks at
    rows of any age; the others at those of the last days. Rule: docs/seals.md#sealing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"seals {actor.company_id}"])
        if not cursor.fetchone()[0]:
            return 0
        last = Seal.objects.filter(company_id=actor.company_id).order_by("-number").first()
        since = None if everything else _since(actor, last)
        waiting = _waiting(cursor, actor, since)
    if not waiting:
        return 0
    number, previous = (last.number + 1, bytes(last.digest)) if last else (1, b"")
    digest = seal_digest(
        company_id=actor.company_id, number=number, previous=previous, rows=(row[2] for row in waiting)
    )
    seal = Seal(
        company_id=actor.company_id,
        number=number,
        previous=previous,
        digest=digest,
        rows=len(waiting),
        is_backlog=last is None or (last.is_backlog and last.rows == ROWS_OF_A_SEAL),
    )
    seal.save(force_insert=True)
    SealedRow.objects.bulk_create(
        SealedRow(company_id=actor.company_id, seal=seal, place=place, kind=kind, row_id=row_id, digest=each)
        for place, (kind, row_id, each) in enumerate(waiting, start=1)
    )
    return len(waiting)


def _waiting(cursor: Any, actor: Actor, since: UUID | None) -> list[tuple[str, UUID, bytes]]:
    # No more of each kind than a seal takes: of a long backlog the rest would be digested for nothing.
    limited = f"order by r.id limit {ROWS_OF_A_SEAL}"
    parts = "\nunion all".join(f"({waiting_sql(kind)}\n{limited})" for kind in sealed_kinds())
    cursor.execute(
        f"select * from ({parts}) w order by kind, id limit {ROWS_OF_A_SEAL}",  # noqa: S608 - fixed texts
        {"company": actor.company_id, "since": since},
    )
    return [(kind, row_id, bytes(digest)) for kind, row_id, digest in cursor.fetchall()]


def _since(actor: Actor, last: Seal | None) -> UUID | None:
    """The least id that a seal after the last one looks at; None is all of them."""
    if last is None or last.rows == ROWS_OF_A_SEAL or not _is_of_today(actor, last.sealed_at):
        return None
    return UUID(int=int((last.sealed_at - LOOK_BACK).timestamp() * 1_000) << 80)


def _is_of_today(actor: Actor, at: datetime) -> bool:
    return local_date(actor.company, at) == local_date(actor.company, now())
