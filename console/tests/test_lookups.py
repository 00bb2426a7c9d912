"""What the address of a list may ask for: the list's own filters, and of no column or relation anything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import models, transaction
from django.http import HttpRequest
from django.test import RequestFactory

from batconnect.core.console.lists.changelist import COLUMNS_VAR, UnknownFilter
from batconnect.core.console.lists.filters import parameters_of
from batconnect.core.console.lists.page import ListAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import User
from console.tests.conftest import ConsoleClient
from console.tests.test_matrix import PAGES, path_of
from console.tests.world import row_of

LOOKUPS = ("", "exact", "iexact", "startswith", "icontains", "gte", "lt", "in", "isnull", "regex", "range")
ODD = (
    "[",
    "((((.{1,100}){1,100})",
    "\\",
    "'",
    "%",
    "9" * 60,
    "-1",
    "1e999",
    "NaN",
    "9999",
    "0",
    "🙂",
    "x" * 3000,
)


def request_of(actor: Actor) -> HttpRequest:
    request = RequestFactory().get("/")
    request.actor = actor  # type: ignore[attr-defined]
    return request


def parameters(page: Any, request: HttpRequest) -> set[str]:
    """What the list declares: its filters' parameters and the days of its hierarchy."""
    names = set().union(*(parameters_of(each) for each in page.get_list_filter(request)))
    return names | {
        f"{page.date_hierarchy}__{part}" for part in ("year", "month", "day") if page.date_hierarchy
    }


def paths(model: type[models.Model], *, deep: bool = True) -> Iterator[str]:
    """Every column and relation, forward and backward, and the columns one relation further."""
    for field in model._meta.get_fields():
        name = field.name if not field.auto_created or field.concrete else field.get_accessor_name()
        names = {field.name, getattr(field, "attname", field.name), name or field.name}
        yield from names
        if deep and field.is_relation and field.related_model:
            for path in paths(field.related_model, deep=False):
                yield f"{field.name}__{path}"


def test_every_page_of_the_site_is_such_a_list() -> None:
    strangers = [model for model in PAGES if not isinstance(admin.site.get_model_admin(model), ListAdmin)]

    assert strangers == []


def test_a_filter_reads_what_it_says_it_reads(world: Actor) -> None:
    """`parameters_of` knows without asking what each filter says after it was made."""
    request, wrong = request_of(world), []

    for model in PAGES:
        page: Any = admin.site.get_model_admin(model)
        for declared in page.get_list_filter(request):
            if isinstance(declared, type):
                spec = declared(request, {}, model, page)
            else:
                path, kind = declared
                spec = kind(field_at(model, path), request, {}, model, page, field_path=path)
            if set(spec.expected_parameters()) != parameters_of(declared):
                wrong.append((model._meta.label, declared, spec.expected_parameters()))

    assert wrong == []


def field_at(model: Any, path: str) -> Any:
    field: Any = None
    for part in path.split("__"):
        field = (model if field is None else field.related_model)._meta.get_field(part)
    return field


def test_no_list_lets_any_other_column_be_compared(world: Actor) -> None:
    request, wrong, tried = request_of(world), [], 0

    for model in PAGES:
        page: Any = admin.site.get_model_admin(model)
        declared = parameters(page, request)
        for path in set(paths(model)):
            for lookup in LOOKUPS:
                name = f"{path}__{lookup}" if lookup else path
                tried += 1
                if page.lookup_allowed(name, "1", request) is not (name in declared):
                    wrong.append(f"{model._meta.label}: {name}")

    assert tried > 10_000
    assert wrong == []


def opened(page: Any, actor: Actor, query: dict[str, str]) -> Any:
    """The list with its rows and its words, as the view makes it."""
    request = RequestFactory().get("/", query)
    request.actor = actor  # type: ignore[attr-defined]
    request.user = User.objects.get(pk=actor.user_id)
    changelist = page.get_changelist_instance(request)
    return changelist.filter_labels, changelist.result_list


def test_every_list_refuses_every_column_and_names_it(world: Actor) -> None:
    request, wrong = request_of(world), []

    for model in PAGES:
        page: Any = admin.site.get_model_admin(model)
        declared = parameters(page, request)
        for path in sorted(set(paths(model, deep=False))):
            for name in (path, f"{path}__gte", f"{path}__regex"):
                # A list's own parameter may be called as a column of its rows: it chooses columns, and filters nothing.
                if name in declared or name == COLUMNS_VAR:
                    continue
                try:
                    opened(page, world, {name: "["})
                except UnknownFilter as refusal:
                    if refusal.message != f"This list has no filter {name}.":
                        wrong.append(f"{model._meta.label}: {refusal.message}")
                else:
                    wrong.append(f"{model._meta.label}: {name}")

    assert wrong == []


@pytest.mark.parametrize(
    "name",
    [
        "password__startswith",
        "password__gte",
        "password__regex",
        "is_superuser__exact",
        "staticdevice__isnull",
        "totpdevice__key__startswith",
        "email__startswith",
        "home_company__name__exact",
        "memberships__company__name",
        "second_factor_since__isnull",
        "nonsense",
        "<script>alert(1)</script>",
    ],
)
def test_the_users_password_hashes_cannot_be_read(
    world: Actor, console_of: Callable[[str], ConsoleClient], name: str
) -> None:
    client = console_of("cashier")

    listed = client.get(path_of(User, "changelist"), {"username": "administrator", name: "argon2"})
    alone = client.get(path_of(User, "changelist"), {name: "argon2"})
    file = client.get(path_of(User, "changelist") + "download/csv/", {name: "argon2"})
    saved = client.post(
        path_of(User, "changelist") + "saved-filters/",
        {"do": "save", "name": "mine", "query": urlencode({name: "argon2"})},
    )

    assert (listed.status_code, alone.status_code) == (400, 400)
    assert "administrator" not in listed.content.decode()
    assert "<script>alert" not in alone.content.decode()
    assert (file.status_code, saved.status_code) == (302, 302)


def test_no_value_of_a_filter_is_a_fault(world: Actor) -> None:
    """A value that cannot be read shows no rows or says so: any other error would end in a 500.

    Every odd value for each kind of filter on each kind of column, and one of them for every other.
    """
    request, seen = request_of(world), set()

    for model in PAGES:
        page: Any = admin.site.get_model_admin(model)
        for name in sorted(parameters(page, request)):
            kind = (kind_of(page, request, name), name.rpartition("__")[2])
            for value in ODD[: 1 if kind in seen else None]:
                with suppress(IncorrectLookupParameters), transaction.atomic():
                    opened(page, world, {name: value})
            seen.add(kind)

    assert len(seen) > 20


def kind_of(page: Any, request: HttpRequest, name: str) -> Any:
    """Which filter reads the parameter, of which column."""
    for declared in page.get_list_filter(request):
        if name in parameters_of(declared):
            return (
                declared
                if isinstance(declared, type)
                else (declared[1], type(field_at(page.model, declared[0])))
            )
    return type(field_at(page.model, page.date_hierarchy))


def test_every_link_to_a_narrowed_list_is_answered(
    world: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    """Rows, customers' accounts and the front page lead to lists with filters: those must exist."""
    client, links = console_of("manager"), set[str]()
    pages = ["/admin/"]
    for model in PAGES:
        row = row_of(model)
        pages += [path_of(model, "changelist")] + ([path_of(model, "change", row.pk)] if row else [])

    for address in pages:
        answer = client.get(address)
        if answer.status_code == 200:
            hrefs = [
                unescape(link) for link in re.findall(r'<a [^>]*?href="([^"]+)"', answer.content.decode())
            ]
            links |= {link for link in hrefs if urlsplit(link).path.startswith("/admin/") and "?" in link}
            accounts = [link for link in hrefs if "/admin/customer/" in link and "?" not in link]
            pages += [link for link in accounts[:3] if link not in pages]

    narrowed = {link for link in links if any("__" in name for name, _ in parse_qsl(urlsplit(link).query))}
    assert len(narrowed) > 10
    assert {link for link in narrowed if client.get(link).status_code != 200} == set()


@pytest.mark.parametrize(
    ("username", "shown", "hidden"),
    [
        ("cashier", {"username", "groups_here"}, {"has_second_factor", "last_sign_in"}),
        ("auditor", {"last_sign_in"}, {"has_second_factor"}),
        ("manager", {"last_sign_in"}, {"has_second_factor"}),
        ("administrator", {"has_second_factor", "last_sign_in"}, set()),
    ],
)
def test_tells_few_who_has_a_second_factor(
    world: Actor,
    console_of: Callable[[str], ConsoleClient],
    username: str,
    shown: set[str],
    hidden: set[str],
) -> None:
    listed = console_of(username).get(path_of(User, "changelist"))
    columns = {getattr(each, "column", each) for each in listed.context["cl"].list_display}
    file = console_of(username).get(path_of(User, "changelist") + "download/csv/")
    text = b"".join(file.streaming_content).decode() if file.streaming else file.content.decode()

    assert shown <= columns
    assert not hidden & columns
    assert ("second factor" in text.lower()) is ("has_second_factor" in shown)
