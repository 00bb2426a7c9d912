"""No answer is kept on its way or by the browser, whatever it carries: every address, every kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import User
from console.tests.conftest import ConsoleClient
from console.tests.world import row_of
from payments.tests.builders import new_key
from tests.access.endpoints import NOTHING, calls
from tests.cast import StaffClient

# The same for everybody, with nobody's data: these may say otherwise.
PUBLIC: Final = ("/api/schema", "/docs", "/health", "/static/")
EXPORTS: Final = ("export", "receipt", "statement", "download")


def kept(answer: Any) -> bool:
    return "no-store" not in answer.headers.get("Cache-Control", "")


def patterns(entries: list[Any], prefix: str = "/") -> Iterator[str]:
    """Every route of the site that takes no parameter."""
    for pattern in entries:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and "<" not in route and "(" not in route:
            yield route


def test_no_call_of_the_api_is_stored(in_north: Any, client_of: Callable[..., StaffClient]) -> None:
    """Each call with a right, without one, without a sign-in, and as every kind of file."""
    wrong = []

    for call in calls():
        for client in (
            client_of("administrator"),
            client_of("manager"),
            Client(raise_request_exception=False),
        ):
            headers = {"Idempotency-Key": new_key()}
            method = getattr(client, call.method.lower())
            sent = {} if call.method == "GET" else {"data": {}, "content_type": "application/json"}
            if isinstance(client, StaffClient) and sent:
                sent = {"data": {}, "format": "json"}
            answer = method(call.path(NOTHING), headers=headers, **sent)
            if kept(answer):
                wrong.append(f"{call} {answer.status_code}")
    for call in calls():
        if call.method == "GET" and any(word in call.route for word in EXPORTS) and not call.takes_ids:
            for kind in ("pdf", "csv", "excel", "json"):
                answer = client_of("manager").get(f"{call.path()}?format={kind}")
                if kept(answer):
                    wrong.append(f"{call} {kind} {answer.status_code}")

    assert wrong == []


@pytest.mark.system
def test_no_address_at_all_is_stored_but_the_public_ones(
    world: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    paths = sorted(set(patterns(get_resolver().url_patterns)))
    wrong = []

    for client in (console_of("manager"), Client(raise_request_exception=False)):
        client.raise_request_exception = False
        for path in paths:
            if path.startswith(PUBLIC) or path == "/admin/logout/":
                continue
            answer = client.get(path)
            if kept(answer):
                wrong.append(f"{path} {answer.status_code}")

    assert len(paths) > 150
    assert wrong == []


@pytest.mark.system
def test_no_row_of_the_console_is_stored(world: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    client, wrong, tried = console_of("manager"), [], 0
    client.raise_request_exception = False

    for model in admin.site._registry:
        key = row_of(model).pk
        for page in ("change", "history"):
            try:
                path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=[key])
            except NoReverseMatch:
                continue
            tried += 1
            answer = client.get(path)
            if kept(answer):
                wrong.append(f"{path} {answer.status_code}")

    assert tried > 60
    assert wrong == []


@pytest.mark.parametrize("path", ["token/", "token/refresh/", "token/verify/", "token/blacklist/"])
def test_no_answer_with_a_token_is_stored(db: None, settings: Any, path: str) -> None:
    settings.THROTTLE_LOGIN_PER_MINUTE = 0
    user = User.objects.get(username="cashier")
    user.set_password("a long enough password")
    user.save()
    client = Client(raise_request_exception=False)
    signed_in = client.post(
        "/api/token/", {"username": "cashier", "password": "a long enough password"}, "application/json"
    )
    refresh = signed_in.json()["refresh"]
    sent = {"token": refresh, "refresh": refresh, "username": "cashier", "password": "a long enough password"}

    good = client.post(f"/api/{path}", sent, "application/json")
    bad = client.post(f"/api/{path}", {}, "application/json")

    assert good.status_code == 200
    assert bad.status_code == 400
    assert not kept(good)
    assert not kept(bad)


def test_an_error_is_not_stored(db: None) -> None:
    client = Client(raise_request_exception=False)

    assert not kept(client.get("/no/such/path"))
    assert not kept(client.get("/admin/no/such/path/"))
    assert not kept(client.get("/api/me", headers={"Host": "elsewhere.example"}))
