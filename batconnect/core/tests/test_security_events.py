"""What an investigator needs stands in the log: who signed in and how, who could not, who was refused what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from structlog.testing import capture_logs

from batconnect.core.models import User
from batconnect.core.people.second_factor import verify_code
from tests.cast import StaffClient

PASSWORD = "a long enough pass phrase"


@pytest.fixture
def merly(db: None) -> User:
    user = User.objects.get(username="cashier")
    user.set_password(PASSWORD)
    user.save()
    return user


def told(logs: list[Any]) -> list[dict[str, Any]]:
    return [
        {name: line[name] for name in ("event", "user", "way", "locked", "status") if name in line}
        for line in logs
    ]


def test_every_way_to_sign_in_leaves_a_line_and_no_password(merly: User) -> None:
    client, body = Client(), {"username": "cashier", "password": PASSWORD}
    client.get(reverse("admin:login"))

    with capture_logs() as logs:
        client.post(reverse("admin:login"), body)
        Client().post("/api/token/", body, "application/json")
        Client().post("/api/token/", {**body, "password": "wrong " + PASSWORD}, "application/json")

    lines = told(logs)
    assert {"event": "signed_in", "user": merly.pk, "way": "session"} in lines
    assert {"event": "signed_in", "user": merly.pk, "way": "token"} in lines
    assert {"event": "password_refused", "locked": False} in lines
    assert PASSWORD not in repr(logs)


def test_a_wrong_code_leaves_a_line_without_the_code(merly: User) -> None:
    with capture_logs() as logs:
        assert not verify_code(user=merly, code="123456")

    assert told(logs) == [{"event": "wrong_code", "user": merly.pk}]
    assert "123456" not in repr(logs)


def test_what_somebody_may_not_do_leaves_a_line(
    in_north: Any, client_of: Callable[..., StaffClient], db: None
) -> None:
    with capture_logs() as logs:
        client_of("auditor").post("/api/customers", {}, format="json")
        Client().get("/api/customers")

    assert [line["status"] for line in logs if line["event"] == "request_finished"] == [403, 401]


def test_signing_in_makes_another_session(merly: User) -> None:
    client = Client()
    session = client.session
    session["before"] = "a stranger's"
    session.save()
    before = client.cookies["sessionid"].value

    client.post(reverse("admin:login"), {"username": "cashier", "password": PASSWORD})

    assert client.cookies["sessionid"].value not in ("", before)
    assert client.get(reverse("admin:index")).status_code == 200
    client.cookies["sessionid"] = before
    assert client.get(reverse("admin:index")).status_code == 302
