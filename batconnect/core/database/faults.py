"""What a fault of the database means to whoever asked: the one table from SQLSTATE to answer.

A fault that is not in it is ours: 500, and nothing stored.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

import psycopg
from django.conf import settings
from django.db import Error, OperationalError


class Fault(Enum):
    """What the database could not do."""

    BUSY = "It gave up waiting for another transaction: nothing was changed."
    TOO_LONG = (
        "It gave up a statement that ran longer than a request's may (`database.waits`): nothing was changed."
    )
    UNAVAILABLE = "It is away, starting, stopping, full or out of connections: nothing was changed."
    IN_DOUBT = "It went away during the commit: all of the work is stored, or none of it."


class CommitInDoubt(OperationalError):
    """The connection was lost between COMMIT and its answer."""


_OF_SHARD: Final = re.compile(r"_\d{6,}$")
DISK_FULL: Final = "53100"
# By the beginning of the state.
_MEANINGS: Final[tuple[tuple[str, Fault], ...]] = (
    ("55P03", Fault.BUSY),  # lock_not_available
    ("40P01", Fault.BUSY),  # deadlock_detected
    ("40001", Fault.BUSY),  # serialization_failure
    ("57014", Fault.TOO_LONG),  # query_canceled: statement_timeout
    ("25P03", Fault.UNAVAILABLE),  # idle_in_transaction_session_timeout ended the session
    ("08", Fault.UNAVAILABLE),  # connection exceptions
    ("53", Fault.UNAVAILABLE),  # disk full, out of memory, too many connections
    ("57P0", Fault.UNAVAILABLE),  # shut down, crashed, starting, dropped, idle for too long
)


def fault_of(error: BaseException | None) -> Fault | None:
    """What the error means; None when it is not a fault of the database, or is one that we caused."""
    if isinstance(error, CommitInDoubt):
        return Fault.IN_DOUBT
    if not isinstance(error, Error):
        return None
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    if state is None:
        # Only the server gives a state; without one the client library could not reach it or lost it.
        return Fault.UNAVAILABLE if isinstance(cause, psycopg.OperationalError) else None
    return next((fault for beginning, fault in _MEANINGS if state.startswith(beginning)), None)


def is_busy(error: BaseException) -> bool:
    """Whether the database gave up waiting for another transaction: a lock, a deadlock, a serialization failure."""
    return fault_of(error) is Fault.BUSY


def broken_constraint(error: Error) -> str:
    """The name of the constraint that was broken; empty for another error. A shard's has the shard's number behind."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    return _OF_SHARD.sub("", name) if settings.DATABASE_DISTRIBUTED else str(name)
