"""How often somebody may try to sign in, at whichever entry point: the API, the console, and wherever a password is
asked for again. Every entry point calls `authenticate`, so the limits stand there: a backend counts requests before the
password is looked at, and axes counts failures.

| what is counted | limit | for |
|---|---|---|
| requests of an account from an address | THROTTLE_LOGIN_PER_MINUTE | 429 |
| requests of an address, for all accounts | THROTTLE_LOGIN_PER_ADDRESS | 429 |
| failures of an account from an address | LOGIN_FAILURE_LIMIT | 15 minutes |
| failures of an account from all addresses in an hour | LOGIN_FAILURES_PER_HOUR | until the hour is over |
| failures of an account from a known device | LOGIN_FAILURE_LIMIT | 15 minutes; no other lock holds it |

A known device holds a signed cookie of an earlier sign-in, so a stranger who tries an account's passwords, from one
address or from thousands, locks out himself and other strangers, but not the person at the usual desk.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import structlog
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_user_agent, get_client_username, get_credentials
from axes.models import AccessAttempt, AccessFailureLog
from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.core import signing
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

from batconnect.core.serving.proxies import client_address
from batconnect.core.serving.throttling import limit_logins

_log = structlog.stdlib.get_logger("batconnect.sign_in")
_SALT: Final = "batconnect.known_device"
# A till is shared: the cookie knows the last few people who signed in at it.
_MAX_PEOPLE: Final = 8
_HOUR: Final = timedelta(hours=1)


class SignInLimits(BaseBackend):
    """Counts a try before any password is looked at; it knows nobody itself."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, **credentials: Any
    ) -> None:
        """Raises TooManyRequests (429, Retry-After)."""
        if request is not None and username is not None:
            limit_logins(request=request, username=username, device=known_device(request, username))


class FailureHandler(AxesDatabaseHandler):
    """Axes, which also tells known devices apart and looks at an account's failures from everywhere."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether the account is locked for whoever asks."""
        self._mark_device(request, credentials)
        return super().is_locked(request, credentials) or self._seconds_everywhere(request, credentials) > 0

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Count the failure; a try that was not looked at counts for its own address alone."""
        if request is not None:
            self._mark_device(request, credentials)
            if seconds := self._seconds_everywhere(request, credentials):
                request.axes_locked_out = True  # type: ignore[attr-defined]  # read by axes
                request.locked_seconds = seconds  # type: ignore[attr-defined]  # read by core.serving.throttling
        super().user_login_failed(sender, credentials, request, **kwargs)
        # Whose name was given stands in the failure's row: people type passwords into the wrong box.
        _log.warning("password_refused", locked=bool(getattr(request, "axes_locked_out", False)))

    def user_logged_in(
        self, sender: Any, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> None:
        """Forget the failures of this device, or of this address."""
        self._mark_device(request, get_credentials(user.get_username()))
        super().user_logged_in(sender, request, user, **kwargs)

    def remove_out_of_limit_failure_logs(self, *, username: str, limit: int | None = None) -> int:
        """Delete the account's failures that no limit counts any longer."""
        old = AccessFailureLog.objects.filter(username=username, attempt_time__lt=timezone.now() - _HOUR)
        return int(old.delete()[0])

    def _mark_device(self, request: HttpRequest, credentials: dict[str, Any] | None) -> None:
        device = known_device(request, get_client_username(request, credentials))
        # Axes keeps failures by account, address and agent; nobody else can name a device, it is signed.
        request.axes_user_agent = f"device:{device}" if device else get_client_user_agent(request)  # type: ignore[attr-defined]  # read by axes

    def _seconds_everywhere(self, request: HttpRequest, credentials: dict[str, Any] | None) -> int:
        username, limit = get_client_username(request, credentials), settings.LOGIN_FAILURES_PER_HOUR
        if not limit or not username or known_device(request, username):
            return 0
        since = timezone.now() - _HOUR
        failures = AccessFailureLog.objects.filter(
            username=username, attempt_time__gt=since, locked_out=False
        ).order_by("-attempt_time")
        decisive = list(failures.values_list("attempt_time", flat=True)[limit - 1 : limit])
        return int((decisive[0] - since).total_seconds()) + 1 if decisive else 0


def lockout_parameters(request: Any, credentials: dict[str, Any] | None = None) -> list[list[str]]:
    """By what axes counts: a known device by itself, everybody else by address."""
    name = get_client_username(request, credentials) if isinstance(request, HttpRequest) else request.username
    known = isinstance(request, HttpRequest) and known_device(request, name)
    return [["username", "user_agent" if known else "ip_address"]]


def address_for_axes(request: HttpRequest) -> str | None:
    """The address by which axes counts; None over a local socket that says nothing."""
    return client_address(request) or None


def forget_failures(*, username: str) -> None:
    """Unlock the account for an administrator: failures from everywhere are forgotten."""
    AccessAttempt.objects.filter(username=username).delete()
    AccessFailureLog.objects.filter(username=username).delete()


# --- The cookie of a known device ---------------------------------------------------------------------------


def known_device(request: HttpRequest, username: str | None) -> str:
    """The device's own number when somebody signed in to the account at it before, else empty."""
    return _people_of(request).get(_digest(username), "") if username else ""


def remember_device(request: HttpRequest, user: AbstractBaseUser) -> None:
    """The password was right: the answer carries the cookie by which the device is known from now on."""
    people = _people_of(request)
    name = _digest(user.get_username())
    number = people.pop(name, "") or secrets.token_hex(8)
    request.known_people = {**dict(list(people.items())[-_MAX_PEOPLE + 1 :]), name: number}  # type: ignore[attr-defined]  # read by KnownDeviceMiddleware


class KnownDeviceMiddleware:
    """Gives the cookie of a known device to whom has just signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        people = getattr(request, "known_people", None)
        if people:
            response.set_cookie(
                settings.KNOWN_DEVICE_COOKIE,
                signing.dumps(people, salt=_SALT),
                max_age=settings.KNOWN_DEVICE_DAYS * 86_400,
                secure=settings.HTTPS,
                httponly=True,
                samesite="Lax",
            )
        return response


@receiver(user_logged_in, dispatch_uid="known_device")
def _remember(sender: Any, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> None:
    remember_device(request, user)


def _people_of(request: HttpRequest) -> dict[str, str]:
    sent = request.COOKIES.get(settings.KNOWN_DEVICE_COOKIE, "")
    if not sent:
        return {}
    try:
        held = signing.loads(sent, salt=_SALT, max_age=settings.KNOWN_DEVICE_DAYS * 86_400)
    except signing.BadSignature:
        return {}
    return {str(name): str(number) for name, number in held.items()}


def _digest(username: str) -> str:
    return salted_hmac(_SALT, username.casefold(), algorithm="sha256").hexdigest()[:20]
