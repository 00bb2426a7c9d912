"""Passwords that others gave, sessions that end, accounts that are closed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import AuditEvent, Membership, User
from batconnect.core.people.people import add_user, change_user, set_user_active
from batconnect.core.people.places import LastAdministrator, NotYourAccount, change_membership
from tests.cast import NORTH
from tests.console import browser
from tests.databases import owners_hand
from tests.digest import assert_nothing_written

PASSWORD = "correct horse battery"
CHOOSE = "/admin/sign-in/new-password/"


def test_makes_a_one_time_password_and_shows_it_once(administrator: Actor) -> None:
    client = browser("administrator")

    page = client.post(
        reverse("admin:core_user_add"), {"username": "nina", "company_groups": ["Cashier"]}
    ).content.decode()

    shown = re.search(r">([a-z0-9]{4}(?:-[a-z0-9]{4}){6})<", page)
    assert shown is not None
    user = User.objects.get(username="nina")
    assert user.check_password(shown[1])
    assert user.one_time_password_until is not None
    assert shown[1] not in str(client.cookies) + client.get("/admin/").content.decode()
    assert shown[1] not in str(AuditEvent.objects.values_list("details", flat=True))


def test_choosing_a_password_comes_before_anything_else(administrator: Actor) -> None:
    add_user(actor=administrator, username="nina", groups=["Cashier"], password=PASSWORD)
    client = Client()

    signed_in = client.post("/admin/login/?next=/admin/", {"username": "nina", "password": PASSWORD})
    led = client.get(signed_in["Location"])
    api = client.get("/api/me").status_code
    weak = client.post(CHOOSE, {"password": "1234567890", "again": "1234567890"}).content.decode()
    same = client.post(CHOOSE, {"password": PASSWORD, "again": PASSWORD}).content.decode()
    done = client.post(CHOOSE, {"password": "my own long one", "again": "my own long one", "next": "/admin/"})

    assert led["Location"] == f"{CHOOSE}?next=/admin/"
    assert api == 403
    assert "too short" in weak
    assert "another password" in same
    assert done["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    token = {"username": "nina", "password": "my own long one"}
    assert Client().post("/api/token/", token, content_type="application/json").status_code == 200


def test_a_one_time_password_expires(administrator: Actor) -> None:
    user = add_user(actor=administrator, username="nina", groups=[], password=PASSWORD)
    User.objects.filter(pk=user.pk).update(one_time_password_until=timezone.now() - timedelta(seconds=1))
    client = Client()

    page = client.post("/admin/login/", {"username": "nina", "password": PASSWORD}).content.decode()
    token = client.post(
        "/api/token/", {"username": "nina", "password": PASSWORD}, content_type="application/json"
    )

    assert "has expired" in page
    assert token.json()["code"] == "sign_in_unfinished"


def test_a_programs_account_has_no_console_and_keeps_its_password(administrator: Actor) -> None:
    add_user(actor=administrator, username="till", groups=["Cashier"], for_a_program=True, password=PASSWORD)
    login = {"username": "till", "password": PASSWORD}

    token = Client().post("/api/token/", login, content_type="application/json")
    console = Client().post("/admin/login/", login)

    assert token.status_code == 200
    assert console.status_code == 200
    assert "staff account" in console.content.decode()


@pytest.mark.parametrize(
    ("minutes", "ends"), [((29, 58, 87), False), ((31,), True), (tuple(range(29, 640, 29)), True)]
)
def test_a_session_ends_unused_or_old(manager: Actor, minutes: tuple[int, ...], ends: bool) -> None:
    start = timezone.now()
    answers = []
    with time_machine.travel(start, tick=False) as clock:
        client = browser("manager")
        for minute in minutes:
            clock.move_to(start + timedelta(minutes=minute))
            answers.append(client.get("/admin/account/"))
            if answers[-1].status_code != 200:
                break

    assert {answer.status_code for answer in answers[:-1]} <= {200}
    if ends:
        assert answers[-1]["Location"] == "/admin/login/?next=/admin/account/&ended=1"
        page = client.get(answers[-1]["Location"]).content.decode()
        assert "Your session has ended." in page
    else:
        assert answers[-1].status_code == 200


def test_a_form_sent_after_the_session_leads_to_sign_in_and_back(manager: Actor) -> None:
    client = browser("manager")
    client.session.flush()

    answer = client.post(reverse("admin:directory_customer_add"), {"name": "Ann"})

    assert answer["Location"] == "/admin/login/?next=/admin/directory/customer/add/&ended=1"


def test_explains_a_form_from_before_the_sign_in() -> None:
    client = Client(enforce_csrf_checks=True)

    page = client.post("/admin/login/", {"username": "x", "password": "y"})

    assert page.status_code == 403
    assert "This page was out of date" in page.content.decode()


def test_says_how_long_sign_in_is_locked_and_lets_an_administrator_open_it(administrator: Actor) -> None:
    user = add_user(actor=administrator, username="nina", groups=["Cashier"], password=PASSWORD)
    client = Client()
    for _ in range(10):
        locked = client.post("/admin/login/", {"username": "nina", "password": "wrong"})
    still = client.post("/admin/login/", {"username": "nina", "password": PASSWORD})

    keeper, reason = browser("administrator"), {"reason": "She called from the desk."}
    change = keeper.get(reverse("admin:core_user_change", args=[user.pk])).content.decode()
    offered = re.search(r'href="([^"?]+/unlock/?)', change)
    assert offered is not None
    address = offered[1]
    page = keeper.post(address, reason)
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', page.content.decode())
    assert seen is not None
    keeper.post(address, {**reason, "seen": seen[1]})
    opened = client.post("/admin/login/", {"username": "nina", "password": PASSWORD})

    assert (locked.status_code, locked["Retry-After"]) == (429, "900")
    assert "locked for 15 minutes" in locked.content.decode()
    assert still.status_code == 429
    assert opened.status_code == 302
    assert AuditEvent.objects.get(action="core.unlock_sign_in").reason == reason["reason"]


def test_closing_an_account_ends_its_sessions(administrator: Actor) -> None:
    with owners_hand():
        User.objects.filter(username="cashier").update(home_company_id=NORTH)
    cashier = browser("cashier")
    assert cashier.get("/admin/").status_code == 200

    set_user_active(actor=administrator, user_id=1, is_active=False, reason="Left the company.")

    assert cashier.get("/admin/")["Location"].startswith("/admin/login/")
    assert AuditEvent.objects.get(action="core.close_user").reason == "Left the company."


def test_the_last_administrator_stays(administrator: Actor) -> None:
    other = add_user(actor=administrator, username="nina", groups=["Administrator"], password=PASSWORD)
    place = Membership.objects.get(user=other, company_id=NORTH)
    # As if nina had removed the actor a moment before.
    Membership.objects.filter(user_id=administrator.user_id).update(groups=["Cashier"])

    with assert_nothing_written():
        with pytest.raises(LastAdministrator):
            change_membership(actor=administrator, membership_pk=place.pk, groups=["Cashier"])
        with pytest.raises(LastAdministrator):
            set_user_active(actor=administrator, user_id=other.pk, is_active=False, reason="No more.")


def test_nobody_gives_their_own_account_a_password_or_closes_it(administrator: Actor) -> None:
    assert administrator.user_id is not None
    with owners_hand():
        User.objects.filter(pk=administrator.user_id).update(home_company_id=NORTH)

    with assert_nothing_written():
        with pytest.raises(NotYourAccount):
            change_user(actor=administrator, user_id=administrator.user_id, password=PASSWORD)
        with pytest.raises(NotYourAccount):
            set_user_active(
                actor=administrator, user_id=administrator.user_id, is_active=False, reason="Tired of it."
            )


def test_the_header_names_company_and_groups_and_leads_to_the_switch(manager: Actor) -> None:
    page: Any = browser("manager").get("/admin/account/")

    text = page.content.decode()
    assert "North Taxi" in text
    assert "Finance manager" in text
    assert 'href="/admin/company/?next=/admin/account/"' in text
    assert "background-color: #1f2937" in text
