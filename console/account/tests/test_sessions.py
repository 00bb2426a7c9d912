"""People see where they are signed in, and end what they choose there (docs/security.md#sessions)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import User
from batconnect.core.people.open_sessions import end_sessions, open_sessions
from tests.databases import owners_hand

PASSWORD = "correct horse battery"
PAGE = "/admin/account/"


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
    here, till = signed_in("Firefox at the desk"), signed_in("Chromium at the till")
    token = APIClient().post("/api/token/", {"username": "cashier", "password": PASSWORD}).json()["access"]
    program = APIClient(headers={"Authorization": f"Bearer {token}"})

    page = here.get(PAGE).content.decode()
    open_before = program.get("/api/me").status_code
    done = here.post(PAGE, {"do": "end", "password": PASSWORD, "sessions": names(page)}, follow=True)

    assert page.index("Firefox at the desk") < page.index("Chromium at the till")
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
