"""Whether the process is up, and whether it can work. No sign-in, no transaction."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import timedelta
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError as BrokerError
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import Answer, Choice, Text
from batconnect.core.api.base import PublicView, outside_transaction
from batconnect.core.api.schema import documented
from batconnect.core.database import disk
from batconnect.core.kernel.clock import now

_WAIT_SECONDS: Final = 1.0
_DISK_FULL: Final = "has no room to write"
# Out of rotation it gets no writes that could succeed, so it tries one of its own: this often, and this large.
_TRIED_EVERY_SECONDS: Final = 30
_TRIED_BYTES: Final = 16_384
_known_to_be_migrated: set[str] = set()


class Alive(Answer):
    """The process is up."""

    status = Choice(["ok"])


class _Checks(Answer):
    """What each part says: `ok`, or what is wrong."""

    database = Text("ok")
    migrations = Text("ok")
    broker = Text("ok")
    worker = Text("ok")


class Readiness(Answer):
    """Whether everything that a request or a job needs answers."""

    status = Choice(["ok", "unavailable"])
    checks = _Checks()


@outside_transaction
class HealthView(PublicView):
    """The process is up."""

    checks_parameters = False  # balancers add what they like

    @documented("Is the process up", tags=["Health"], response=Alive)
    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})


@outside_transaction
class ReadyView(PublicView):
    """Everything a request or a job needs answers: 200, else 503 with what does not."""

    checks_parameters = False

    @documented(
        "Can it work",
        tags=["Health"],
        response=Readiness,
        more={503: Readiness.shown(status="unavailable", checks={"worker": "no worker answers"})},
    )
    def get(self, request: Request) -> Response:
        checks = _kept.checks()
        ready = all(state == "ok" for state in checks.values())
        return Response(
            {"status": "ok" if ready else "unavailable", "checks": checks}, status=200 if ready else 503
        )


class _Kept:
    """The last answer, good for READINESS_KEPT_SECONDS: asking more often costs nothing.

    One thread asks again; the others get the last answer in the meantime, and wait only while there is none.
    """

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._found: tuple[float, dict[str, str]] | None = None

    def checks(self) -> dict[str, str]:
        """What each part says."""
        kept = self._found
        if kept and time.monotonic() - kept[0] < settings.READINESS_KEPT_SECONDS:
            return kept[1]
        if not self._asking.acquire(blocking=kept is None):
            assert kept is not None
            return kept[1]
        try:
            if self._found is not kept and self._found is not None:
                return self._found[1]
            checks = _ask()
            self._found = (time.monotonic(), checks)
            return checks
        finally:
            self._asking.release()


_kept: Final = _Kept()


def _ask() -> dict[str, str]:
    checks = {"database": _database(), "migrations": "unknown", **_broker_and_worker()}
    if checks["database"] == "ok":
        checks["migrations"] = _migrations()
    return checks


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return "does not answer"
    name = str(connection.settings_dict["NAME"])
    if disk.is_full(name) and disk.seconds_since_refusal(name) > _TRIED_EVERY_SECONDS:
        _try_to_write()
    return _DISK_FULL if disk.is_full(name) else "ok"


def _try_to_write() -> None:
    """Store and delete a row that needs room: success clears the mark of a full disk, a refusal renews it."""
    row = Session(
        session_key=f"room{secrets.token_hex(14)}",
        session_data=secrets.token_hex(_TRIED_BYTES),
        expire_date=now() - timedelta(days=1),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            row.delete()
    except DatabaseError:
        return


def _migrations() -> str:
    name = str(connection.settings_dict["NAME"])
    # Once applied they stay applied: a process with newer code is another process.
    if name not in _known_to_be_migrated:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            return f"{len(pending)} to apply"
        _known_to_be_migrated.add(name)
    return "ok"


def _broker_and_worker() -> dict[str, str]:
    app: Any = current_app
    broker = app.connection_for_write(connect_timeout=_WAIT_SECONDS)
    try:
        with broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=_WAIT_SECONDS)
        answers = app.control.ping(timeout=_WAIT_SECONDS, limit=1)
    # A broker that answers with a refusal (its disk is full, it is loading) cannot be worked with.
    except (BrokerError, OSError, *broker.connection_errors, *broker.channel_errors):
        return {"broker": "does not answer", "worker": "unknown"}
    return {"broker": "ok", "worker": "ok" if answers else "no worker answers"}
