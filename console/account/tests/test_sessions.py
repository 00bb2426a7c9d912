"""People see where they are signed in, and end what they choose there (docs/security.md#sessions)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.browsers import describe_browser
from batconnect.core.models import User
from batconnect.core.people.open_sessions import end_sessions, open_sessions
from tests.databases import owners_hand

PASSWORD = "correct horse battery"
PAGE = "/admin/account/"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
TILL = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


@pytest.fixture
def merly(cashier: Actor) -> User:
    """The cashier, with a password."""
    user = User.objects.get(pk=cashier.user_id)
    user.set_password(PASSWORD)
    with owners_hand():
        user.save()
    return user


def signed_in(agent: str) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/admin/login/", {"username": "cashier", "password": PASSWORD})
    return client


def names(page: str) -> list[str]:
    return re.findall(r'name="sessions" value="([0-9a-f]{32})"', page)


def test_lists_every_place_and_ends_the_chosen_one(merly: User) -> None:
    here, till = signed_in(DESK), signed_in(TILL)
    token = APIClient().post("/api/token/", {"username": "cashier", "password": PASSWORD}).json()["access"]
    program = APIClient(headers={"Authorization": f"Bearer {token}"})

    page = here.get(PAGE).content.decode()
    open_before = program.get("/api/me").status_code
    done = here.post(PAGE, {"do": "end", "password": PASSWORD, "sessions": names(page)}, follow=True)

    assert page.index("Firefox on Windows") < page.index("Chrome on Linux")
    assert "Mozilla" not in page
    assert "A program, by the API" in page
    assert len(names(page)) == 2
    assert open_before == 200
    assert "Signed out there: 2." in done.content.decode()
    assert till.get("/admin/").status_code == 302
    assert program.get("/api/me").status_code == 401
    assert here.get("/admin/").status_code == 200
    assert names(here.get(PAGE).content.decode()) == []


def test_ends_nothing_without_proof_and_never_the_present_one(merly: User) -> None:
    here, till = signed_in("Firefox"), signed_in("Chromium")
    (this,) = (each.name for each in open_sessions(user=merly, this=here.session.session_key) if each.is_this)
    (other,) = names(here.get(PAGE).content.decode())

    wrong = here.post(PAGE, {"do": "end", "password": "wrong", "sessions": [other]}).content.decode()
    own = here.post(PAGE, {"do": "end", "password": PASSWORD, "sessions": [this]}, follow=True)

    assert "This is not your password." in wrong
    assert "Nothing was ended" in own.content.decode()
    assert (here.get("/admin/").status_code, till.get("/admin/").status_code) == (200, 200)


def test_another_person_s_are_neither_seen_nor_ended(merly: User, manager: Actor) -> None:
    till = signed_in("Chromium at the till")
    other = User.objects.get(pk=manager.user_id)
    (theirs,) = open_sessions(user=merly)

    assert open_sessions(user=other) == []
    assert end_sessions(user=other, names=[theirs.name]) == 0
    assert till.get("/admin/").status_code == 200


@pytest.mark.parametrize("later", [timedelta(minutes=31), timedelta(hours=11)])
def test_what_is_over_is_not_listed(merly: User, later: timedelta) -> None:
    signed_in("Chromium")

    assert len(open_sessions(user=merly)) == 1
    with time_machine.travel(datetime.now(tz=UTC) + later, tick=False):
        assert open_sessions(user=merly) == []
    merly.set_password("another horse battery")
    assert open_sessions(user=merly) == []


_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "called"),
    [
        (DESK, "Firefox on Windows"),
        (TILL, "Chrome on Linux"),
        (
            f"Mozilla/5.0 (Windows NT 10.0; x64) {_WEBKIT} Chrome/142.0 Safari/537.36 Edg/142.0",
            "Edge on Windows",
        ),
        (f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/142.0 Safari/537.36 OPR/125.0", "Opera on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
            "Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 "
            "Mobile/15E148 Safari/604.1",
            "Chrome on iPad",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 14) {_WEBKIT} SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        (
            f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_WEBKIT} Chrome/142.0 Safari/537.36",
            "Chrome on ChromeOS",
        ),
        ("Lynx/2.9 on Linux", "Another browser on Linux"),
        ("<b>curl</b>", "Another browser"),
        ("", "Another browser"),
    ],
)
def test_a_browser_is_called_by_its_name_and_system(said: str, called: str) -> None:
    assert describe_browser(said) == called
