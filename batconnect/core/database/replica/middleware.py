"""Which requests read from the replica: docs/operations.md#read-replica.

A GET of a view that may lag, by somebody known who has not written within REPLICA_LAG_SECONDS, while the replica
lags by less than that. Only a 200 of the replica's is an answer. Everything else is asked of the primary: nobody is
refused, sent on or signed out by an old state.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import structlog
from django.conf import settings
from django.contrib.messages.storage import default_storage
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from batconnect.core.database.replica.base import AskPrimary
from batconnect.core.database.replica.lag import lag
from batconnect.core.database.replica.switch import enter_replica, leave_replica, reads_from_replica
from batconnect.core.database.replica.writers import note_writer, wrote_within
from batconnect.core.serving.web_metrics import count_read

_READING: Final = frozenset({"GET", "HEAD"})
_LONGEST_TOKEN: Final = 4096
# Lists of the console and its palette are Django's own views, which have no class of ours.
_LISTS: Final = frozenset({"changelist_view", "search"})
_log = structlog.stdlib.get_logger("batconnect.replica")


class ReplicaMiddleware:
    """Leads reads to the replica, and back to the primary whatever it does not answer. Stands last."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in _READING:
            return self._write(request)
        failed, response = "", None
        try:
            response = self.get_response(request)
        except AskPrimary:
            response = None
        finally:
            was_there = reads_from_replica()
            failed = leave_replica()
        if response is not None and (not was_there or response.status_code == 200):
            count_read("replica" if was_there else "primary")
            return response
        return self._ask_primary(request, failed)

    def process_view(self, request: HttpRequest, view: Any, *_: object) -> None:
        """The view is known, and its transaction has not begun: now is the moment."""
        if request.method not in _READING or getattr(request, "asks_primary", False) or not may_lag(view):
            return
        limit = settings.REPLICA_LAG_SECONDS
        if cookie_name() in request.COOKIES or (user_id := _reader(request)) is None:
            return
        if not wrote_within(user_id, limit) and lag.is_within(limit):
            enter_replica()
            structlog.contextvars.bind_contextvars(server="replica")

    def _ask_primary(self, request: HttpRequest, failed: str) -> HttpResponseBase:
        """The same request again, as if it had not been asked."""
        if failed == "away":
            lag.leave()
        elif failed:
            _log.warning("replica_refused", why=failed, path=request.path)
        structlog.contextvars.bind_contextvars(server="primary")
        request.asks_primary = True  # type: ignore[attr-defined]  # read by process_view
        if hasattr(request, "_messages"):
            request._messages = default_storage(request)
        if (session := getattr(request, "session", None)) is not None:
            request.session = type(session)(session.session_key)
        count_read("again")
        response = self.get_response(request)
        if failed == "wrote":
            _note_writer(request)
        return response

    def _write(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        _note_writer(request)
        seconds = math.ceil(settings.REPLICA_LAG_SECONDS) + 1
        response.set_cookie(
            cookie_name(), "1", max_age=seconds, secure=settings.HTTPS, httponly=True, samesite="Lax"
        )
        return response


def cookie_name() -> str:
    """The cookie of a browser that has just written, for the other machines."""
    return "__Host-wrote" if settings.HTTPS else "wrote"


def may_lag(view: Any) -> bool:
    """Whether the view may show what was there a few seconds ago: as its class says, and the console's lists."""
    declared = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if declared is None:
        return getattr(view, "__name__", "") in _LISTS
    return bool(getattr(declared, "may_lag", False) and getattr(declared, "runs_in_transaction", True))


def _reader(request: HttpRequest) -> int | None:
    """Who asks: whom an unverified token names, good enough for this choice, or the session's user.

    The session and its user are read from the primary in any case: whoever signs out is out at once.
    """
    session_user: int | None = request.user.pk if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    if "Authorization" not in request.headers:
        return session_user
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    parts = token.strip().split(".")
    if kind.lower() != "bearer" or len(parts) != 3 or len(token) > _LONGEST_TOKEN:
        return None
    with suppress(ValueError, TypeError, KeyError, binascii.Error, RecursionError):
        payload = parts[1] + "=" * (-len(parts[1]) % 4)
        return int(json.loads(base64.urlsafe_b64decode(payload))["user_id"])
    return None


def _note_writer(request: HttpRequest) -> None:
    # Without session and token there is nobody to note; a database that is away has said so already.
    with suppress(DatabaseError):
        user_id = request.user.pk
        if user_id is not None:
            note_writer(user_id)
