"""What a page shows is said in words: no code of a program, no id, no JSON, no date or amount as a machine writes it.

Walks, for every group, the list, a row, its history, the forms and the buttons of every table, every page beside them,
and what these link to.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from typing import Any, Final
from urllib.parse import urlencode, urljoin

import pytest
from django.core.management import get_commands
from django.db import models
from django.urls import Resolver404, resolve, reverse

from batconnect.core.files.imports import Import
from batconnect.core.kernel.actors import Actor
from console.pages import registered_pages
from console.tests.conftest import ConsoleClient
from console.tests.frame import frame_faults
from console.tests.test_action_matrix import EXPECTED as EXPECTED_ACTIONS
from console.tests.test_action_matrix import address_of, patterns_of
from console.tests.test_matrix import EVERYBODY, EXPECTED, PAGES, path_of, taken_back
from console.tests.test_pages import EXPECTED as EXPECTED_PAGES
from console.tests.test_pages import PARTS
from console.tests.world import row_of
from ledger.models import Account
from ledger.openings import opening_kinds
from ledger.settlement.models import LeaseEarning
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
# promises, what was asked for and is not there, and which right a step of a workflow needs.
MEANT: Final = re.compile(
    r"/api/gateway-events/\S+|Year first: \S+|obligation from 20\d\d-\d\d-\d\d"
    r"|\d\d[./]\d\d[./]\d{4} or 20\d\d-\d\d-\d\d"
    r"|There is no [a-z ]+ “[^”]+” in this company"
    r"|has the columns [^.]*\.|\b(?:cases|loans|repairs|payments|outstanding)\.\w+(?=[;,. ])"
)
# Beat's own rows, off the menu: django-celery-beat's page, for those who run the system.
THEIRS: Final = {"django_celery_beat.PeriodicTask"}
NOT_WALKED: Final = ("admin:django_celery_beat", "admin:logout")
OUTSIDE: Final = {"admin:company"}
"""Without the frame, as the sign-in is: where one chooses the company that the frame is of."""
FOUND: Final = ("DRV-101", "PAY-", "9")
"""What is looked for with the console's one search."""
OF_A_KIND: Final = 2
"""Pages of one kind that the walk looks at beside those of the tables."""
_LINK: Final = re.compile(r"""<a\b[^>]*?\shref="([^"]+)\"""")
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


def _addresses(world: Actor, username: str) -> Iterator[tuple[str, str]]:
    """What the person may see by the tables of the matrices: lists, a row's page, its history and forms, what its
    buttons open, and every page beside them."""
    for model in PAGES:
        label = model._meta.label
        if username not in EXPECTED[label][0] or label in THEIRS:
            continue
        for page, arguments in _pages_of(model):
            yield f"{label} {page}", path_of(model, page, *arguments)
        for name, pattern in patterns_of(model):
            if username in EXPECTED_ACTIONS[label][name]:
                yield f"{label} {name}", address_of(model, name, pattern)
    for name in registered_pages():
        if username in EXPECTED_PAGES[name]:
            yield name, reverse(f"admin:{name}", args=PARTS[name](world) if name in PARTS else [])
    yield "the front page", reverse("admin:index")
    for asked in FOUND:
        yield f"find {asked}", f"{reverse('admin:find')}?{urlencode({'q': asked})}"


def _pages_of(model: type[models.Model]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    key = row_of(model).pk
    yield from (("changelist", ()), ("change", (key,)), ("history", (key,)), ("add", ()))


class _Crawl:
    """One person's walk: the addresses of the tables, and from page to page what they link to, a few of each kind."""

    def __init__(self, client: ConsoleClient, named: re.Pattern[str]) -> None:
        self.client, self.named = client, named
        self.wrong: list[str] = []
        self.seen: set[str] = set()
        self.kinds: Counter[str] = Counter()
        self.looked_at = 0

    def walk(self, addresses: Iterable[tuple[str, str]]) -> None:
        """Look at all of them, and at what they lead to."""
        waiting = deque(addresses)
        self.seen.update(address for _, address in waiting)
        while waiting:
            name, address = waiting.popleft()
            for onward in self._look(name, address):
                if onward not in self.seen and self._is_new(onward):
                    self.seen.add(onward)
                    waiting.append((f"{onward} (from {name})", onward))

    def _look(self, name: str, address: str) -> list[str]:
        """Note what is wrong with the page; where it leads."""
        with taken_back():
            page = self.client.get(address)
        if page.status_code >= 500:
            self.wrong.append(f"{name} answers {page.status_code}")
        if page.status_code not in (200, 403, 404) or "text/html" not in page.headers["Content-Type"]:
            return []
        self.looked_at += 1
        self.wrong += [f"{name} {fault}" for fault in frame_faults(page)]
        text = self.named.sub(" ", _words(page))
        self.wrong += [
            f"{name} shows {what}: …{text[max(0, found.start() - 40) : found.end() + 20]}…"
            for what, pattern in WRONG.items()
            if (found := pattern.search(text))
        ]
        links = (urljoin(address, unescape(each)) for each in _LINK.findall(page.content.decode()))
        return [each.partition("#")[0] for each in links if each.startswith(reverse("admin:index"))]

    def _is_new(self, address: str) -> bool:
        """Whether no more than a few pages of its kind were looked at; a list's filters and orders are of its kind."""
        path, _, query = address.partition("?")
        try:
            kind = resolve(path).view_name
        except Resolver404:
            kind = path  # looked at, for what it says
        if kind in OUTSIDE or any(kind.startswith(each) for each in NOT_WALKED):
            return False
        self.kinds[f"{kind} {bool(query)}"] += 1
        return self.kinds[f"{kind} {bool(query)}"] <= OF_A_KIND


def _typed_in_files() -> Iterator[str]:
    """The headings of the files that people send, and the kinds of their lines."""
    yield from opening_kinds()
    yield from LeaseEarning.Kind.values
    waiting = [Import]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        yield from (column.name for column in getattr(kind, "columns", ()) if "_" in column.name)


@pytest.mark.parametrize("username", sorted(EVERYBODY))
def test_every_page_is_said_in_words_and_has_its_frame(
    world: Actor, console_of: Callable[[str], ConsoleClient], username: str
) -> None:
    # Accountants read codes of accounts; who did it is a person's username or a command's name; files have headings.
    names = {*Account.objects.values_list("code", flat=True), *get_commands(), *STAFF, *_typed_in_files()}
    named = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    crawl = _Crawl(console_of(username), named)

    crawl.walk(list(_addresses(world, username)))

    assert not crawl.wrong, "\n".join(crawl.wrong)
    assert crawl.looked_at > 100


@pytest.mark.parametrize("username", sorted(EVERYBODY))
def test_what_is_refused_is_said_in_words_inside_the_frame(
    world: Actor, console_of: Callable[[str], ConsoleClient], username: str
) -> None:
    """The pages that the person may not see, and one that does not exist."""
    crawl = _Crawl(console_of(username), re.compile(r"(?!)"))
    refused = [
        path_of(model, "changelist") for model in PAGES if username not in EXPECTED[model._meta.label][0]
    ]
    refused += [
        reverse(f"admin:{name}", args=PARTS[name](world) if name in PARTS else [])
        for name in registered_pages()
        if username not in EXPECTED_PAGES[name]
    ]

    for address in [*refused, path_of(Account, "change", "nothing"), f"{reverse('admin:index')}nothing/"]:
        crawl._look(address, address)

    assert not crawl.wrong, "\n".join(crawl.wrong)
    assert crawl.looked_at == len(refused) + 2
