"""How long the database lets a statement run, a transaction wait for its client, and a lock be waited for.

The limits stand on the roles (`database.roles.set_role_limits`), where every way to the server finds them: pgbouncer
refuses a start-up packet's `options`, or ignores them. What may take longer says so by SET LOCAL, which ends with its
transaction and so never reaches the next client of a pooled connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import connection

from batconnect.core.database.local_settings import set_local

RUNTIME_LIMITS: Final = {
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    # Whoever waits longer for a lock is told to try again (409), instead of holding a thread.
    "lock_timeout": "5s",
}
"""What an ordinary request may take."""
OWNER_LIMITS: Final = {"lock_timeout": "5s"}
"""A migration may take long, but all requests queue behind one that waits for its lock."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one statement may run, and how long a transaction may stand between two; as PostgreSQL writes spans.

    Who `reads_all` that a cursor has is not served by a plan that has the first rows soonest.
    """

    statement: str
    idle: str
    reads_all: bool = False

    def settings(self) -> tuple[tuple[str, str], ...]:
        """The settings with their values."""
        return (
            ("statement_timeout", self.statement),
            ("idle_in_transaction_session_timeout", self.idle),
            *((("cursor_tuple_fraction", "1"),) if self.reads_all else ()),
        )


JOB: Final = Patience(statement="1h", idle="16min")
"""Jobs and commands: a job is ended after 16 minutes (`jobs.running.Job`), commands verify and import whole books."""
EXPORT: Final = Patience(statement="5min", idle="5min", reads_all=True)
"""A file is laid out between two statements of its request."""


def be_patient(patience: Patience) -> None:
    """Let the rest of the running transaction take this long; lock waits keep their limit."""
    assert connection.in_atomic_block, "a raised limit ends with its transaction"
    if settings.DATABASE_DISTRIBUTED:
        set_local(patience.settings())
        return
    names, values = zip(*patience.settings(), strict=True)
    calls = ", ".join(f"set_config('{name}', %s, true)" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"select {calls}", values)
