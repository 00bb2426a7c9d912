"""The console as each of the cast sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.template.response import SimpleTemplateResponse
from django.test import Client

from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import User
from tests.cast import NORTH


class ConsoleClient(Client):
    """A browser's session; after each request the test's transaction is inside north again."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if connection.in_atomic_block and not connection.needs_rollback:
            set_company(NORTH, metadata={"job": "test"})
        return response


@pytest.fixture
def console_of(db: None) -> Callable[[str], ConsoleClient]:
    """`console_of("auditor")`: a signed-in session of that person."""

    def sign_in(username: str) -> ConsoleClient:
        client = ConsoleClient()
        client.force_login(
            User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
        )
        return client

    return sign_in


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers have no HTML: for tests of who may do what, which their status says."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


@pytest.fixture
def world(manager: Actor) -> Actor:
    """A row for every page, which `tests.worlds` has made; the transaction is inside north."""
    return manager
