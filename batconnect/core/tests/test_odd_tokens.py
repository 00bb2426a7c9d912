"""Nothing odd gets through as a token, whoever signed it."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from django.conf import settings as live_settings
from jwt import PyJWS
from rest_framework.test import APIClient

from batconnect.core.models import User
from batconnect.core.tests.signing_in import merly, read, refresh, signed, verify

__all__ = ["merly"]
pytestmark = pytest.mark.django_db

ODD = (
    ...,
    None,
    [],
    [1],
    {},
    {"a": 1},
    True,
    False,
    "",
    "x",
    "٣",
    " 1",
    "1_0",
    "-1",
    -1,
    1.5,
    2**31,
    2**63,
    2**64,
    10**300,
    "9" * 5000,
    float("inf"),
    float("nan"),
    "\x00",
)


def test_the_token_that_the_odd_ones_are_made_of_is_good(merly: User) -> None:
    assert read(signed()) == 200
    assert verify(signed()) == 200


@pytest.mark.parametrize(
    "name", ["user_id", "gen", "fam", "jti", "exp", "iat", "nbf", "token_type", "aud", "iss"]
)
def test_an_odd_claim_under_a_good_signature_is_401(merly: User, name: str) -> None:
    # What stands there by chance and is right: no family, no earliest instant, an instant of long ago or ahead.
    fine = {
        "user_id": (),
        "gen": (),
        "aud": (),
        "iss": (),
        "fam": (..., None),
        "jti": (),
        "exp": (2**31, 2**63),
        "iat": (..., None, False),
        "nbf": (..., None),
        "token_type": (),
    }[name]
    wrong = []

    for odd in ODD:
        if any(odd is each or (odd == each and type(odd) is type(each)) for each in fine):
            continue
        token = signed(**{name: odd})
        refreshed = refresh(signed(**{"token_type": "refresh", name: odd})).status_code
        out = APIClient(raise_request_exception=False).post(
            "/api/token/blacklist/", {"refresh": signed(**{"token_type": "refresh", name: odd})}
        )
        statuses = (read(token), refreshed, out.status_code)
        if statuses != (401, 401, 401):
            wrong.append((repr(odd)[:30], statuses))
        if name != "token_type" and verify(token) != 401:
            wrong.append((repr(odd)[:30], "verify"))

    assert wrong == []


def unsigned(header: bytes) -> str:
    """A token with this header, and nobody's signature."""
    return urlsafe_b64encode(header).decode().rstrip("=") + ".e30.eA"


@pytest.mark.parametrize(
    "header",
    [
        "e30." * 2 + "x",
        "." * 3000,
        "%",
        "é",
        "a" * 5000,
        unsigned(b'{"alg":"HS256","a":' + b"[" * 2500),
        unsigned(b"[" * 2500),
        unsigned(b'{"alg":["HS256"]}'),
        unsigned(b'{"alg":"HS256","kid":{}}'),
        unsigned(b'{"alg":"none"}'),
    ],
)
def test_an_odd_token_without_any_key_is_401(merly: User, header: str) -> None:
    sent = header.encode().decode("latin-1")

    assert read(sent) == 401
    assert (refresh(header).status_code, verify(header)) == (401, 401)


def test_a_token_nested_deeply_under_a_good_signature_is_401(merly: User) -> None:
    text = b'{"a":' + b"[" * 2000
    token = PyJWS().encode(text, live_settings.JWT_SIGNING_KEYS[0], algorithm="HS256")

    assert (read(token), refresh(token).status_code, verify(token)) == (401, 401, 401)
