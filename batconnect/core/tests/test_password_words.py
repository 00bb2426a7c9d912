"""A password is not made of words that everybody at this installation knows (docs/security.md#passwords)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import User
from batconnect.core.people import second_factor
from batconnect.core.people.password_words import WORDS
from batconnect.core.people.people import one_time_password
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


@pytest.mark.parametrize(
    "password", ["905173648251", "            .", "ключи-ключи-7", "🚕" * 12, "!!??!!??!!??"]
)
def test_takes_any_characters(db: None, password: str) -> None:
    validate_password(password, User(username="nina", home_company_id=NORTH))


def test_what_is_made_for_people_cannot_be_guessed(cashier: Actor) -> None:
    """128 random bits and more, since no slow digest stands before a recovery code."""
    user = User.objects.get(pk=cashier.user_id)
    passwords = {one_time_password().replace("-", "") for _ in range(50)}
    codes = {code.replace("-", "") for code in second_factor.renew_recovery_codes(user=user)}

    assert (len(passwords), len(codes)) == (50, 10)
    for made in (passwords, codes):
        letters = len({letter for each in made for letter in each})
        assert letters >= 30
        assert all(letters ** len(each) > 2**128 for each in made)


def test_a_name_of_another_company_says_nothing_here(db: None) -> None:
    validate_password("premium-2026", User(username="nina", home_company_id=NORTH))


def test_the_page_lists_the_words() -> None:
    page = Path(settings.BASE_DIR, "docs", "security.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^Words: (.+)\.$", page, re.MULTILINE)

    assert tuple(re.findall(r"`(\w+)`", listed)) == WORDS
