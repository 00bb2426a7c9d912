"""The rows of a list say what the theme's own would say, in a fraction of the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from unfold.templatetags import unfold_list

from batconnect.core.console.lists.rows import DrawnRow, drawn_rows
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Invitation
from batconnect.directory.models import Customer
from console.tests.conftest import ConsoleClient
from console.tests.test_matrix import PAGES, path_of


def test_rows_say_what_the_theme_says(
    world: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    differing: dict[str, tuple[str, str]] = {}
    drawn: list[str] = []

    def compared(changelist: Any) -> Iterator[DrawnRow]:
        for row in drawn_rows(changelist):
            theirs = "".join(unfold_list.items_for_result(changelist, row.instance, None))
            drawn.append(changelist.model._meta.label)
            if theirs != row.html:
                differing[changelist.model._meta.label] = (theirs, row.html)
            yield row

    monkeypatch.setattr(unfold_list, "results", compared)
    for page in PAGES:
        reader = console_of("administrator" if page is Invitation else "manager")
        reader.get(path_of(page, "changelist"))
    reader.get(path_of(Customer, "changelist") + "?_popup=1")

    assert differing == {}
    assert len(set(drawn)) > len(PAGES) / 2
