"""A search costs a statement some work for each word: eight are enough, on every list of the console."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from batconnect.core.console.lists.search import MAX_SEARCHED_CHARACTERS, MAX_SEARCHED_WORDS, check_search
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from tests.console import browser

pytestmark = pytest.mark.django_db
SEARCHED = sorted(
    f"{model._meta.app_label}_{model._meta.model_name}"
    for model, page in admin.site._registry.items()
    if page.search_fields
)


@pytest.mark.parametrize("words", [9, 400])
def test_refuses_more_words_and_says_how_many(words: int) -> None:
    with pytest.raises(InvalidInput, match="at most 8 words and 200 characters"):
        check_search(" ".join("ab" for _ in range(words)))


def test_takes_eight_words_quoted_texts_and_long_numbers() -> None:
    check_search(" ".join("ab" for _ in range(MAX_SEARCHED_WORDS)))
    check_search('"' + "a b " * 40 + '"')
    check_search("x" * MAX_SEARCHED_CHARACTERS)


def test_every_searched_list_refuses_them(manager: Actor, administrator: Actor) -> None:
    clients = {name: browser(name) for name in ("manager", "administrator")}
    text = " ".join(f"w{number}" for number in range(400))
    for page in SEARCHED:
        address = reverse(f"admin:{page}_changelist")
        answers = {name: client.get(address, {"q": text}) for name, client in clients.items()}
        statuses = {name: answer.status_code for name, answer in answers.items()}
        # 403 for those who may not see the list at all; nobody is shown a page that was searched for.
        assert 302 in statuses.values(), (page, statuses)
        assert set(statuses.values()) <= {302, 403}, (page, statuses)
    assert len(SEARCHED) > 15
