"""Another kind of repaid document appears everywhere in the console by its own declaration."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import RequestFactory

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import User
from console import navigation, pages
from console.counter.pages import document_pages
from console.customers.sections import sections
from console.dashboard.tiles import attention_tiles
from console.reports.catalog import REPORTS
from console.reports.tests.books import rows_of
from ledger.repayment import counter as counters
from ledger.repayment import kinds
from ledger.repayment.counter import AtCounter
from repairs.counter import AT_COUNTER
from repairs.models import RepairInvoice

REPORT = "loans-repairs"
# Of the handbook.
SECTION = "loans-and-repairs"


@pytest.fixture
def tows(monkeypatch: pytest.MonkeyPatch) -> AtCounter:
    """A third kind, registered as an app would do it; it borrows the tables of repairs."""
    counter = replace(AT_COUNTER, kind=replace(AT_COUNTER.kind, app="tows", noun="tow", label="Tow"))
    monkeypatch.setattr(kinds, "_KINDS", dict(kinds._KINDS))
    monkeypatch.setattr(counters, "_COUNTERS", dict(counters._COUNTERS))
    monkeypatch.setattr(pages, "_registered", dict(pages._registered))
    kinds.add_kind(counter.kind)
    counters.add_counter(counter)
    return counter


def request_of(actor: Actor) -> HttpRequest:
    request: Any = RequestFactory().get("/admin/")
    request.actor, request.user = actor, User.objects.get(id=actor.user_id)
    return request


def test_the_menu_and_the_counter_have_another_kind(tows: AtCounter) -> None:
    new, made = document_pages(tows)
    pages.register_page(new)
    menu = {section.title: [entry.title for entry in section.entries] for section in navigation.SECTIONS}

    assert menu["Counter"] == [
        *("Take a payment", "Add a charge", "Drawer and deposits"),
        *("New loan", "New repair", "New tow"),
    ]
    assert menu["Owed"].count("Repair installments") == 2
    assert (new.route, new.url_name, new.title) == ("counter/tow/", "new_tow", "New tow")
    assert (made.route, made.url_name, made.title) == ("counter/tow/<str:number>/", "tow_made", "Tow")
    assert set(new.permissions) == {"cases.work", "repairs.view", "tows.open"}


def test_the_dashboard_has_another_kind(world: Actor, tows: AtCounter) -> None:
    tiles = attention_tiles(request_of(world), actor=world, day=today(world.company))

    assert [each.title for each in tiles if each.name.startswith("due-")] == [
        "Loans to post",
        "Repairs to post",
        "Tows to post",
    ]


def test_the_account_has_another_kind(world: Actor, tows: AtCounter) -> None:
    repair = RepairInvoice.objects.select_related("customer", "driver").get()

    tables = {each.name: each for each in sections(request_of(world), repair.customer, driver=repair.driver)}

    assert {"loans", "repairs", "tows"} <= set(tables)
    assert tables["tows"].rows == tables["repairs"].rows != []


def test_the_report_has_another_kind(world: Actor, tows: AtCounter) -> None:
    repairs, borrowed = (rows_of(world, REPORT, kind=app) for app in ("repairs", "tows"))
    form = REPORTS[REPORT].form
    choices = form.base_fields["kind"].choices  # type: ignore[attr-defined]  # a field of choices

    assert list(choices) == [
        ("", "Loans, repairs and tows"),
        ("loans", "Loans"),
        ("repairs", "Repairs"),
        ("tows", "Tows"),
    ]
    assert ({each["kind"] for each in repairs}, {each["kind"] for each in borrowed}) == ({"Repair"}, {"Tow"})
    assert [each["outstanding"] for each in borrowed] == [each["outstanding"] for each in repairs] != []
    assert all(each["tows_id"] and not each["repairs_id"] for each in borrowed)


def test_no_module_of_the_console_names_a_kind() -> None:
    """Imports are a contract of `pyproject.toml`; here are the words."""
    names = {
        name
        for kind in kinds.repaid_kinds()
        for name in (kind.app, kind.noun, *kind.tables, kind.entity, kind.subject.model, kind.case_type)
    }
    named = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b", re.IGNORECASE)

    found = [
        f"{path.name}:{text}"
        for path in sorted(Path(settings.BASE_DIR, "console").rglob("*.py"))
        if "tests" not in path.parts
        for text in texts_of(path)
        if named.search(text) and text not in (REPORT, SECTION)
    ]

    assert found == []


def texts_of(path: Path) -> Iterator[str]:
    """Every text of a module but what explains it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value
