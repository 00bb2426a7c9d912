"""Tokens end with every reason for them and are good once; keys are changed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from axes.models import AccessAttempt, AccessLog
from django.conf import settings as live_settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils import timezone
from django_otp.oath import totp
from rest_framework.test import APIClient

from batconnect.core.api.endpoints import tokens
from batconnect.core.database.tenancy import set_company
from batconnect.core.jobs.schedules import declared_schedules
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import AuditEvent, Membership, SpentToken, TokenFamily, User
from batconnect.core.people import people, purging, second_factor
from batconnect.core.people.tokens import AccessToken
from batconnect.core.tests.signing_in import (
    PASSWORD,
    assert_good,
    assert_over,
    merly,
    read,
    refresh,
    sign_in,
    signed,
)
from batconnect.keys import strong_keys
from tests.cast import NORTH
from tests.console import browser
from tests.databases import owners_hand

__all__ = ["merly"]
pytestmark = pytest.mark.django_db


def change_in_the_console(merly: User, administrator: Actor) -> None:
    client = browser(merly.username)
    sent = {"old_password": PASSWORD, "new_password1": "Another-long-1", "new_password2": "Another-long-1"}
    assert client.post("/admin/password_change/", sent).status_code == 302


def choose_own(merly: User, administrator: Actor) -> None:
    people.choose_password(user=merly, password="My own long words 7")


def give_new_password(merly: User, administrator: Actor) -> None:
    people.change_user(actor=administrator, user_id=merly.pk, password="My given long words 7")


def set_up_second_factor(merly: User, administrator: Actor) -> None:
    key = second_factor.new_key()
    second_factor.set_up(user=merly, key=key, code=f"{totp(bytes.fromhex(key)):06d}")


def reset_second_factor(merly: User, administrator: Actor) -> None:
    second_factor.reset_second_factor(actor=administrator, user_id=merly.pk, reason="lost the phone")


def close_account(merly: User, administrator: Actor) -> None:
    people.set_user_active(actor=administrator, user_id=merly.pk, is_active=False, reason="left")


def close_and_reopen(merly: User, administrator: Actor) -> None:
    close_account(merly, administrator)
    people.set_user_active(actor=administrator, user_id=merly.pk, is_active=True, reason="came back")


def change_by_statement(merly: User, administrator: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update users set password = 'other', token_generation = 0 where id = %s", [merly.pk])


@pytest.mark.parametrize(
    "change",
    [
        change_in_the_console,
        choose_own,
        give_new_password,
        set_up_second_factor,
        close_account,
        close_and_reopen,
        change_by_statement,
    ],
)
def test_every_reason_ends_all_tokens(
    merly: User, administrator: Actor, change: Callable[[User, Actor], None]
) -> None:
    first, second = sign_in(), sign_in()
    assert_good(first)
    set_company(NORTH, metadata={"job": "test"})

    change(merly, administrator)

    assert_over(first)
    assert_over(second)


@pytest.mark.parametrize("change", [reset_second_factor, lambda merly, _: second_factor.turn_off(user=merly)])
def test_the_end_of_a_second_factor_ends_all_tokens(
    merly: User, administrator: Actor, change: Callable[[User, Actor], None]
) -> None:
    User.objects.filter(pk=merly.pk).update(second_factor_since=timezone.now())
    merly.refresh_from_db()
    access = AccessToken.for_user(merly)
    assert read(str(access)) == 200
    set_company(NORTH, metadata={"job": "test"})

    change(merly, administrator)

    assert read(str(access)) == 401


def test_what_changes_no_sign_in_ends_no_token(merly: User, administrator: Actor) -> None:
    pair = sign_in()
    set_company(NORTH, metadata={"job": "test"})

    people.change_user(actor=administrator, user_id=merly.pk, first_name="Merlinda")
    stale = User.objects.get(pk=merly.pk)
    User.objects.filter(pk=merly.pk).update(password="changed", token_generation=77)
    generation = User.objects.get(pk=merly.pk).token_generation
    stale.password = "changed"
    stale.save()  # names every column, the old generation too

    assert generation == merly.token_generation + 1, "no entry point chooses the generation"
    assert User.objects.get(pk=merly.pk).token_generation == generation
    assert read(pair["access"]) == 401


def test_a_sign_in_that_was_overtaken_gives_no_token(merly: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody changes the password between its check and the token."""

    def overtaken(user: User, *, code: str) -> None:
        User.objects.filter(pk=user.pk).update(password="meanwhile")

    monkeypatch.setattr(tokens, "_finish", overtaken)

    answer = APIClient().post("/api/token/", {"username": "cashier", "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (401, "no_active_account")
    assert not TokenFamily.objects.exists()


def test_reuse_of_a_spent_token_ends_the_family_and_is_in_the_trail(merly: User) -> None:
    other, stolen = sign_in(), sign_in()
    renewed = refresh(stolen["refresh"]).json()

    answers = [refresh(stolen["refresh"]) for _ in range(3)]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(401, "token_not_valid")] * 3
    assert "used before" in answers[0].json()["detail"]
    assert_over(renewed)
    assert_good(other)
    set_company(NORTH, metadata={"job": "test"})
    event = AuditEvent.objects.get(action="core.token_reused")
    assert (event.user_id, event.subject_id, event.company_id) == (merly.pk, str(merly.pk), NORTH)


def test_the_trail_of_every_place_tells_of_the_reuse(merly: User) -> None:
    """Also where nobody's company keeps the account."""
    with owners_hand():
        User.objects.filter(pk=merly.pk).update(home_company=None)
    pair = sign_in()
    refresh(pair["refresh"])
    refresh(pair["refresh"])

    set_company(NORTH, metadata={"job": "test"})
    assert Membership.objects.filter(user=merly, company_id=NORTH).exists()
    assert AuditEvent.objects.filter(action="core.token_reused", company_id=NORTH).count() == 1


def test_signing_out_ends_the_access_token_too(merly: User) -> None:
    other, pair = sign_in(), sign_in()

    answer = APIClient().post("/api/token/blacklist/", {"refresh": pair["refresh"]})

    assert (answer.status_code, answer.json()) == (200, {})
    assert_over(pair)
    assert_good(other)
    assert APIClient().post("/api/token/blacklist/", {"refresh": pair["refresh"]}).status_code == 401


def test_a_family_ends_whatever_is_renewed(merly: User, settings: Any) -> None:
    settings.SESSION_HOURS = 1
    pair = sign_in()
    begun = time.time()
    claims = jwt.decode(pair["refresh"], options={"verify_signature": False})
    assert begun + 3590 < claims["exp"] < begun + 3610
    with owners_hand():
        TokenFamily.objects.update(ends_at=timezone.now() + timedelta(minutes=5))

    renewed = refresh(pair["refresh"]).json()

    for token in renewed.values():
        assert jwt.decode(token, options={"verify_signature": False})["exp"] <= time.time() + 301
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=True):
        assert_over(renewed)
    with owners_hand():
        TokenFamily.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert_over(renewed)


def test_nothing_is_kept_that_signs_anybody_in(merly: User) -> None:
    pair = sign_in()
    pair |= {f"next_{name}": token for name, token in refresh(pair["refresh"]).json().items()}

    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'public' and c.relkind = 'r'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        assert not [name for name in tables if name.startswith("token_blacklist")]
        for table in tables:
            for token in pair.values():
                cursor.execute(
                    f'select count(*) from "{table}" t where t::text like %s',
                    [f"%{token.split('.')[2][:20]}%"],
                )
                assert cursor.fetchone() == (0,), table


def test_purges_what_is_over(merly: User) -> None:
    pair = sign_in()
    kept = refresh(pair["refresh"]).json()
    dead = sign_in()
    refresh(dead["refresh"])
    over = jwt.decode(dead["refresh"], options={"verify_signature": False})["fam"]
    with owners_hand():
        TokenFamily.objects.filter(pk=over).update(ends_at=timezone.now() - timedelta(seconds=1))
    now = timezone.now()
    for age, key in ((1, "old"), (-1, "new")):
        Session.objects.create(session_key=key, session_data="", expire_date=now - timedelta(hours=age))
    for kind, days in ((AccessAttempt, (2, 0)), (AccessLog, (91, 89))):
        kind.objects.all().delete()
        for age in days:
            row = kind(username=f"u{age}", ip_address="10.0.0.1", user_agent="", http_accept="", path_info="")
            if kind is AccessAttempt:
                row.failures_since_start = 1
            row.save()
            with owners_hand():
                kind.objects.filter(pk=row.pk).update(attempt_time=now - timedelta(days=age))

    done = purging.purge_sign_ins()

    assert done == {"spent_tokens": 1, "token_families": 1, "sessions": 1, "attempts": 1, "log_lines": 1}
    assert set(purging.purge_sign_ins().values()) == {0}
    assert SpentToken.objects.count() == 1
    assert_good(kept)
    assert refresh(pair["refresh"]).status_code == 401


def test_the_purge_is_scheduled() -> None:
    assert "core.purge_sign_ins" in {each.task for each in declared_schedules()}


# --- Keys ----------------------------------------------------------------------------------------


def test_keys_are_rotated(merly: User, settings: Any) -> None:
    """A new key goes in front: what the old one signed is good until it is taken away."""
    old, new = "o" * 20 + "l" * 20, "n" * 20 + "w" * 20
    settings.JWT_SIGNING_KEYS = [old]
    before = sign_in()
    settings.JWT_SIGNING_KEYS = [new, old]
    assert_good(before)
    renewed = refresh(before["refresh"]).json()
    settings.JWT_SIGNING_KEYS = [new]

    assert_good(renewed)
    assert read(before["access"]) == 401
    assert read(signed(live_settings.SECRET_KEY)) == 401


@pytest.mark.parametrize(
    ("keys", "named"), [(["short"], "KEY has 5"), (["k" * 32, "é" * 15], "the 2. of 2, has 30")]
)
def test_a_short_key_stops_the_start(keys: list[str], named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=named) as refused:
        strong_keys(keys, name="KEY")

    assert not [key for key in keys if key in str(refused.value)]
    assert strong_keys(["é" * 16], name="KEY") == ["é" * 16]


@pytest.mark.parametrize("variable", ["SECRET_KEY", "SECRET_KEY_FALLBACKS", "JWT_SIGNING_KEYS"])
def test_no_process_starts_with_a_short_key(variable: str) -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import batconnect.settings"],
        env={**os.environ, variable: "x" * 31},
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode != 0
    assert f"{variable} has 31 bytes" in started.stderr.replace(
        "SECRET_KEY, the 2. of 2,", "SECRET_KEY_FALLBACKS"
    )


def test_recovery_codes_outlive_the_key(merly: User, settings: Any) -> None:
    codes = second_factor._replace_codes(merly)
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 40, [old]

    assert second_factor.verify_code(user=merly, code=codes[0])
    assert not second_factor.verify_code(user=merly, code=codes[0])
