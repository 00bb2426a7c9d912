"""Who is locked out by whose wrong passwords: by address, by account everywhere, by known device, at every entry
point."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt, AccessFailureLog
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from batconnect.core.models import User
from batconnect.core.people.second_factor import unlock_sign_in
from console.tests.conftest import ConsoleClient
from tests.cast import NORTH
from tests.databases import owners_hand

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"
Try = Callable[..., int]


@pytest.fixture(autouse=True)
def merly(db: None, settings: Any, tmp_path: Path) -> User:
    settings.DATA_DIR, settings.AXES_FAILURE_LIMIT = tmp_path, 3
    user = User.objects.get(username="cashier")
    user.home_company_id = NORTH
    user.set_password(PASSWORD)
    with owners_hand():
        user.save()
    return user


def by_token(client: Client, password: str, *, of: str, name: str = "cashier") -> int:
    answer = client.post(
        "/api/token/",
        {"username": name, "password": password},
        content_type="application/json",
        REMOTE_ADDR=of,
    )
    return answer.status_code


def by_console(client: Client, password: str, *, of: str, name: str = "cashier") -> int:
    answer = client.post("/admin/login/", {"username": name, "password": password}, REMOTE_ADDR=of)
    # The console shows its form again where the API answers 401.
    return {200: 401, 302: 200}.get(answer.status_code, answer.status_code)


ENTRY_POINTS = pytest.mark.parametrize("sign_in", [by_token, by_console])


@ENTRY_POINTS
def test_a_stranger_is_locked_out_and_the_person_is_not(sign_in: Try) -> None:
    tries = [sign_in(Client(), "wrong", of="203.0.113.1") for _ in range(4)]

    assert tries == [401, 401, 429, 429]
    assert sign_in(Client(), PASSWORD, of="203.0.113.1") == 429
    assert sign_in(Client(), PASSWORD, of="198.51.100.1") == 200


@ENTRY_POINTS
def test_one_home_of_ipv6_is_one_address(sign_in: Try) -> None:
    tries = [sign_in(Client(), "wrong", of=f"2001:db8:1:2::{number}") for number in range(4)]

    assert tries == [401, 401, 429, 429]


@ENTRY_POINTS
def test_an_account_is_tried_from_everywhere_so_often_an_hour(sign_in: Try, settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_HOUR = 5

    tries = [sign_in(Client(), "wrong", of=f"203.0.113.{number}") for number in range(8)]
    right = sign_in(Client(), PASSWORD, of="198.51.100.1")
    other = sign_in(Client(), "wrong", of="198.51.100.1", name="manager")
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        later = sign_in(Client(), PASSWORD, of="198.51.100.2")

    assert tries == [401] * 5 + [429] * 3
    assert (right, other, later) == (429, 401, 200)


def test_says_how_long_the_hour_still_lasts(settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_HOUR = 1
    client = Client()
    by_token(client, "wrong", of="203.0.113.1")

    answer = client.post(
        "/api/token/",
        {"username": "cashier", "password": PASSWORD},
        content_type="application/json",
        REMOTE_ADDR="198.51.100.1",
    )

    assert answer.json()["code"] == "login_locked"
    assert 3500 < int(answer["Retry-After"]) <= 3601


def test_one_address_alone_never_reaches_the_limit_of_all(settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_HOUR = 3

    tries = [by_token(Client(), "wrong", of="203.0.113.1") for _ in range(12)]

    # Of what is tried during the lock nothing is looked at, and nothing counts against the account.
    assert tries == [401, 401, *[429] * 10]
    assert by_token(Client(), PASSWORD, of="198.51.100.1") == 200


@ENTRY_POINTS
def test_a_known_device_is_not_locked_out_by_strangers(sign_in: Try, settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_HOUR = 5
    desk = Client()
    assert sign_in(desk, PASSWORD, of="203.0.113.1") == 200
    cookie = desk.cookies[configured.KNOWN_DEVICE_COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    desk.cookies.pop("sessionid", None)

    # Behind the same address, and from all the world.
    for number in range(10):
        sign_in(Client(), "wrong", of="203.0.113.1")
        sign_in(Client(), "wrong", of=f"198.51.100.{number}")

    assert sign_in(Client(), PASSWORD, of="203.0.113.1") == 429
    assert sign_in(desk, PASSWORD, of="203.0.113.1") == 200


@ENTRY_POINTS
def test_a_known_device_has_its_own_few_tries(sign_in: Try) -> None:
    desk = Client()
    sign_in(desk, PASSWORD, of="203.0.113.1")
    desk.cookies.pop("sessionid", None)

    tries = [sign_in(desk, "wrong", of=f"203.0.113.{number}") for number in range(4)]

    assert tries == [401, 401, 429, 429]
    assert sign_in(desk, PASSWORD, of="203.0.113.9") == 429


def test_a_device_is_known_to_the_account_that_signed_in_alone(settings: Any) -> None:
    desk = Client()
    by_token(desk, PASSWORD, of="203.0.113.1")

    tries = [by_token(desk, "wrong", of=f"203.0.113.{n}", name="manager") for n in range(2, 4)]
    tries += [by_token(desk, "wrong", of="203.0.113.9", name="manager") for _ in range(3)]

    assert tries == [401, 401, 401, 401, 429]


@pytest.mark.parametrize("forged", ["nonsense", "eyJhIjoiYiJ9:1abc:xyz", ""])
def test_nobody_makes_a_device_known(forged: str) -> None:
    client = Client()
    client.cookies[configured.KNOWN_DEVICE_COOKIE] = forged
    headers = {"HTTP_USER_AGENT": "device:0011223344556677"}

    answers = [
        client.post(
            "/api/token/", {"username": "cashier", "password": "wrong"}, "application/json", **headers
        ).status_code
        for _ in range(4)
    ]

    assert answers == [401, 401, 429, 429]


def test_a_till_knows_the_last_eight_people() -> None:
    till = Client()
    for number in range(10):
        user = User(username=f"till_{number}", is_staff=True)
        user.set_password(PASSWORD)
        user.save()
        assert by_token(till, PASSWORD, of="203.0.113.1", name=user.username) == 200

    for number in (0, 1, 2, 9):
        for _ in range(4):
            by_token(Client(), "wrong", of="203.0.113.1", name=f"till_{number}")
    tries = [by_token(till, PASSWORD, of="203.0.113.1", name=f"till_{number}") for number in (0, 1, 2, 9)]

    assert tries == [429, 429, 200, 200]


@ENTRY_POINTS
def test_an_address_signs_in_so_often_a_minute(sign_in: Try, settings: Any) -> None:
    settings.THROTTLE_LOGIN_PER_ADDRESS = 4

    tries = [sign_in(Client(), "wrong", of="203.0.113.1", name=f"random_{number}") for number in range(6)]

    assert tries == [401] * 4 + [429] * 2
    assert sign_in(Client(), PASSWORD, of="198.51.100.1") == 200
    # Nothing is looked at, and nothing is kept, of what comes above the limit.
    assert AccessAttempt.objects.count() == 4


def test_a_wrong_old_password_counts_as_at_sign_in(merly: User) -> None:
    browser = ConsoleClient()
    browser.force_login(merly, backend="django.contrib.auth.backends.ModelBackend")
    new = {"new_password1": "another long password", "new_password2": "another long password"}

    answers = [
        browser.post("/admin/password_change/", {"old_password": "wrong", **new}).status_code
        for _ in range(4)
    ]
    right = browser.post("/admin/password_change/", {"old_password": PASSWORD, **new})

    assert answers == [200, 200, 429, 429]
    assert right.status_code == 429
    merly.refresh_from_db()
    assert merly.check_password(PASSWORD)


def test_the_right_old_password_is_taken(merly: User) -> None:
    browser = ConsoleClient()
    browser.force_login(merly, backend="django.contrib.auth.backends.ModelBackend")

    answer = browser.post(
        "/admin/password_change/",
        {
            "old_password": PASSWORD,
            "new_password1": "another long password",
            "new_password2": "another long password",
        },
    )

    assert answer.status_code == 302
    merly.refresh_from_db()
    assert merly.check_password("another long password")


def test_an_administrator_opens_both_locks(administrator: Any, merly: User, settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_HOUR = 2
    for number in range(4):
        by_token(APIClient(), "wrong", of=f"203.0.113.{number}")
    assert by_token(Client(), PASSWORD, of="198.51.100.1") == 429

    unlock_sign_in(actor=administrator, user_id=merly.pk, reason="She called.")

    assert by_token(Client(), PASSWORD, of="198.51.100.1") == 200


def test_old_failures_of_an_account_are_deleted_by_its_next_one() -> None:
    by_token(Client(), "wrong", of="203.0.113.1")
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        by_token(Client(), "wrong", of="203.0.113.1")

    assert AccessFailureLog.objects.count() == 1
