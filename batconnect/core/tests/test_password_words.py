"""A password is not made of words that everybody at this installation knows (docs/security.md#passwords)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from batconnect.core.models import User
from batconnect.core.people.password_words import WORDS
from tests.cast import NORTH


@pytest.mark.parametrize(
    "password",
    [
        "batconnect2026!",
        "Medallion-Leasing-1",
        "1234cashier5678",
        "BAT-Connect-2026",
        "North.Taxi.2026",
        "taxi-NORTH-99!",
    ],
)
def test_refuses_what_is_little_more_than_such_words(db: None, password: str) -> None:
    with pytest.raises(ValidationError, match="words that everybody here knows"):
        validate_password(password, User(username="nina", home_company_id=NORTH))


@pytest.mark.parametrize(
    "password", ["batconnect correct horse", "kqv-zup-wim-2-abd", "pq" * 40 + "medallion ü"]
)
def test_takes_such_words_among_others(db: None, password: str) -> None:
    validate_password(password, User(username="nina", home_company_id=NORTH))


def test_a_name_of_another_company_says_nothing_here(db: None) -> None:
    validate_password("premium-2026", User(username="nina", home_company_id=NORTH))


def test_the_page_lists_the_words() -> None:
    page = Path(settings.BASE_DIR, "docs", "security.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^Words: (.+)\.$", page, re.MULTILINE)

    assert tuple(re.findall(r"`(\w+)`", listed)) == WORDS
