"""What a production start refuses, at every entry point that serves, and what `check --deploy` says."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from batconnect.core.serving.production import settings_are_fit_for_real_money, unfit_settings
from batconnect.embedded.paths import PROJECT_ROOT

KEY = "kX9vQ2mZ7tR4wY8pL1nB6cD3fG5hJ0sA_uE-iOwR7tZ2mQ9vX4kL8pY1nB6"  # pragma: allowlist secret - an example
GATEWAY_KEY = KEY[::-1]
ENDPOINT = "GATEWAY_SECRET_0192B7F01C007000800000000000000A"
# A deployment that is right; nothing answers at these addresses, and nothing needs to.
RIGHT = {
    "SECRET_KEY": KEY,
    "ENCRYPTION_KEYS": "QmF0IENvbm5lY3QgdGVzdHMgbmVlZCBhIGtleSAzMiE=",  # pragma: allowlist secret - an example
    "DATABASE_URL": "postgresql://batconnect_app:a-long-password@127.0.0.1:1/batconnect",  # pragma: allowlist secret
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "office.example.com",
}
# What is wrong: the code that says so.
WRONG: dict[str, tuple[dict[str, str], str]] = {
    "one character": ({"SECRET_KEY": "a" * 64}, "production.E001"),
    "an example's key": ({"SECRET_KEY": f"django-insecure-{KEY}"}, "production.E002"),
    "a key to be changed": ({"SECRET_KEY": f"change-me-{KEY}"}, "production.E002"),
    "short gateway secret": ({ENDPOINT: "short"}, "production.E001"),
    "one of two gateway secrets short": ({ENDPOINT: f"{GATEWAY_KEY},short"}, "production.E001"),
    "every host": ({"ALLOWED_HOSTS": "*"}, "production.E004"),
    "every host of all": ({"ALLOWED_HOSTS": "office.example.com,*"}, "production.E004"),
    "no TLS": ({"BATCONNECT_HTTPS": "false"}, "production.E005"),
    "a trusted site without TLS": ({"CSRF_TRUSTED_ORIGINS": "http://office.example.com"}, "production.E006"),
    "a caller without TLS": ({"CORS_ALLOWED_ORIGINS": "http://office.example.com"}, "production.E006"),
    "sandbox beside a gateway": (
        {"GATEWAY_SANDBOX": "true", ENDPOINT: GATEWAY_KEY},
        "production.E007",
    ),
    "sandbox beside a gateway's host": (
        {"GATEWAY_SANDBOX": "true", "GATEWAY_HOSTS": "pay.example.com"},
        "production.E007",
    ),
    "guessing without end": ({"THROTTLE_LOGIN_PER_MINUTE": "0"}, "production.E008"),
    "no lock": ({"LOGIN_FAILURE_LIMIT": "0"}, "production.E008"),
    "the demo's password": ({"BATCONNECT_DEMO_PASSWORD": "demo"}, "production.E009"),
    "no password over the network": (
        {"DATABASE_URL": "postgresql://batconnect_app@db.example.com/batconnect"},
        "production.E010",
    ),
    "no broker": ({"CELERY_BROKER_URL": "memory://"}, "production.E011"),
}
WARNED: dict[str, tuple[dict[str, str], str]] = {
    "sandbox asked for": ({"GATEWAY_SANDBOX": "true"}, "production.W001"),
    "no second factor": ({"CONSOLE_SECOND_FACTOR": "false"}, "production.W002"),
    "tokens without it": ({"TOKEN_SECOND_FACTOR": "false"}, "production.W002"),
    "no TLS on this machine": (
        {"BATCONNECT_HTTPS": "false", "ALLOWED_HOSTS": "localhost,127.0.0.1"},
        "production.W004",
    ),
    "no mail": ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "production.W003"),
}


def settings_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **values: str) -> Any:
    """The settings as they come of an environment, which inherits nothing of the suite's."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in {**RIGHT, "BATCONNECT_DATA_DIR": str(tmp_path), **values}.items():
        monkeypatch.setenv(name, value)
    return SimpleNamespace(**runpy.run_path(str(PROJECT_ROOT / "batconnect" / "settings.py")))


def test_a_deployment_that_is_right_is_silent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert unfit_settings(settings_of(monkeypatch, tmp_path)) == []


@pytest.mark.parametrize("case", sorted(WRONG))
def test_refuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str) -> None:
    values, code = WRONG[case]

    messages = unfit_settings(settings_of(monkeypatch, tmp_path, **values))

    assert code in {message.id for message in messages if message.is_serious()}
    assert all(message.hint for message in messages), "each says what to do"
    assert not any(secret in str(message) for message in messages for secret in (KEY, GATEWAY_KEY))


def test_refuses_debug(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configured = settings_of(monkeypatch, tmp_path)
    configured.DEBUG = True

    assert [message.id for message in unfit_settings(configured)] == ["production.E003"]


@pytest.mark.parametrize("case", sorted(WARNED))
def test_warns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str) -> None:
    values, code = WARNED[case]

    messages = unfit_settings(settings_of(monkeypatch, tmp_path, **values))

    assert [(message.id, message.is_serious()) for message in messages] == [(code, False)]


@pytest.mark.parametrize(("embedded", "sandbox", "second_factor"), [("0", False, True), ("1", True, False)])
def test_defaults_are_for_real_money_unless_embedded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, embedded: str, sandbox: bool, second_factor: bool
) -> None:
    configured = settings_of(monkeypatch, tmp_path, BATCONNECT_EMBEDDED=embedded)

    assert configured.GATEWAY_SANDBOX is sandbox
    assert (second_factor, second_factor) == (
        configured.TOKEN_SECOND_FACTOR,
        configured.CONSOLE_SECOND_FACTOR,
    )
    assert configured.DEBUG is False


@pytest.mark.parametrize(
    ("host", "serious"), [("127.0.0.1", False), ("/run/postgresql", False), ("db.example.com", True)]
)
def test_the_embedded_trial_is_left_alone_and_nothing_that_only_says_so(
    settings: Any, host: str, serious: bool
) -> None:
    settings.TESTING, settings.EMBEDDED, settings.SECRET_KEY = False, True, "x"
    settings.DATABASES = {"default": {**settings.DATABASES["default"], "HOST": host}}

    assert bool(settings_are_fit_for_real_money()) is serious


# --- The entry points: each refuses before it serves -----------------------------------------------------------

WEB = ["-c", "import batconnect.wsgi"]
CELERY = ["-m", "celery", "--app", "batconnect.celery:app"]
ENTRY_POINTS = {
    "check --deploy": ["manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    "prepare": ["manage.py", "prepare"],
    "web": WEB,
    "worker": [*CELERY, "worker", "--concurrency", "1"],
    "beat": [*CELERY, "beat", "--scheduler", "django_celery_beat.schedulers:DatabaseScheduler", "--pidfile="],
}


@pytest.mark.parametrize("entry_point", sorted(ENTRY_POINTS))
def test_no_entry_point_starts_with_what_is_refused(tmp_path: Path, entry_point: str) -> None:
    done = start(
        tmp_path,
        ENTRY_POINTS[entry_point],
        SECRET_KEY=f"change-me-{KEY}",
        GATEWAY_SANDBOX="true",
        GATEWAY_HOSTS="a.example",
    )

    assert done.returncode != 0
    assert "(production.E002) SECRET_KEY looks like an example's." in done.stderr + done.stdout
    assert "(production.E007)" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr or entry_point in ("web", "prepare"), done.stderr


def test_check_deploy_passes_a_deployment_that_is_right(tmp_path: Path) -> None:
    done = start(tmp_path, ENTRY_POINTS["check --deploy"])

    assert done.returncode == 0, done.stderr


def start(tmp_path: Path, arguments: list[str], **values: str) -> subprocess.CompletedProcess[str]:
    """A program of the project in a deployment's environment, which inherits nothing of the suite's."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT_ROOT,
        env={**kept, **RIGHT, "BATCONNECT_DATA_DIR": str(tmp_path), **values},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
