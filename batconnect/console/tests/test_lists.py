"""What every list of the console promises: few statements for any rows; every filter, order and search answers."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.db import connection, models
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from batconnect.console.tests.conftest import ConsoleClient
from batconnect.console.tests.test_matrix import PAGES, path_of
from batconnect.core.actors import Actor
from batconnect.core.lists import filters
from batconnect.core.lists.changelist import BoundedChangeList

MOST_STATEMENTS = 25
MANAGERS = [page for page in PAGES if page._meta.label not in ("core.User", "core.Membership")]


def _statements(client: ConsoleClient, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(address)
    assert answer.status_code == 200, address
    assert answer.context["title"] == str(answer.context["opts"].verbose_name_plural).capitalize()
    return len(asked)


def test_no_list_asks_more_for_more_rows(
    world: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The world's rows stand in many times, each a copy that has loaded nothing yet but what the list asked for."""
    read = BoundedChangeList._rows
    client = console_of("manager")
    counted: dict[str, dict[int, int]] = {}

    for rows in (10, 50):

        def many(self: Any, first: int, count: int, rows: int = rows) -> list[Any]:
            found = read(self, first, count)
            assert found, f"make_world has no row for {self.model._meta.label}"
            return [deepcopy(found[place % len(found)]) for place in range(rows)]

        monkeypatch.setattr(BoundedChangeList, "_rows", many)
        for page in PAGES:
            counted.setdefault(page._meta.label, {})[rows] = _statements(client, path_of(page, "changelist"))

    assert {label: found for label, found in counted.items() if found[10] != found[50]} == {}
    assert {label: found for label, found in counted.items() if found[50] > MOST_STATEMENTS} == {}


def _example(page: Any, request: Any, declared: Any) -> dict[str, str]:
    """Parameters that the filter takes."""
    path, kind = declared if isinstance(declared, tuple) else ("", declared)
    if not path:
        lookups = kind(request, {}, page.model, page).lookup_choices
        return {kind.parameter_name: str(lookups[0][0])} if lookups else {}
    field: Any = page.model
    for part in path.split("__"):
        field = (field if isinstance(field, type) else field.related_model)._meta.get_field(part)
    if kind is filters.DayRangeFilter:
        return {f"{path}_from": "1999-12-31", f"{path}_to": "2999-01-01"}
    if kind is filters.AmountRangeFilter:
        return {f"{path}_from": "0.00", f"{path}_to": "999,999.99"}
    if kind is filters.ChoiceFilter:
        return {f"{path}__exact": str(field.flatchoices[0][0])}
    if field.is_relation:
        row = field.related_model._default_manager.first()
        return {f"{path}__{field.target_field.name}__exact": str(row.pk)} if row else {}
    return {f"{path}__exact": "1"} if isinstance(field, models.BooleanField) else {path: "what"}


def test_every_list_answers_every_filter_order_and_search(
    world: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    client, request = console_of("manager"), RequestFactory().get("/")
    request.actor = world  # type: ignore[attr-defined]

    for model in PAGES:
        page: Any = admin.site.get_model_admin(model)
        query = QueryDict(mutable=True)
        for declared in page.get_list_filter(request):
            query.update(_example(page, request, declared))
        if page.date_hierarchy:
            query[f"{page.date_hierarchy}__year"] = "2026"
        columns = range(len(page.list_display))
        query[ORDER_VAR] = ".".join(f"{'-' if place % 2 else ''}{place}" for place in columns)
        if page.search_fields:
            query[SEARCH_VAR] = 'ab "c d" 5'

        answer = client.get(f"{path_of(model, 'changelist')}?{query.urlencode()}")

        assert answer.status_code == 200, (model._meta.label, query.urlencode())
        assert not answer.context["cl"].has_next_page
        expected = {name for name in query if name not in (ORDER_VAR, SEARCH_VAR)}
        assert len(answer.context["cl"].words) >= bool(expected), model._meta.label


def test_a_day_of_an_instant_is_the_companys(world: Actor) -> None:
    """23:30 in New York on 31 January is 1 February in UTC."""
    from batconnect.core.models import AuditEvent

    AuditEvent.objects.create(
        company_id=world.company_id,
        actor="late",
        action="test.late",
        subject_type="test",
        subject_id="2",
        at="2026-02-01T04:30:00Z",
    )
    request = RequestFactory().get("/", {"at_from": "2026-01-31", "at_to": "2026-01-31"})
    request.actor = world  # type: ignore[attr-defined]
    page: Any = admin.site.get_model_admin(AuditEvent)

    found = page.get_changelist_instance(request)

    assert [event.actor for event in found.result_list] == ["late"]
    assert found.words == [("At", "from 2026-01-31 up to 2026-01-31")]
    assert date(2026, 1, 31).isoformat() in str(found.words)
