"""Saved views, chosen columns and days by name: what a person sees of a list, kept and opened again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.db import connection, models
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from batconnect.core.console.lists.columns import column_name
from batconnect.core.console.lists.presets import PRESETS, presets_of
from batconnect.core.console.saved_filters import open_with
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import NotFound
from batconnect.core.models import AuditEvent, ListChoice, SavedFilter, User
from console.tests.conftest import ConsoleClient
from console.tests.debts import make_debts
from console.tests.test_matrix import PAGES, path_of
from console.tests.test_orders import OBLIGATIONS
from tests.databases import owners_hand

VIEWS = f"{OBLIGATIONS}saved-filters/"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", date(2026, 3, 1), date(2026, 3, 1)),
        ("yesterday", date(2026, 2, 28), date(2026, 2, 28)),
        ("this_week", date(2026, 3, 1), date(2026, 3, 7)),
        ("last_week", date(2026, 2, 22), date(2026, 2, 28)),
        ("this_month", date(2026, 3, 1), date(2026, 3, 31)),
        ("last_month", date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
def test_days_have_names(name: str, first: date, last: date) -> None:
    """As of Sunday, the first day of March: its week begins with it."""
    assert PRESETS[name][1](date(2026, 3, 1)) == (first, last)


def test_months_of_any_length() -> None:
    last_month, this_month = PRESETS["last_month"][1], PRESETS["this_month"][1]

    assert last_month(date(2026, 1, 31)) == (date(2025, 12, 1), date(2025, 12, 31))
    assert this_month(date(2024, 2, 29)) == (date(2024, 2, 1), date(2024, 2, 29))


def test_every_list_of_days_offers_days_by_name(world: Actor) -> None:
    """Every one of them is read, and says in words what it shows."""
    offering = set()

    for model in PAGES:
        page: Any = admin.site.get_model_admin(model)
        columns = {column_name(each) for each in page.list_display}
        has_days = any(
            isinstance(field, models.DateField) and field.name in columns
            for field in model._meta.concrete_fields
        )
        presets = presets_of(_list_of(page, world))
        assert (presets is not None) == (bool(page.date_hierarchy) or has_days), model._meta.label
        if presets is None:
            continue
        offering.add(model._meta.label)
        assert [each.title for each in presets.links] == [label for label, _ in PRESETS.values()]
        shown = _list_of(page, world, presets.links[3].link)
        assert "Last week" in [said for _, said in shown.filter_labels], model._meta.label

    assert len(offering) > 40


def _list_of(page: Any, actor: Actor, query: str = "") -> Any:
    request = RequestFactory().get(f"/{query}")
    request.actor = actor  # type: ignore[attr-defined]
    request.user = User.objects.get(pk=actor.user_id)
    return page.get_changelist_instance(request)


def test_a_named_day_of_an_instant_is_the_companys(world: Actor) -> None:
    """23:30 in New York on 31 January is 1 February in UTC; at that time it is still 31 January there."""
    with owners_hand():
        AuditEvent.objects.bulk_create(
            [
                AuditEvent(
                    company_id=world.company_id,
                    actor=f"at {at}",
                    action="test.late",
                    subject_type="test",
                    subject_id="2",
                    at=at,
                )
                for at in ("2026-01-31T04:59:00Z", "2026-02-01T04:30:00Z", "2026-02-01T05:00:00Z")
            ]
        )
    request = RequestFactory().get("/", {"at_in": "today"})
    request.actor = world  # type: ignore[attr-defined]
    page: Any = admin.site.get_model_admin(AuditEvent)

    with time_machine.travel("2026-02-01T04:45:00Z", tick=False):
        changelist = page.get_changelist_instance(request)

    assert [event.actor for event in changelist.result_list] == ["at 2026-02-01T04:30:00Z"]
    assert changelist.filter_labels == [("At", "Today")]


def test_shows_no_rows_for_days_without_a_meaning(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    make_debts(manager, "10.10")

    page = console_of("auditor").get(OBLIGATIONS, {"due_date_in": "some_day"}).context["cl"]

    assert page.result_list == []
    assert page.filter_labels == [("Due date", "some_day (cannot be read, so there are no rows)")]


def test_a_view_keeps_filters_order_and_columns(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    make_debts(manager, "10.10", "30.30")
    client = console_of("auditor")
    columns = [column_name(each) for each in client.get(OBLIGATIONS).context["cl"].list_display]
    client.post(
        VIEWS, {"do": "columns", "column": ["outstanding", "due_date"], "query": "?status__exact=open"}
    )
    shown = [column_name(each) for each in client.get(OBLIGATIONS).context["cl"].list_display]

    # By number of the column that the page has now, as its head links.
    query = f"status__exact=open&due_date_in=last_month&o=-{shown.index('outstanding')}"
    opened = client.post(VIEWS, {"do": "save", "name": "Mine", "query": query})
    client.post(VIEWS, {"do": "columns"})

    (saved,) = SavedFilter.objects.all()
    assert QueryDict(saved.query).dict() == {
        "status__exact": "open",
        "due_date_in": "last_month",
        "sort": "-outstanding",
        "columns": "reference_id,outstanding,due_date",
    }
    assert shown == ["reference_id", "outstanding", "due_date"]
    assert [column_name(each) for each in client.get(OBLIGATIONS).context["cl"].list_display] == columns
    assert [column_name(each) for each in client.get(opened["Location"]).context["cl"].list_display] == shown


def test_opens_the_list_with_a_view(manager: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    make_debts(manager, "10.10", "30.30")
    sharing, other, outsider = (console_of(name) for name in ("manager", "cashier", "outsider"))
    sharing.post(VIEWS, {"do": "save", "name": "Large", "query": "outstanding_from=20.00", "is_shared": "on"})
    (view,) = SavedFilter.objects.all()

    chosen = other.post(VIEWS, {"do": "open_with", "filter_id": view.id}, follow=True)
    foreign = outsider.post(VIEWS, {"do": "open_with", "filter_id": view.id}, follow=True)
    opened, whole, searched = (
        other.get(OBLIGATIONS),
        other.get(f"{OBLIGATIONS}?view=all"),
        other.get(OBLIGATIONS, {"q": "PVB"}),
    )

    assert "The list opens with Large." in chosen.content.decode()
    assert "You have no such view." in foreign.content.decode()
    assert opened["Location"] == f"{OBLIGATIONS}?outstanding_from=20.00"
    assert len(whole.context["cl"].result_list) == len(searched.context["cl"].result_list) == 2
    assert sharing.get(OBLIGATIONS).status_code == 200
    # Taken back, it opens nothing; deleted, it is nobody's.
    sharing.post(VIEWS, {"do": "rename", "filter_id": view.id, "name": "Large"})
    assert other.get(OBLIGATIONS).status_code == 200
    sharing.post(VIEWS, {"do": "delete", "filter_id": view.id})
    assert not SavedFilter.objects.exists()
    assert [choice.view_id for choice in ListChoice.objects.all()] == [None]


def test_a_view_of_somebody_elses_is_not_opened(manager: Actor, auditor: Actor) -> None:
    view = SavedFilter.objects.create(
        company_id=manager.company_id,
        page="ledger.obligation",
        user_id=manager.user_id,
        name="Mine",
        query="status__exact=open",
    )

    with pytest.raises(NotFound):
        open_with(actor=auditor, page="ledger.obligation", filter_id=view.id)
    with pytest.raises(NotFound):
        open_with(actor=manager, page="payments.payment", filter_id=view.id)

    assert not ListChoice.objects.exists()


def test_refuses_columns_that_the_list_does_not_have(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    answer = console_of("auditor").post(
        VIEWS, {"do": "columns", "column": ["outstanding", "password"]}, follow=True
    )

    assert "This list has no column password." in answer.content.decode()
    assert not ListChoice.objects.exists()


def test_hidden_columns_are_not_read(world: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    """Rows that only a hidden column would show are not joined, and nothing is asked for row by row instead."""
    manager, looked_at = console_of("manager"), set()
    more: dict[str, list[int]] = {}
    joined: set[str] = set()

    for model in PAGES:
        page: Any = admin.site.get_model_admin(model)
        columns = [column_name(each) for each in page.list_display]
        keys = {field.name for field in model._meta.concrete_fields if field.is_relation}
        related = page.list_select_related
        hidden = keys.intersection(columns[1:])
        if isinstance(related, bool) or not hidden.intersection(each.partition("__")[0] for each in related):
            continue
        counts = []
        for query in ({}, {"columns": ",".join(each for each in columns if each not in hidden)}):
            with CaptureQueriesContext(connection) as captured:
                answer = manager.get(path_of(model, "changelist"), query)
            counts.append(len(captured))
        assert answer.status_code == 200
        looked_at.add(model._meta.label)
        read = answer.context["cl"].queryset.query.select_related
        joined |= {name for name in hidden if isinstance(read, dict) and name in read}
        if counts[1] > counts[0]:
            more[model._meta.label] = counts

    assert len(looked_at) > 10
    assert more == {}
    assert joined == set()
