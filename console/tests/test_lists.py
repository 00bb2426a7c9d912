"""What every list of the console promises: few statements for any rows; every filter, order and search answers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.db import connection, models
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from batconnect.core.console.lists import downloads, filters, totals
from batconnect.core.console.lists.changelist import BoundedChangeList
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.subject import find_subject
from batconnect.core.models import AuditEvent, Invitation, SavedFilter
from batconnect.directory.models import Customer
from console.tests.conftest import ConsoleClient
from console.tests.debts import make_debts
from console.tests.frame import LARGEST_PAGE
from console.tests.test_matrix import PAGES, path_of
from ledger.admin import ObligationAdmin
from tests.databases import owners_hand

MAX_STATEMENTS = 25
OBLIGATIONS = reverse("admin:ledger_obligation_changelist")


def _statements(client: ConsoleClient, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.get(address)
    assert answer.status_code == 200, address
    assert len(answer.content) <= LARGEST_PAGE, (address, len(answer.content))
    if "cl" not in answer.context:
        return 0  # the company's settings open at once
    assert answer.context["title"] == find_subject(answer.context["opts"].label).title
    return len(captured)


def _readers(console_of: Callable[[str], ConsoleClient]) -> Callable[[Any], ConsoleClient]:
    """Who reads a list: the finance manager, but for what is the administrators' alone."""
    manager, administrator = console_of("manager"), console_of("administrator")
    return lambda page: administrator if page is Invitation else manager


def test_no_list_asks_more_for_more_rows(
    world: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Repeat the world's rows, each a copy that has loaded only what the list asked for."""
    read = BoundedChangeList._rows
    client_of = _readers(console_of)
    counted: dict[str, dict[int, int]] = {}

    for rows in (10, 50):

        def many(self: Any, first: int, count: int, rows: int = rows) -> list[Any]:
            rows_read = read(self, first, count)
            assert rows_read, f"make_world has no row for {self.model._meta.label}"
            return [deepcopy(rows_read[place % len(rows_read)]) for place in range(rows)]

        monkeypatch.setattr(BoundedChangeList, "_rows", many)
        for page in PAGES:
            counted.setdefault(page._meta.label, {})[rows] = _statements(
                client_of(page), path_of(page, "changelist")
            )

    assert {label: found for label, found in counted.items() if found[10] != found[50]} == {}
    assert {label: found for label, found in counted.items() if found[50] > MAX_STATEMENTS} == {}


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
    client_of, request = _readers(console_of), RequestFactory().get("/")
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

        answer = client_of(model).get(f"{path_of(model, 'changelist')}?{query.urlencode()}")

        assert answer.status_code == 200, (model._meta.label, query.urlencode())
        assert not answer.context["cl"].has_next_page
        expected = {name for name in query if name not in (ORDER_VAR, SEARCH_VAR)}
        assert len(answer.context["cl"].filter_labels) >= bool(expected), model._meta.label


def test_a_day_of_an_instant_is_the_companys(world: Actor) -> None:
    """23:30 in New York on 31 January is 1 February in UTC."""
    with owners_hand():
        AuditEvent.objects.bulk_create(
            [
                AuditEvent(
                    company_id=world.company_id,
                    actor="late",
                    action="test.late",
                    subject_type="test",
                    subject_id="2",
                    at="2026-02-01T04:30:00Z",
                )
            ]
        )
    request = RequestFactory().get("/", {"at_from": "2026-01-31", "at_to": "2026-01-31"})
    request.actor = world  # type: ignore[attr-defined]
    page: Any = admin.site.get_model_admin(AuditEvent)

    changelist = page.get_changelist_instance(request)

    assert [event.actor for event in changelist.result_list] == ["late"]
    assert changelist.filter_labels == [("At", "from Jan. 31, 2026 up to Jan. 31, 2026")]


def test_adds_up_what_is_filtered_and_not_the_page(
    manager: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_debts(manager, "10.10", "20.20", "30.30")
    monkeypatch.setattr(ObligationAdmin, "list_per_page", 1)
    query = "?due_date_from=2026-02-02&outstanding_to=1,000.00"

    page = console_of("auditor").get(OBLIGATIONS + query).context["cl"]

    assert len(page.result_list) == 1
    assert page.count_text == "1–1 of 2 obligations"
    assert page.total_lines == [
        {"currency": "USD", "rows": "2", "amounts": [("Original", "50.50"), ("Outstanding", "50.50")]}
    ]
    assert page.filter_labels == [("Due date", "from Feb. 2, 2026"), ("Outstanding", "up to 1,000.00")]


def test_stops_counting_and_adds_up_everything_when_asked(
    manager: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_debts(manager, "10.10", "20.20", "30.30")
    monkeypatch.setattr(totals, "COUNTED_ROWS", 2)
    monkeypatch.setattr(ObligationAdmin, "list_per_page", 1)
    client = console_of("auditor")

    page = client.get(OBLIGATIONS, {"p": "3"})
    added_up = client.get(OBLIGATIONS + page.context["cl"].add_up_link)

    assert "More than 10,000 obligations" in page.content.decode()
    assert page.context["cl"].total_lines == []
    assert [row.reference_id for row in page.context["cl"].result_list] == ["PVB-3"]
    assert (page.context["cl"].previous_link, page.context["cl"].next_link) == ("?p=2", "")
    assert added_up.context["cl"].total_lines[0]["amounts"][0] == ("Original", "60.60")


def test_gives_up_adding_up_what_takes_too_long(
    manager: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_debts(manager, "10.10")
    read = totals._read

    def slowly(queryset: Any, **options: Any) -> Any:
        if options["limit"] is None:
            with connection.cursor() as cursor:
                cursor.execute("select pg_sleep(1)")
        return read(queryset, **options)

    monkeypatch.setattr(totals, "MAX_SECONDS", "0.05")
    monkeypatch.setattr(totals, "_read", slowly)

    page = console_of("auditor").get(OBLIGATIONS, {"add_up": "all"})

    assert "was stopped: narrow the filter" in page.content.decode()
    assert len(page.context["cl"].result_list) == 1


@pytest.mark.parametrize(
    "query",
    ["due_date_from=2026-02-30", "outstanding_from=1e3", "outstanding_to=NaN", "due_date_to=0001-01-01"],
)
def test_shows_nothing_for_a_range_it_cannot_read(
    manager: Actor, console_of: Callable[[str], ConsoleClient], query: str
) -> None:
    make_debts(manager, "10.10")

    page = console_of("auditor").get(f"{OBLIGATIONS}?{query}")

    assert page.status_code == 200
    assert page.context["cl"].result_list == []
    ((_, said),) = page.context["cl"].filter_labels
    assert said.endswith(" (cannot be read, so there are no rows)")
    assert "errors" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("no_such=1", "This list has no filter no_such."),
        ("company__name=x", "This list has no filter company__name."),
        ("customer__id__exact=x", "This list has no such filter, or cannot read its value."),
        ("reference_id=%00", "This list has no such filter, or cannot read its value."),
    ],
)
def test_says_that_a_filter_is_unknown(
    manager: Actor, console_of: Callable[[str], ConsoleClient], query: str, said: str
) -> None:
    client = console_of("auditor")

    shown = client.get(f"{OBLIGATIONS}?{query}", follow=True)
    kept = client.post(
        f"{OBLIGATIONS}saved-filters/", {"do": "save", "name": "X", "query": query}, follow=True
    )

    assert shown.status_code in (200, 400)
    assert said in kept.content.decode()
    assert not SavedFilter.objects.exists()


def test_saves_opens_renames_and_deletes_a_filter(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    cashier, other = console_of("cashier"), console_of("manager")
    address, query = f"{OBLIGATIONS}saved-filters/", "status__exact=open&outstanding_from=5.00&p=7"

    opened = cashier.post(address, {"do": "save", "name": " Open  ones ", "query": query, "is_shared": ""})
    refused = cashier.post(
        address, {"do": "save", "name": "All", "query": query, "is_shared": "on"}, follow=True
    )
    (saved,) = SavedFilter.objects.all()
    cashier.post(address, {"do": "rename", "filter_id": saved.id, "name": "Mine"})
    seen_by_other = other.get(OBLIGATIONS).context["saved_filters"]
    foreign = other.post(address, {"do": "delete", "filter_id": saved.id}, follow=True)

    assert opened["Location"] == f"{OBLIGATIONS}?status__exact=open&outstanding_from=5.00"
    assert "core.share_filters" in refused.content.decode()
    assert (saved.name, saved.query) == ("Open ones", "status__exact=open&outstanding_from=5.00")
    assert [each.name for each in cashier.get(OBLIGATIONS).context["saved_filters"]] == ["Mine"]
    assert seen_by_other == []
    assert "You have no such view." in foreign.content.decode()
    cashier.post(address, {"do": "delete", "filter_id": saved.id})
    assert not SavedFilter.objects.exists()


def test_a_shared_filter_is_seen_in_the_company_alone(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    console_of("manager").post(
        f"{OBLIGATIONS}saved-filters/",
        {"do": "save", "name": "Overdue", "query": "status__exact=open", "is_shared": "on"},
    )

    seen = {
        name: console_of(name).get(OBLIGATIONS).context["saved_filters"] for name in ("cashier", "outsider")
    }

    assert [each.name for each in seen["cashier"]] == ["Overdue"]
    assert seen["outsider"] == []


@pytest.mark.parametrize("format", ["csv", "excel", "pdf"])
def test_downloads_the_filtered_rows_with_the_filter_in_words(
    manager: Actor, console_of: Callable[[str], ConsoleClient], format: str
) -> None:
    make_debts(manager, "10.10", "20.20")
    Customer.objects.update(name="=cmd|' /C calc'!A0")

    answer = console_of("auditor").get(f"{OBLIGATIONS}download/{format}/?due_date_from=2026-02-02")
    content = b"".join(answer.streaming_content)

    assert answer.status_code == 200
    if format == "csv":
        lines = list(csv.reader(io.StringIO(content.decode())))
        assert lines[:4] == [
            ["List", "Obligations"],
            ["Company", "North Taxi"],
            ["Due date", "from Feb. 2, 2026"],
            [],
        ]
        assert [line[0] for line in lines[4:]] == ["Reference id", "PVB-2"]
        assert lines[5][lines[4].index("Customer")] == "'=cmd|' /C calc'!A0"
        assert lines[5][lines[4].index("Outstanding")] == "20.20"
    if format == "excel":
        book = load_workbook(io.BytesIO(content))
        assert [[cell.value for cell in row][:2] for row in book["Filters"]][2] == [
            "Due date",
            "from Feb. 2, 2026",
        ]
        first = [[cell.value for cell in row] for row in book.worksheets[0]]
        assert (first[1][0], first[1][4]) == ("PVB-2", 20.2)
        assert first[3][0] == "Total USD"
    if format == "pdf":
        assert content.startswith(b"%PDF")


def test_refuses_a_file_that_is_too_large_or_not_allowed(
    manager: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_debts(manager, "10.10", "20.20")
    monkeypatch.setitem(downloads.MAX_ROWS, "csv", 1)

    too_large = console_of("auditor").get(f"{OBLIGATIONS}download/csv/", follow=True)
    not_allowed = console_of("administrator").get(f"{OBLIGATIONS}download/csv/")
    unknown = console_of("auditor").get(f"{OBLIGATIONS}download/odt/")

    assert "more than the 1 rows" in too_large.content.decode()
    assert (not_allowed.status_code, unknown.status_code) == (403, 404)


def test_finds_by_the_beginning_of_a_number_and_a_part_of_a_name(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    make_debts(manager, "10.10", "20.20")
    name = Customer.objects.get().name
    client = console_of("auditor")

    answers = {
        text: client.get(OBLIGATIONS, {"q": text})
        for text in ("pvb-2", "PVB", name[1:5].lower(), "2", "pvb zz")
    }

    counts = {text: len(answer.context["cl"].result_list) for text, answer in answers.items()}
    assert counts == {"pvb-2": 1, "PVB": 2, name[1:5].lower(): 2, "2": counts["2"], "pvb zz": 0}


def test_offers_the_years_between_the_first_and_the_last_row(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    make_debts(manager, "10.10")
    client = console_of("auditor")

    years, months, days, day = (
        client.get(OBLIGATIONS, query).context["cl"].date_drilldown
        for query in (
            {},
            {"due_date__year": "2026"},
            {"due_date__year": "2026", "due_date__month": "2"},
            {"due_date__year": "2026", "due_date__month": "2", "due_date__day": "1"},
        )
    )

    assert [step.title for step in years.choices] == ["2026"]
    assert (len(months.choices), len(days.choices), len(day.choices)) == (12, 28, 0)
    assert days.choices[0].link == "?due_date__day=1&due_date__month=2&due_date__year=2026"


def test_one_row_is_not_said_in_the_plural(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    make_debts(manager, "10.10", "20.20")

    one = console_of("auditor").get(OBLIGATIONS + "?outstanding_to=15.00").content.decode()
    two = console_of("auditor").get(OBLIGATIONS).content.decode()

    assert "<dd>1 row</dd>" in one
    assert "<dd>2 rows</dd>" in two
