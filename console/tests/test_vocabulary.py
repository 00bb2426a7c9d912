"""What a page shows is said in words: no code of a program, no id, no JSON, no date or amount as a machine writes it.

Walks the list, a row, its history and the form of every table, and every page, for those who see the most of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any, Final

import pytest
from django.core.management import get_commands
from django.db import models
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from console.pages import registered_pages
from console.tests.conftest import ConsoleClient
from console.tests.frame import frame_faults
from console.tests.test_matrix import EXPECTED, PAGES, path_of
from console.tests.test_pages import EXPECTED as EXPECTED_PAGES
from console.tests.world import row_of
from ledger.models import Account
from tests.cast import STAFF

WRONG: Final = {
    "an id": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "a code": re.compile(r"(?<![\w/.@:-])[a-z]+(?:_[a-z]+)+(?![\w/])"),
    "a name of the program": re.compile(
        r"\b(?:payments|ledger|loans|repairs|cases|bank|core|agencies|outstanding)\.[a-z_]+\b"
    ),
    "JSON": re.compile(r"\{[\"']|\[\{|: null"),
    "a row without a name": re.compile(r"object \("),
    "markup": re.compile("`"),
    "an amount without separators": re.compile(r"(?<![\d.,/-])\d{4,}\.\d\d(?!\d)"),
    "a date as machines write it": re.compile(r"(?<![\w-])20\d\d-\d\d-\d\d(?![\w-])"),
    "a truth value": re.compile(r"\b(?:True|False)\b"),
    "the theme's English": re.compile("yielded into no results"),
}
# What is meant to look so: where a gateway delivers, how dates and headings stand in a file, descriptions that the API
# promises, and which right a step of a workflow needs.
MEANT: Final = re.compile(
    r"/api/gateway-events/\S+|Year first: \S+|obligation from 20\d\d-\d\d-\d\d"
    r"|\d\d[./]\d\d[./]\d{4} or 20\d\d-\d\d-\d\d"
    r"|has the columns [^.]*\.|\b(?:cases|loans|repairs|payments|outstanding)\.\w+(?=[;,. ])"
)
# Beat's own rows, off the menu: django-celery-beat's page, for those who run the system.
THEIRS: Final = {"django_celery_beat.PeriodicTask"}
_HIDDEN: Final = re.compile(
    # Folded away under Details, what is typed just so, and icons, whose names the font draws.
    r"<(script|style|template|details|code)\b.*?</\1>|<(span|i)\b[^>]*material-symbols[^>]*>[^<]*</\2>",
    re.DOTALL,
)
_TAG: Final = re.compile(r"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")


def _words(page: Any) -> str:
    """What a person reads on the page."""
    text = unescape(_TAG.sub(" ", _HIDDEN.sub(" ", page.content.decode())))
    return MEANT.sub(" ", " ".join(text.split()))


def _addresses(username: str) -> Iterator[tuple[str, str]]:
    for model in PAGES:
        label = model._meta.label
        if username in EXPECTED[label][0] and label not in THEIRS:
            for page, arguments in _pages_of(model):
                yield f"{label} {page}", path_of(model, page, *arguments)
    for name, page in registered_pages().items():
        if "<" not in page.route and username in EXPECTED_PAGES[name]:
            yield name, reverse(f"admin:{name}")


def _pages_of(model: type[models.Model]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    key = row_of(model).pk
    yield from (("changelist", ()), ("change", (key,)), ("history", (key,)), ("add", ()))


@pytest.mark.parametrize("username", ["manager", "administrator"])
def test_every_page_is_said_in_words_and_has_its_frame(
    world: Actor, console_of: Callable[[str], ConsoleClient], username: str
) -> None:
    client, wrong, looked_at = console_of(username), [], 0
    # Accountants read codes of accounts; who did it is a person's username or a command's name.
    names = {*Account.objects.values_list("code", flat=True), *get_commands(), *STAFF}
    named = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))

    for name, address in _addresses(username):
        page = client.get(address)
        if page.status_code != 200 or "text/html" not in page.headers["Content-Type"]:
            continue
        looked_at += 1
        wrong += [f"{name} {fault}" for fault in frame_faults(page)]
        text = named.sub(" ", _words(page))
        wrong += [
            f"{name} shows {what}: …{text[max(0, found.start() - 40) : found.end() + 20]}…"
            for what, pattern in WRONG.items()
            if (found := pattern.search(text))
        ]

    assert not wrong, "\n".join(wrong)
    assert looked_at > 50
