"""What a session must have shown before it may do anything: a code of the second factor, a password of its user's own.

A session notes when it was begun, when it was last used, and for which device it has proved itself. The device's
date stands in the user's row, which every request reads anyway: setting up, replacing or resetting a device ends
the proof of all other sessions at once, without a query of its own (ADR 0013).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import structlog
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from batconnect.core.kernel.errors import NotAllowed
from batconnect.core.models import User

_log = structlog.stdlib.get_logger("batconnect.sign_in")
_PROVED: Final = "second_factor"
BEGUN_AT: Final = "begun_at"
USED_AT: Final = "used_at"
CLIENT: Final = "client"
"""What a session holds of itself: two times in seconds, and what the browser says it is."""
_CLIENT_LENGTH: Final = 300
# How often the last use is written: a row per click would be one too many.
_WRITE_EVERY_SECONDS: Final = 60


class Step(Enum):
    """What a signed-in session still has to do; the value names its page in the console."""

    CODE = "second-factor"
    PASSWORD = "new-password"  # noqa: S105 - a page's name
    SET_UP = "second-factor-set-up"


class SignInUnfinished(NotAllowed):
    """403: the session or the password alone is not enough."""

    code = "sign_in_unfinished"
    title = "Sign-in not finished"
    remedy = (
        "Finish signing in to the console: the code of your second factor, or a password of your own. "
        "For a token send the code as `code`."
    )


_REFUSED: Final = {
    Step.CODE: "This account has a second factor: its code is needed besides the password.",
    Step.PASSWORD: "This password was given by somebody else: choose your own in the console first.",
    Step.SET_UP: "This account needs a second factor: set it up in the console first.",
}


def refusal_of_step(step: Step) -> SignInUnfinished:
    """The refusal that says what is missing."""
    return SignInUnfinished(_REFUSED[step])


def missing_step(request: HttpRequest) -> Step | None:
    """What the signed-in session has to do before anything else; None when it may go on."""
    user = request.user
    assert isinstance(user, User), "ask only for somebody who is signed in"
    if user.second_factor_since and request.session.get(_PROVED) != proof_of(user):
        return Step.CODE
    if user.one_time_password_until:
        return Step.PASSWORD
    if settings.CONSOLE_SECOND_FACTOR and not user.second_factor_since:
        return Step.SET_UP
    return None


def missing_for_token(user: User, *, code_given: bool) -> Step | None:
    """The same for a sign-in with a password by the API: what is still missing for a token."""
    if user.one_time_password_until:
        return Step.PASSWORD
    if user.second_factor_since:
        return None if code_given else Step.CODE
    return Step.SET_UP if settings.TOKEN_SECOND_FACTOR and user.is_staff else None


def proof_of(user: User) -> str:
    """What a session notes that has shown a code of the user's present device."""
    return user.second_factor_since.isoformat() if user.second_factor_since else ""


def note_proof(request: HttpRequest, user: User) -> None:
    """The session has shown a code of the user's device; its key changes, as on every rise of rights."""
    request.session.cycle_key()
    request.session[_PROVED] = proof_of(user)


def session_ended(request: HttpRequest) -> bool:
    """Whether the browser still holds the cookie of a session that is over."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and not request.user.is_authenticated


@receiver(user_logged_in, dispatch_uid="session_begins")
def _begin(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    now = int(time.time())
    request.session[BEGUN_AT] = request.session[USED_AT] = now
    request.session[CLIENT] = request.headers.get("User-Agent", "")[:_CLIENT_LENGTH]
    _log.info("signed_in", user=user.pk, way="session")


class SessionExpiryMiddleware:
    """Ends a session that was not used for SESSION_IDLE_MINUTES, or began SESSION_HOURS ago.

    A request without the session's cookie, such as one with a token, costs nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            self._end_or_note(request)
        return self.get_response(request)

    def _end_or_note(self, request: HttpRequest) -> None:
        now = int(time.time())
        begun, used = request.session.get(BEGUN_AT, now), request.session.get(USED_AT, 0)
        if now - begun >= settings.SESSION_HOURS * 3600 or (
            used and now - used >= settings.SESSION_IDLE_MINUTES * 60
        ):
            logout(request)
        elif now - used >= _WRITE_EVERY_SECONDS:
            request.session[BEGUN_AT], request.session[USED_AT] = begun, now
