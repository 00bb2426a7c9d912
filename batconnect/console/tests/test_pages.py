"""Group × page, for every page that is no table's list, and the menu that offers them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.urls import reverse

from batconnect.console.navigation import SECTIONS, TODAY
from batconnect.console.pages import registered_pages
from batconnect.console.tests.conftest import ConsoleClient
from batconnect.console.tests.test_matrix import EVERYBODY
from batconnect.core.actors import Actor

# Page by its name: who sees it. Addresses with parts take them from PARTS.
EXPECTED: dict[str, frozenset[str]] = {
    "account": EVERYBODY,
}
PARTS: dict[str, Callable[[Actor], list[object]]] = {}


def test_every_page_is_in_the_table() -> None:
    assert set(registered_pages()) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_lets_in_whom_the_table_names(
    world: Actor, console_of: Callable[[str], ConsoleClient], name: str
) -> None:
    address = reverse(f"admin:{name}", args=PARTS[name](world) if name in PARTS else [])

    answers = {username: console_of(username).get(address).status_code for username in EVERYBODY}

    assert answers == {username: 200 if username in EXPECTED[name] else 403 for username in EVERYBODY}


def test_the_menu_names_every_table_once_and_every_page_without_parts() -> None:
    targets = [entry.target for section in SECTIONS for entry in section.entries]
    tables = {model._meta.label for model in admin.site._registry}
    pages = {name for name, page in registered_pages().items() if "<" not in page.route}

    assert len(targets) == len(set(targets))
    assert set(targets) == tables | pages | {TODAY}
