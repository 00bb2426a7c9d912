"""One chunk of a job is one transaction: what is committed stays when a later one fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from batconnect.core.database.tenancy import set_company
from batconnect.core.database.waits import JOB
from batconnect.core.kernel.actors import Actor


@contextmanager
def chunk(actor: Actor) -> Iterator[None]:
    """A transaction in the actor's company; within a running one, which has the context, a savepoint."""
    inside = connection.in_atomic_block
    with transaction.atomic():
        if not inside:
            set_company(
                actor.company_id,
                metadata={"job": actor.name, "request_id": actor.request_id},
                user_id=actor.user_id,
                patience=JOB,
            )
        yield
