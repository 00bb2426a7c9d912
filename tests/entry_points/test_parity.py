"""docs/parity.md against the registries: each call, action and command has its row, and no row is stale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.contrib import admin
from django.core.management import get_commands

from batconnect.core.api.base import CompanyView
from batconnect.core.console.base import BaseAdmin
from batconnect.core.console.bulk.actions import bulk_actions
from batconnect.core.console.imports import ImportingAdmin
from batconnect.core.console.row_actions import RowAction, RowActionAdmin, RowLink
from batconnect.core.kernel.subject import find_subject
from console.navigation import SECTIONS
from tests.access.endpoints import calls
from tests.tree import PACKAGES

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "parity.md"
SHORTEST_REASON: Final = 20
_CODE: Final = re.compile(r"`([^`]+)`")
_PLACE: Final = re.compile(r"(?P<entry>[^:(]+ › [^:(]+?)(?:: (?P<action>[^(]+?))?(?: \([^)]+\))?")


def tables() -> list[list[list[str]]]:
    """The rows of each table of the page, without its head."""
    found: list[list[list[str]]] = []
    for block in re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        lines = [line for line in block.splitlines() if line.startswith("|")]
        found.append([[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]])
    return found


def written_calls() -> list[str]:
    """Every call that the page names."""
    return [code for row in tables()[0] for code in _CODE.findall(row[0])]


def places(cell: str) -> Iterator[tuple[str, str]]:
    """The entries of the menu that a cell names, each with its action or an empty text."""
    if cell.startswith("–"):
        return
    for part in filter(None, cell.split("; ")):
        named = _PLACE.fullmatch(part)
        assert named, f"{part!r} is not written as Section › Entry: Action"
        yield named["entry"], named["action"] or ""


def pages_of_menu() -> dict[str, Any]:
    """Each entry of the menu with its table's admin; None for a page of its own."""
    return {
        f"{section.title} › {entry.title}": admin.site.get_model_admin(find_subject(entry.target).model_class)
        if "." in entry.target
        else None
        for section in SECTIONS
        for entry in section.entries
    }


def actions_of(page: Any) -> set[str]:
    """What can be done on a table's pages, by every name that a button has."""
    named: set[str] = set()
    if isinstance(page, BaseAdmin):
        named |= {"Add"} if page.add_permission else set()
        named |= {"Change"} if page.change_permission else set()
    if isinstance(page, ImportingAdmin) and page.imports:
        named.add(page.import_title or "Import")
    if isinstance(page, RowActionAdmin):
        named |= {
            name for each in (*page.list_actions, *page.row_actions) for name in (each.title, each.label)
        }
    return named - {""}


def changing() -> Iterator[tuple[str, set[str]]]:
    """Every place where the console changes something, with the names under which a row may have it."""
    for entry, page in pages_of_menu().items():
        buttons = (*page.list_actions, *page.row_actions) if isinstance(page, RowActionAdmin) else ()
        links = {name for each in buttons if isinstance(each, RowLink) for name in (each.title, each.label)}
        confirmed = [each for each in buttons if isinstance(each, RowAction)]
        for each in confirmed:
            yield entry, {each.title, each.label} - {""}
        of_buttons = {name for each in confirmed for name in (each.title, each.label)}
        for name in actions_of(page) - links - of_buttons:
            yield entry, {name}


def test_every_call_that_changes_something_has_one_row() -> None:
    there = sorted(str(call) for call in calls(CompanyView) if call.method != "GET")

    assert sorted(written_calls()) == there


def test_every_place_in_the_console_is_there() -> None:
    menu = pages_of_menu()
    calls_, own, _, _ = tables()
    cells = [cell for row in calls_ for cell in (row[1], row[3])] + [row[0] for row in own]

    named = [place for cell in cells for place in places(cell)]
    wrong = [
        (entry, action)
        for entry, action in named
        if entry not in menu or (action and action not in actions_of(menu[entry]))
    ]

    assert wrong == []
    assert len(named) > 100


def test_a_call_without_a_page_says_why() -> None:
    rows = tables()[0]

    silent = [
        row[0] for row in rows if not row[1] or (row[1].startswith("–") and len(row[1]) < SHORTEST_REASON)
    ]

    assert silent == []
    assert [row[0] for row in tables()[1] if not row[1]] == []


def test_every_action_of_the_console_has_a_row() -> None:
    calls_, own, _, _ = tables()
    cells = [cell for row in calls_ for cell in (row[1], row[3])] + [row[0] for row in own]
    named = {place for cell in cells for place in places(cell)}

    missing = [
        (entry, names) for entry, names in changing() if not any((entry, name) in named for name in names)
    ]

    assert missing == []


def test_every_action_on_many_rows_has_one_row() -> None:
    entries = {page: entry for entry, page in pages_of_menu().items() if page is not None}
    there = sorted((entries[each.page], each.action.title) for each in bulk_actions())

    assert sorted(place for row in tables()[2] for place in places(row[0])) == there
    assert all(row[1] for row in tables()[2])


def test_every_command_is_named_and_there() -> None:
    apps = tuple(f"{package}." for package in PACKAGES)
    there = {
        name
        for name, app in get_commands().items()
        if f"{app}.".startswith(apps) and not f"{app}.".startswith("tests.")
    }
    calls_, _, _, others = tables()
    cells = [row[2] for row in calls_] + [row[0] for row in others]
    named = {code for cell in cells for code in _CODE.findall(cell)}

    assert named == there
