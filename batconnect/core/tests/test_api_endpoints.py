"""Tokens, health, documentation, and the list of codes."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from batconnect.core.api.endpoints import health
from batconnect.core.api.endpoints.documents import SchemaView
from batconnect.core.kernel.codes import declare_code
from batconnect.core.models import User
from tests.tree import PACKAGES

pytestmark = [pytest.mark.django_db, pytest.mark.urls("batconnect.core.tests.probe")]
ClientOf = Callable[..., Any]


@pytest.fixture
def merly(db: None, settings: Any) -> User:
    settings.THROTTLE_LOGIN_PER_MINUTE = 0
    user = User.objects.get(username="cashier")
    user.set_password("a long enough password")
    user.save()
    return user


def test_signs_in_refreshes_verifies_and_signs_out(merly: User) -> None:
    client = APIClient()

    pair = client.post("/api/token", {"username": "cashier", "password": "a long enough password"}).json()
    me = client.get("/api/me/", HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    renewed = client.post("/api/token/refresh/", {"refresh": pair["refresh"]})
    verified = client.post("/api/token/verify/", {"token": renewed.json()["access"]})
    revoked = client.post("/api/token/blacklist/", {"refresh": renewed.json()["refresh"]})
    gone = client.post("/api/token/refresh/", {"refresh": renewed.json()["refresh"]})
    spent = client.post("/api/token/refresh", {"refresh": pair["refresh"]})

    assert me.json()["user"]["username"] == "cashier"
    assert set(renewed.json()) == {"access", "refresh"}
    assert [answer.status_code for answer in (renewed, verified, revoked, gone, spent)] == [
        200,
        200,
        200,
        401,
        401,
    ]
    assert spent.json()["code"] == gone.json()["code"] == "token_not_valid"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"username": "cashier", "password": "wrong"}, 401, "no_active_account"),
        ({"username": "nobody", "password": "wrong"}, 401, "no_active_account"),
        ({"username": "cashier"}, 400, "invalid"),
        ({"username": "cash\u0000ier", "password": "x"}, 400, "invalid"),
        ([], 400, "invalid"),
    ],
)
def test_refuses_bad_credentials(merly: User, body: Any, status: int, code: str) -> None:
    answer = APIClient().post("/api/token/", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("path", ["refresh", "verify", "blacklist"])
def test_refuses_bad_tokens(path: str) -> None:
    name = "token" if path == "verify" else "refresh"

    bad, missing = (APIClient().post(f"/api/token/{path}/", body) for body in ({name: "nonsense"}, {}))

    assert (bad.status_code, bad.json()["code"]) == (401, "token_not_valid")
    assert missing.status_code == 400


def test_a_deactivated_user_cannot_refresh(merly: User) -> None:
    pair = (
        APIClient().post("/api/token/", {"username": "cashier", "password": "a long enough password"}).json()
    )
    User.objects.filter(pk=merly.pk).update(is_active=False)

    answer = APIClient().post("/api/token/refresh/", {"refresh": pair["refresh"]})

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/health", "/health/"])
def test_is_up(path: str) -> None:
    assert Client().get(path).json() == {"status": "ok"}


def test_is_ready_when_everything_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_broker_and_worker", lambda: {"broker": "ok", "worker": "ok"})

    answer = Client().get("/health/ready/")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "broker": "ok", "worker": "ok"}


def test_is_not_ready_without_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_broker_and_worker", lambda: {"broker": "ok", "worker": "no worker answers"})

    answer = Client().get("/health/ready")

    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")


def test_is_not_ready_with_a_broker_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise current_app.connection_for_write().channel_errors[0]("MISCONF: the disk is full")

    monkeypatch.setattr(current_app.control, "ping", refuse)

    answer = Client().get("/health/ready/")

    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "does not answer"


def test_keeps_the_readiness_for_a_second(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    calls = []
    settings.READINESS_KEPT_SECONDS = 1
    monkeypatch.setattr(health, "_kept", health._Kept())
    monkeypatch.setattr(
        health, "_broker_and_worker", lambda: calls.append(1) or {"broker": "ok", "worker": "ok"}
    )

    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: clock.now))

    within = [Client().get("/health/ready/").status_code for _ in range(5)]
    first = len(calls)
    clock.now += 1.1
    Client().get("/health/ready/")

    assert within == [200] * 5
    assert (first, len(calls)) == (1, 2)


def test_whoever_asks_meanwhile_gets_the_last_readiness(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.READINESS_KEPT_SECONDS = 0
    kept, begun, going_on = health._Kept(), threading.Event(), threading.Event()
    answers = iter([{"worker": "ok"}, {"worker": "no worker answers"}])

    def ask() -> dict[str, str]:
        answer = next(answers)
        if answer["worker"] != "ok":
            begun.set()
            assert going_on.wait(10)
        return answer

    monkeypatch.setattr(health, "_ask", ask)
    first = kept.checks()
    slow: list[dict[str, str]] = []
    thread = threading.Thread(target=lambda: slow.append(kept.checks()))
    thread.start()
    assert begun.wait(10)
    meanwhile = kept.checks()
    going_on.set()
    thread.join(10)

    assert first == meanwhile == {"worker": "ok"}
    assert slow == [{"worker": "no worker answers"}]


@pytest.mark.parametrize("accept", ["application/vnd.oai.openapi", "application/vnd.oai.openapi+json"])
def test_the_description_is_written_once(monkeypatch: pytest.MonkeyPatch, accept: str) -> None:
    first = Client().get("/api/schema/", HTTP_ACCEPT=accept)
    for renderer in SchemaView.renderer_classes:
        monkeypatch.setattr(renderer, "render", lambda *_, **__: pytest.fail("it was written again"))

    again = Client().get("/api/schema/", HTTP_ACCEPT=accept)

    assert again.content == first.content
    assert again["Content-Type"] == accept
    assert again["Content-Disposition"].startswith("inline; filename=")


@pytest.mark.parametrize("path", ["/health", "/health/", "/health/ready"])
def test_health_is_asked_without_tls(settings: Any, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    monkeypatch.setattr(health, "_broker_and_worker", lambda: {"broker": "ok", "worker": "ok"})

    assert Client().get(path).status_code == 200
    assert Client().get("/healthy").status_code == 301


def test_docs_are_served_locally_under_the_content_policy() -> None:
    client = Client()

    page, script = client.get("/docs"), client.get("/docs/?script")
    schema = client.get("/api/schema/?format=json", HTTP_ACCEPT="application/vnd.oai.openapi+json")

    assert page.status_code == script.status_code == schema.status_code == 200
    assert "//" not in page.content.decode().replace("<!--", "").split("<script", 1)[1].split(">", 1)[0]
    assert "<script>" not in page.content.decode()
    assert schema.json()["openapi"] == "3.1.0"


def test_every_operation_has_summary_example_and_errors() -> None:
    paths = Client().get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json").json()["paths"]

    for path, operations in paths.items():
        if path.startswith(("/probe", "/api/case-tracking/")):
            continue
        for operation in operations.values():
            assert operation["summary"], path
            assert any("problem+json" in str(answer) for answer in operation["responses"].values()), path


NAMED = {
    *("ApprovalKind", "CompanyJob", "GatewayKind", "OpeningKind", "Running", "void_kind"),
    *("open_bank_account", "open_drawer", "BankAccountRow.shown", "Q", "record_return"),
}
"""Calls whose code is the name of what they make, or look for."""


def literal_codes() -> Iterator[str]:
    """Where a `code=` is a literal, and names nothing else."""
    for app in PACKAGES:
        for path in Path(settings.BASE_DIR, app).rglob("*.py"):
            if "tests" in path.parts or "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or ast.unparse(node.func) in NAMED:
                    continue
                for keyword in node.keywords:
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                        yield f"{path.name}:{node.lineno}"


def test_codes_are_declared_and_named_where_they_are_given() -> None:
    """By a class of its own, `declare_code` or `kernel.field_codes`: a literal could differ from all of them."""
    assert list(literal_codes()) == []


def test_a_code_has_one_meaning() -> None:
    with pytest.raises(ValueError, match="busy"):
        declare_code("busy", status=400, title="Other", remedy="None.")


def test_checks_the_written_pages(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path

    with pytest.raises(CommandError, match=r"errors\.md, permissions\.md"):
        call_command("generate_docs", "--check")
    call_command("generate_docs", stdout=StringIO())
    call_command("generate_docs", "--check")

    assert "| `idempotency_key_reused` | 422 |" in (tmp_path / "docs" / "errors.md").read_text()
    assert "✓" in (tmp_path / "docs" / "permissions.md").read_text()
