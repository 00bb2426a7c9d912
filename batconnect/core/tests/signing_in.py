"""A cashier who signs in with a password, and what their tokens open."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as live_settings
from jwt import PyJWS
from rest_framework.test import APIClient

from batconnect.core.models import User
from tests.cast import NORTH
from tests.databases import owners_hand

PASSWORD = "a long enough password"
Pair = dict[str, str]


@pytest.fixture
def merly(db: None, settings: Any) -> User:
    """The cashier with a password, kept by north; checked quickly, since these tests sign in a hundred times."""
    settings.THROTTLE_LOGIN_PER_MINUTE = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = User.objects.get(username="cashier")
    user.home_company_id = NORTH
    user.set_password(PASSWORD)
    with owners_hand():
        user.save()
    user.refresh_from_db()
    return user


def sign_in() -> Pair:
    answer = APIClient().post("/api/token/", {"username": "cashier", "password": PASSWORD})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def refresh(token: str) -> Any:
    return APIClient(raise_request_exception=False).post("/api/token/refresh/", {"refresh": token})


def read(token: str) -> int:
    return (
        APIClient(raise_request_exception=False)
        .get("/api/me", HTTP_AUTHORIZATION=f"Bearer {token}")
        .status_code
    )


def verify(token: str) -> int:
    return APIClient(raise_request_exception=False).post("/api/token/verify/", {"token": token}).status_code


def assert_over(pair: Pair) -> None:
    """Neither token of the pair opens anything, and both are told to be bad."""
    assert (read(pair["access"]), refresh(pair["refresh"]).status_code) == (401, 401)
    assert (verify(pair["access"]), verify(pair["refresh"])) == (401, 401)


def assert_good(pair: Pair) -> None:
    assert (read(pair["access"]), verify(pair["access"]), verify(pair["refresh"])) == (200, 200, 200)


def signed(key: str | None = None, **changed: Any) -> str:
    """A token with a good signature and one claim that is not; None leaves it out, `...` writes null."""
    now = int(time.time())
    user = User.objects.get(username="cashier")
    claims = {
        "token_type": "access",
        "aud": "batconnect",
        "iss": "batconnect",
        "exp": now + 600,
        "iat": now,
        "jti": uuid4().hex,
        "user_id": str(user.pk),
        "gen": user.token_generation,
        **changed,
    }
    claims = {name: None if value is ... else value for name, value in claims.items() if value is not None}
    return PyJWS().encode(
        json.dumps(claims).encode(), key or live_settings.JWT_SIGNING_KEYS[0], algorithm="HS256"
    )
