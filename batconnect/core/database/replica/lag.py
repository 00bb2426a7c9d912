"""How far behind the replica is: what it shows was all there was on the primary so many seconds ago.

Once a second, when somebody reads, one thread of the process asks the primary where its WAL ends and the replica up to
where it has replayed. The replica shows everything committed before the newest end that it has reached. So neither the
clocks of two machines nor an idle primary decide, a replica whose stream is cut falls behind, and asking seldom counts
as lag.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog
from django.db import Error, connections

_ASKED_EVERY: Final = 1
_AWAY_PAUSE: Final = 5
"""Seconds between two tries of a replica that did not answer: on a dead network each costs its connect_timeout."""
_KEPT: Final = 64
# What is on its way to the disk alone is not sent to a replica; commits are answered when they are there.
_PRIMARY: Final = "select (pg_current_wal_flush_lsn() - '0/0')::bigint where not pg_is_in_recovery()"
_REPLICA: Final = "select (pg_last_wal_replay_lsn() - '0/0')::bigint where pg_is_in_recovery()"
_log = structlog.stdlib.get_logger("batconnect.replica")


class Lag:
    """What this process knows of the replica."""

    def __init__(
        self,
        *,
        primary: Callable[[], int | None],
        replica: Callable[[], int | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._primary, self._replica, self._clock = primary, replica, clock
        self._turn = threading.Lock()
        self._ends: deque[tuple[float, int]] = deque(maxlen=_KEPT)
        self._shown_at, self._next = float("-inf"), float("-inf")
        self._state = ""

    def is_within(self, seconds: float) -> bool:
        """Whether the replica shows all that was committed so many seconds ago. Asks, when it is time to."""
        if self._clock() >= self._next and self._turn.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self._turn.release()
        within = self._clock() - self._shown_at <= seconds
        # Whoever does not wait for the answer of another thread has nothing to say of it.
        if not self._turn.locked():
            self._report("used" if within else "away" if self._shown_at == float("-inf") else "behind")
        return within

    def leave(self) -> None:
        """The replica was lost in a request: it is not read from before it has answered again."""
        self._shown_at = float("-inf")
        self._next = self._clock() + _ASKED_EVERY
        self._report("away")

    def _ask(self) -> None:
        self._next = self._clock() + _ASKED_EVERY
        began = self._clock()
        if (end := _asked(self._primary)) is not None:
            self._ends.append((began, end))
        replayed = _asked(self._replica)
        if replayed is None:
            self._shown_at, self._next = float("-inf"), self._clock() + _AWAY_PAUSE
            return
        reached = [at for at, end in self._ends if end <= replayed]
        self._shown_at = max([self._shown_at, *reached])

    def _report(self, state: str) -> None:
        """One line in the log for each change."""
        if state == self._state:
            return
        self._state = state
        if state == "used":
            _log.info("replica_used")
        else:
            _log.warning("replica_left", why=state)


def _asked(ask: Callable[[], int | None]) -> int | None:
    try:
        return ask()
    except Error:
        return None


def primary_end() -> int | None:
    """Where the primary's WAL ends, in bytes; None from a server that is none. Raises Error."""
    return _read("default", _PRIMARY)


def replica_end() -> int | None:
    """Up to where the replica has replayed; None from a server that is none, or no longer. Raises Error."""
    return _read("replica", _REPLICA)


def _read(alias: str, statement: str) -> int | None:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return None if row is None or row[0] is None else int(row[0])


lag: Final = Lag(primary=primary_end, replica=replica_end)
