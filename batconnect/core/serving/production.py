"""What no installation with real money may start with; `manage.py check --deploy` and every process that serves refuse.

The embedded default is for one machine and a trial: it is left alone.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import LazySettings, settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.management import call_command

PRODUCTION: Final = "production"
SHORTEST_KEY_BYTES: Final = 32
_FEWEST_CHARACTERS: Final = 8
# Keys of examples, and what people type until they have a better one.
_PLACEHOLDER: Final = re.compile(
    r"django-insecure|change.?me|secret.?key|build-only|example|passw|default", re.IGNORECASE
)
_THIS_MACHINE: Final = {"localhost", "127.0.0.1", "[::1]"}
Messages = Iterator[CheckMessage]


def refuse_unfit_settings() -> None:
    """Before anything runs: raises SystemCheckError, which says each thing that is wrong with the settings."""
    call_command("check", tags=[PRODUCTION])


def refuse_unsafe_start() -> None:
    """Before anything is served: raises SystemCheckError for settings or a database that are unfit for real money."""
    # Without the database first: what is wrong with a key is said also when no server answers.
    refuse_unfit_settings()
    call_command("check", databases=["default"], tags=["database"])


@register(PRODUCTION)
def settings_are_fit_for_real_money(**_: Any) -> list[CheckMessage]:
    """Everything that the settings alone tell."""
    if settings.TESTING:
        return []
    if settings.EMBEDDED and not _travels(settings.DATABASES["default"].get("HOST", "")):
        return []
    return unfit_settings(settings)


def unfit_settings(configured: LazySettings) -> list[CheckMessage]:
    """What is wrong with these settings, whichever mode they are in."""
    return [message for rule in _RULES for message in rule(configured)]


def _error(number: int, text: str, hint: str) -> Error:
    return Error(text, hint=hint, id=f"production.E{number:03}")


def _keys(configured: LazySettings) -> Messages:
    secret_keys = [("SECRET_KEY", each) for each in (configured.SECRET_KEY, *configured.SECRET_KEY_FALLBACKS)]
    tokens = [
        ("JWT_SIGNING_KEYS", each) for each in configured.JWT_SIGNING_KEYS if each != configured.SECRET_KEY
    ]
    for name, key in (*secret_keys, *tokens, *_gateway_keys(configured)):
        if len(key.encode()) < SHORTEST_KEY_BYTES or len(set(key)) < _FEWEST_CHARACTERS:
            yield _error(
                1,
                f"{name} is shorter than {SHORTEST_KEY_BYTES} bytes, or repeats almost only one character.",
                "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'.",
            )
        elif _PLACEHOLDER.search(key):
            yield _error(2, f"{name} looks like an example's.", "Make one of your own, at random.")


def _gateway_keys(configured: LazySettings) -> Iterator[tuple[str, str]]:
    for endpoint, secrets in sorted(configured.GATEWAY_SECRETS.items()):
        for secret in secrets:
            yield f"GATEWAY_SECRET_{endpoint.upper()}", secret.decode(errors="replace")


def _debug(configured: LazySettings) -> Messages:
    if configured.DEBUG:
        yield _error(3, "DEBUG is on: error pages would show settings and rows.", "Switch it off.")


def _hosts(configured: LazySettings) -> Messages:
    wild = [host for host in configured.ALLOWED_HOSTS if host.startswith("*") or host in ("", ".")]
    if wild or not configured.ALLOWED_HOSTS:
        yield _error(4, "ALLOWED_HOSTS lets in every host.", "Name the hosts that people type.")


def _transport(configured: LazySettings) -> Messages:
    plain_text = not (
        configured.SECURE_SSL_REDIRECT and configured.SESSION_COOKIE_SECURE and configured.CSRF_COOKIE_SECURE
    )
    if plain_text and set(configured.ALLOWED_HOSTS) <= _THIS_MACHINE:
        yield Warning(
            "There is no TLS: only browsers on this machine are let in.",
            hint="Leave BATCONNECT_HTTPS on once others are.",
            id="production.W004",
        )
    elif plain_text:
        yield _error(
            5,
            "Passwords, tokens and sessions would travel without TLS.",
            "Leave BATCONNECT_HTTPS on and end TLS in front of the application (docs/operations.md).",
        )
    plain = [
        each
        for each in (*configured.CSRF_TRUSTED_ORIGINS, *configured.CORS_ALLOWED_ORIGINS)
        if not each.startswith("https://") or "*" in each
    ]
    if plain or getattr(configured, "CORS_ALLOW_ALL_ORIGINS", False):
        yield _error(
            6,
            f"CSRF_TRUSTED_ORIGINS and CORS_ALLOWED_ORIGINS trust sites without TLS, or any: {', '.join(plain)}.",
            "Name each site with https://.",
        )


def _sandbox(configured: LazySettings) -> Messages:
    if configured.GATEWAY_SANDBOX and (configured.GATEWAY_SECRETS or configured.GATEWAY_HOSTS):
        yield _error(
            7,
            "The gateway sandbox, which settles debts without money, is on beside real gateways.",
            "Leave GATEWAY_SANDBOX out, or GATEWAY_HOSTS and the GATEWAY_SECRET_… variables.",
        )
    elif configured.GATEWAY_SANDBOX:
        yield Warning(
            "The gateway sandbox is on: whoever takes payments can settle debts without money.",
            hint="Only for a trial: leave GATEWAY_SANDBOX out where real money is.",
            id="production.W001",
        )


def _sign_in(configured: LazySettings) -> Messages:
    if not configured.THROTTLE_LOGIN_PER_MINUTE or not configured.AXES_FAILURE_LIMIT:
        yield _error(
            8,
            "Passwords may be guessed without a limit.",
            "Set THROTTLE_LOGIN_PER_MINUTE and LOGIN_FAILURE_LIMIT above 0, or leave them out.",
        )
    for name in ("CONSOLE_SECOND_FACTOR", "TOKEN_SECOND_FACTOR"):
        if not getattr(configured, name):
            yield Warning(
                f"{name} is off: a stolen password is enough.",
                hint="Leave it out: it is on by default.",
                id="production.W002",
            )
    if configured.DEMO_PASSWORD:
        yield _error(
            9, "BATCONNECT_DEMO_PASSWORD is set: the demo's users share it.", "The demo is for trials alone."
        )


def _servers(configured: LazySettings) -> Messages:
    database = configured.DATABASES["default"]
    if _travels(database.get("HOST", "")) and len(str(database.get("PASSWORD") or "")) < _FEWEST_CHARACTERS:
        yield _error(
            10, "DATABASE_URL names another machine and no password, or a short one.", "Give the role one."
        )
    if not configured.CELERY_BROKER_URL or configured.CELERY_BROKER_URL.startswith("memory:"):
        yield _error(11, "There is no broker: nothing scheduled would run.", "Set CELERY_BROKER_URL.")


def _mail(configured: LazySettings) -> Messages:
    if not configured.EMAIL_BACKEND.endswith(("smtp.EmailBackend", "provider.ProviderBackend")):
        yield Warning(
            f"Mail goes to {configured.EMAIL_BACKEND}: nobody is told of a reset or of new rights by e-mail.",
            hint="Set EMAIL_HOST or MAIL_PROVIDER and leave EMAIL_BACKEND out.",
            id="production.W003",
        )


def _travels(host: str) -> bool:
    """Whether what is said to the host leaves this machine."""
    name = urlsplit(f"//{host}").hostname or "" if not host.startswith("/") else ""
    if name in ("", "localhost"):
        return False
    try:
        return not ipaddress.ip_address(name).is_loopback
    except ValueError:
        return True


_RULES: Final[Sequence[Callable[[LazySettings], Messages]]] = (
    _keys,
    _debug,
    _hosts,
    _transport,
    _sandbox,
    _sign_in,
    _servers,
    _mail,
)
