"""Whether the company's books have been opened for good (docs/domain.md#opening-batch)."""

from __future__ import annotations

from typing import Final

from django.db import connection

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from ledger.errors import OPENING_LOCKED
from ledger.models import OpeningBatch

_SHARED: Final = "select pg_advisory_xact_lock_shared(hashtextextended(%s, 12))"
_ALONE: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 12))"


@joins_transaction
def keep_opening(*, actor: Actor, alone: bool = False) -> None:
    """Until the transaction ends nobody locks the opening of the books; with `alone` nobody posts to opening balances
    either. Whether it is locked has to be read afterwards. An advisory lock, as there may be no batch to lock yet.

    Rule: docs/architecture.md#lock-order.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALONE if alone else _SHARED, [str(actor.company_id)])


@reads
def opening_is_locked(*, actor: Actor) -> bool:
    """Whether the opening batch of the actor's company is locked: nothing more is posted to opening balances."""
    return OpeningBatch.objects.filter(
        company_id=actor.company_id, status=OpeningBatch.Status.LOCKED
    ).exists()


@joins_transaction
def refuse_locked_opening(*, actor: Actor, what: str, field: str | None = None) -> None:
    """Raise Conflict 409 `opening_locked` once the opening is locked; `what` begins the sentence. Else nobody locks it
    until the transaction ends."""
    keep_opening(actor=actor)
    if opening_is_locked(actor=actor):
        raise Conflict(f"{what}: the opening of the books is locked.", code=OPENING_LOCKED, field=field)
