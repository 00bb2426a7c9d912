"""The request's id and its one line in the log."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final
from uuid import uuid4

import structlog
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_ACCEPTED: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = structlog.stdlib.get_logger("batconnect.request")


def request_id_of(request: HttpRequest) -> str:
    """The id of this request: the client's `X-Request-Id`, or ours."""
    return str(getattr(request, "request_id", ""))


def has_stored(request: HttpRequest | None) -> bool:
    """Whether something was committed since the request's view began: what fails now cannot undo it."""
    commits = getattr(request, "commits_before", None)
    return commits is not None and _commits() > commits


def _commits() -> int:
    return int(connection.commits)  # type: ignore[attr-defined]  # core.database counts them


class RequestIdMiddleware:
    """Accepts or makes the request id, binds it to every log line, echoes it, and logs the finished request.

    The line carries the path without its query, which may hold licenses and names.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get("X-Request-Id", "")
        request_id = sent if _ACCEPTED.fullmatch(sent) else uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # read by request_id_of
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        _log.info(
            "request_finished",
            method=request.method,
            path=request.path,
            status=response.status_code,
            duration_ms=round((time.perf_counter() - started) * 1000),
        )
        return response

    def process_view(self, request: HttpRequest, *_: object) -> None:
        """Sign-in and session have written what they write: from here on it is the view's work."""
        request.commits_before = _commits()  # type: ignore[attr-defined]  # read by has_stored


class NoStoreMiddleware:
    """Keeps proxies and the browser from storing an answer: `Cache-Control: private, no-store` on all of them.

    Almost every answer carries a person's data or a token, so a view that wants otherwise must say so by a
    `Cache-Control` of its own; static files are answered before they get here. A test walks over every entry point.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response
