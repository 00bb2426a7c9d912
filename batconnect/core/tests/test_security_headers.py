"""What every answer tells the browser, at every entry point."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.access.endpoints import calls

# Outside the console: pages, the API's answers, refusals, what is not there.
OUTSIDE = ("/docs", "/api/schema/", "/health/", "/api/payments", "/no/such/page", "/admin")
INSIDE = ("/admin/", "/admin/login/", "/admin/no/such/page/", "/admin/core/user/")


def policy(answer: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    return {part[0]: part[1:] for part in parts if part}


@pytest.mark.django_db
@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_the_console_evaluates_text(path: str) -> None:
    scripts = policy(Client().get(path))["script-src"]

    assert "'unsafe-eval'" not in scripts
    assert "'unsafe-inline'" not in scripts


@pytest.mark.django_db
def test_no_operation_of_the_api_evaluates_text() -> None:
    """The kind: every call that the URLs know."""
    tried = 0
    for call in calls():
        answer = getattr(Client(), call.method.lower())(call.path())
        assert "'unsafe-eval'" not in answer["Content-Security-Policy"], call
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", call
        tried += 1

    assert tried > 50


@pytest.mark.django_db
@pytest.mark.parametrize("path", INSIDE)
def test_the_console_does_and_runs_nothing_inline(path: str) -> None:
    scripts = policy(Client().get(path))["script-src"]

    assert "'unsafe-eval'" in scripts
    assert "'unsafe-inline'" not in scripts


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*OUTSIDE, *INSIDE])
def test_every_answer_gives_away_no_device_and_is_embedded_nowhere(path: str) -> None:
    answer = Client().get(path)

    features = dict(feature.split("=") for feature in answer["Permissions-Policy"].split(", "))
    assert {features[name] for name in ("camera", "geolocation", "microphone", "payment", "usb")} == {"()"}
    assert set(features.values()) == {"()"}
    assert [name for name in features if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name) or len(name) < 3] == []
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert {name: policy(answer)[name] for name in ("frame-ancestors", "object-src", "base-uri")} == {
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
    }


def test_the_cookies_are_named_for_the_host_under_https() -> None:
    """As a deployment sets it: another process, because settings are read once."""
    names = [
        f"{kind}_COOKIE_{part}"
        for part in ("NAME", "SECURE", "DOMAIN", "PATH")
        for kind in ("SESSION", "CSRF")
    ] + ["SECURE_SSL_REDIRECT", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_SECONDS"]
    code = (
        "import json; from django.conf import settings as s; "
        "from batconnect.core.serving.host_messages import HostCookie; "
        f"print(json.dumps([*(getattr(s, n) for n in {names!r}), HostCookie.cookie_name]))"
    )
    cookies = {}
    for https in ("1", "0"):
        environment = {
            **os.environ,
            "BATCONNECT_HTTPS": https,
            "DJANGO_SETTINGS_MODULE": "batconnect.settings",
        }
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, check=True, cwd=settings.BASE_DIR
        )
        cookies[https] = json.loads(done.stdout)

    # The prefix asks for all of this: secure, the whole path, no domain.
    assert cookies["1"] == [
        "__Host-sessionid",
        "__Host-csrftoken",
        True,
        True,
        None,
        None,
        "/",
        "/",
        True,
        True,
        31_536_000,
        "__Host-messages",
    ]
    assert cookies["0"] == [
        "sessionid",
        "csrftoken",
        False,
        False,
        None,
        None,
        "/",
        "/",
        False,
        False,
        0,
        "messages",
    ]


@pytest.mark.django_db
def test_the_csrf_cookie_ends_with_the_browser() -> None:
    cookie = Client().get("/admin/login/").cookies[settings.CSRF_COOKIE_NAME]

    assert (cookie["max-age"], cookie["expires"], cookie["samesite"]) == ("", "", "Lax")


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*OUTSIDE, *INSIDE])
def test_every_answer_over_tls_asks_for_tls(settings: Any, path: str) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True

    answer = Client().get(path, secure=True)

    assert answer["Strict-Transport-Security"].startswith("max-age=31536000; includeSubDomains")


@pytest.mark.django_db
def test_only_origins_that_are_named_may_read_answers(settings: Any) -> None:
    ours = "https://office.example.com"
    settings.CORS_ALLOWED_ORIGINS = [ours]
    origins = (ours, "https://office.example.com.evil.example", "null", "http://office.example.com")

    allowed = {
        origin: Client().get("/api/me", headers={"Origin": origin}).headers.get("Access-Control-Allow-Origin")
        for origin in origins
    }

    assert allowed == {**dict.fromkeys(origins), ours: ours}


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*OUTSIDE, *INSIDE])
def test_no_answer_repeats_the_request(path: str) -> None:
    answer = Client().trace(path, headers={"X-Told": "only-to-the-server"})

    assert answer.status_code in (301, 302, 400, 401, 404, 405)
    assert b"only-to-the-server" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*OUTSIDE, *INSIDE])
def test_every_answer_says_what_it_is_and_in_which_characters(path: str) -> None:
    answer = Client().get(path)

    kind, _, parameters = answer.headers.get("Content-Type", "").partition(";")
    assert not answer.content or kind
    # JSON is UTF-8 by its own standard.
    assert not kind.startswith("text/") or "charset=utf-8" in parameters
