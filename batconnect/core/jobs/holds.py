"""Holding work: who is working on it and since when, with a death noticed within seconds (ADR 0017).

A hold is a row with a lease, which a thread of the holder's process renews every few seconds. Whoever finds work held
waits for the holder's next sign of life: it comes, and the work is refused with the holder's name; or the lease runs
out, and the work is taken over. Nothing depends on a session of the database, so a pooler may stand in between.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.db import DatabaseError, connection, transaction

from batconnect.core.database.tenancy import company_context, set_company
from batconnect.core.kernel.ids import uuid7

LEASE_SECONDS: Final = 12
RENEWED_EVERY_SECONDS: Final = 3
_LOOKED_EVERY_SECONDS: Final = 0.25
_JOB: Final = "holds"
_log = structlog.stdlib.get_logger("batconnect.hold")

_TAKE: Final = """
insert into work_holds (id, company_id, kind, subject, share, held_by, since, until)
values (%(id)s::uuid, %(company)s::uuid, %(kind)s, %(subject)s, %(share)s, %(held_by)s, clock_timestamp(),
  clock_timestamp() + make_interval(secs => %(lease)s::int))
on conflict (company_id, kind, subject, share) do update
set id = excluded.id, held_by = excluded.held_by, since = excluded.since, until = excluded.until
where work_holds.until < excluded.since
returning id
"""
_FIND: Final = """
select id, held_by, since, until from work_holds
where company_id = %s::uuid and kind = %s and subject = %s and until >= clock_timestamp()
order by since limit 1
"""
_RENEW: Final = """
update work_holds set until = clock_timestamp() + make_interval(secs => %s::int)
where company_id = %s::uuid and id = any(%s::uuid[]) returning id
"""
_RELEASE: Final = "delete from work_holds where company_id = %s::uuid and id = %s::uuid"
_LIVE: Final = """
select subject from work_holds where company_id = %s::uuid and kind = %s and until >= clock_timestamp()
"""
STILL_HELD: Final = (
    "exists (select from work_holds h where h.company_id = %(company)s::uuid and h.id = %(hold)s::uuid)"
)
"""A condition for statements of the holder: once the hold was taken over they change nothing."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the work."""

    id: UUID
    name: str
    since: datetime
    until: datetime

    def describe(self, time_zone: str) -> str:
        """Who, and since when on the wall clock of the company."""
        since = self.since.astimezone(ZoneInfo(time_zone))
        return f"{self.name}, since {since:%Y-%m-%d %H:%M:%S} ({time_zone})"


class WorkHeld(Exception):
    """Somebody who is alive has the work."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(f"held by {holder.name} since {holder.since}")
        self.holder = holder


@contextmanager
def hold(*, company_id: UUID, kind: str, subject: str, by: str, share: bool = False) -> Iterator[UUID]:
    """Hold the work until the block ends; yields the hold's id. With `share` others may hold it as well.

    Waits at most LEASE_SECONDS for a holder that gives no sign of life, and takes over from it. Raises WorkHeld when
    there is a live one. Call it outside of a transaction: inside, nobody sees it before the commit.
    """
    key = uuid7()
    place: dict[str, Any] = {
        "company": company_id,
        "kind": kind,
        "subject": subject[:100],
        "share": str(key) if share else "",
    }
    _take(key, place, by)
    _heart.begin(key, company_id)
    try:
        yield key
    finally:
        _heart.end(key)
        # Where the connection is what failed, the lease runs out by itself.
        with suppress(DatabaseError), _in_company(company_id), connection.cursor() as cursor:
            cursor.execute(_RELEASE, [company_id, key])


def find_holder(*, company_id: UUID, kind: str, subject: str) -> Holder | None:
    """Who has the work now; in the company's context."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [company_id, kind, subject[:100]])
        row = cursor.fetchone()
        return Holder(*row) if row else None


def held_subjects(*, company_id: UUID, kind: str) -> frozenset[str]:
    """The subjects of this kind that somebody is working on; in the company's context."""
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [company_id, kind])
        return frozenset(subject for (subject,) in cursor.fetchall())


def _take(key: UUID, place: dict[str, Any], by: str) -> None:
    values = {**place, "id": key, "held_by": f"{by[:100]}, {_process_name()}"[:200], "lease": LEASE_SECONDS}
    seen: Holder | None = None
    while True:
        with _in_company(place["company"]), connection.cursor() as cursor:
            cursor.execute(_TAKE, values)
            if cursor.fetchone():
                return
            cursor.execute(_FIND, [place["company"], place["kind"], place["subject"]])
            row = cursor.fetchone()
        if row is None:
            continue
        other = Holder(*row)
        if seen is not None and (other.id, other.until) != (seen.id, seen.until):
            raise WorkHeld(other)
        seen = other
        time.sleep(_LOOKED_EVERY_SECONDS)


@contextmanager
def _in_company(company_id: UUID) -> Iterator[None]:
    """A transaction in the company; inside a running one a savepoint, and its context stays as it was."""
    if connection.in_atomic_block:
        with company_context(company_id, job=_JOB):
            yield
        return
    with transaction.atomic():
        set_company(company_id, metadata={"job": _JOB})
        yield


def _process_name() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"


class _Heart:
    """Renews all that this process holds, on a connection of its own, from the first hold to the last."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._held: dict[UUID, UUID] = {}
        self._stop: threading.Event | None = None

    def begin(self, key: UUID, company_id: UUID) -> None:
        """Renew this hold from now on."""
        with self._turn:
            self._held[key] = company_id
            if self._stop is None:
                self._stop = threading.Event()
                threading.Thread(target=self._beat, args=[self._stop], name="holds", daemon=True).start()

    def end(self, key: UUID) -> None:
        """Stop renewing it."""
        with self._turn:
            self._held.pop(key, None)
            if not self._held and self._stop is not None:
                self._stop.set()
                self._stop = None

    def _beat(self, stop: threading.Event) -> None:
        try:
            # Short work never gets here, and costs no connection.
            while not stop.wait(RENEWED_EVERY_SECONDS):
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        by_company: dict[UUID, list[UUID]] = defaultdict(list)
        with self._turn:
            for key, company_id in self._held.items():
                by_company[company_id].append(key)
        try:
            for company_id, keys in by_company.items():
                with _in_company(company_id), connection.cursor() as cursor:
                    cursor.execute(_RENEW, [LEASE_SECONDS, company_id, keys])
                    renewed = {key for (key,) in cursor.fetchall()}
                self._forget(set(keys) - renewed)
        except DatabaseError as error:
            _log.warning("hold_not_renewed", error=type(error).__name__)
            connection.close()

    def _forget(self, gone: set[UUID]) -> None:
        """Holds that ended meanwhile, or that another took over because this process stood still."""
        with self._turn:
            lost = [key for key in gone if self._held.pop(key, None)]
        for key in lost:
            _log.warning("hold_lost", hold=str(key))


def _begin_anew() -> None:
    """A forked child holds nothing of its parent's."""
    global _heart
    _heart = _Heart()


_heart = _Heart()
os.register_at_fork(after_in_child=_begin_anew)
