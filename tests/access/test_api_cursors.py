"""Pages by cursor: nothing twice, nothing left out, whatever is inserted or deleted meanwhile (docs/api.md#lists)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from batconnect.core.api import paging
from batconnect.core.api.cursors import Place, read_cursor, write_cursor
from batconnect.core.api.paging import Sorting, api_page, screen_page
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import Counter
from batconnect.directory.models import Customer
from tests.databases import owners_hand

pytestmark = pytest.mark.django_db
LARGE = 2026 * 10**9
SORTING = Sorting({"value": ["value"], "series": ["series", "period"]}, default="value")
# A column that may be null, and a key that leads elsewhere.
CUSTOMERS = Sorting({"reference": ["external_reference"], "name": ["name"]}, default="reference")


def add(company_id: UUID, periods: range, value: int) -> None:
    Counter.objects.bulk_create(
        Counter(company_id=company_id, series="LIST", period=f"{number:03}", value=value)
        for number in periods
    )


@pytest.fixture
def counters(in_north: UUID) -> QuerySet[Any, Any]:
    for number in range(4):
        # More than four bytes hold: numbers by year are.
        add(in_north, range(number * 10, number * 10 + 10), LARGE + number)
    return Counter.objects.filter(series="LIST").values("id", "period")


def walk(rows: QuerySet[Any, Any], asked: str, sorting: Sorting, column: str) -> list[Any]:
    """Every value of the column, page by page."""
    seen: list[Any] = []
    after: str | None = ""
    while after is not None:
        page = api_page(QueryDict(f"{asked}&after={after}"), rows, sorting=sorting)
        seen += [row[column] for row in page["results"]]
        after = page["next"]
    return seen


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort_by", ["value", "series"])
def test_pages_one_behind_the_other_are_the_whole_list(counters: Any, sort_by: str, order: str) -> None:
    asked = f"sort_by={sort_by}&sort_order={order}"
    whole = [row["period"] for row in api_page(QueryDict(asked), counters, sorting=SORTING)["results"]]

    assert len(whole) == 40
    assert walk(counters, f"{asked}&limit=7", SORTING, "period") == whole
    assert walk(counters, f"{asked}&limit=20", SORTING, "period") == whole


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_rows_without_a_value_have_their_place(in_north: UUID, order: str) -> None:
    for number in range(9):
        Customer.objects.create(
            company_id=in_north, name="Ann", external_reference=f"R-{number}" if number % 3 else None
        )
    rows = Customer.objects.filter(name="Ann").values("id")
    asked = f"sort_order={order}"
    whole = [row["id"] for row in api_page(QueryDict(asked), rows, sorting=CUSTOMERS)["results"]]

    assert walk(rows, f"{asked}&limit=2", CUSTOMERS, "id") == whole
    assert len(whole) == 9


def test_what_is_inserted_or_deleted_before_moves_nothing(counters: Any, in_north: UUID) -> None:
    first = screen_page(QueryDict("per_page=10&sort_order=asc"), counters, sorting=SORTING)
    add(in_north, range(900, 905), 1)
    with owners_hand():
        Counter.objects.filter(period__in=["003", "009"]).delete()

    second = screen_page(
        QueryDict(f"per_page=10&sort_order=asc&after={first['next']}"), counters, sorting=SORTING
    )

    # The last row of the first page is gone, and what stood behind it is still what comes next.
    assert [row["period"] for row in second["items"]] == [f"{number:03}" for number in range(10, 20)]
    assert (second["page"], second["total_items"]) == (None, 43)


def test_the_last_page_has_no_next(counters: Any) -> None:
    whole = api_page(QueryDict("limit=40"), counters, sorting=SORTING)
    short = api_page(QueryDict("limit=39"), counters, sorting=SORTING)
    rest = api_page(QueryDict(f"limit=39&after={short['next']}"), counters, sorting=SORTING)

    assert whole["next"] is None
    assert len(rest["results"]) == 1
    assert (rest["next"], rest["offset"], rest["total"]) == (None, None, 40)


def test_goes_on_behind_a_page_however_deep(counters: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "_SKIP_BY_ID", 5)
    by_offset = api_page(QueryDict("limit=5&offset=10"), counters, sorting=SORTING)
    monkeypatch.setattr(paging, "DEEPEST_ROW", 10)

    behind = api_page(QueryDict(f"limit=5&after={by_offset['next']}"), counters, sorting=SORTING)

    whole = api_page(QueryDict(""), counters, sorting=SORTING)["results"]
    assert by_offset["results"] + behind["results"] == whole[10:20]


def test_one_comparison_of_rows_finds_the_place(counters: Any) -> None:
    first = api_page(QueryDict("limit=5"), counters, sorting=SORTING)
    with CaptureQueriesContext(connection) as queries:
        api_page(QueryDict(f"limit=5&after={first['next']}"), counters, sorting=SORTING)

    assert '("counters"."value", "counters"."id") < (2026000000003, ' in queries[0]["sql"]
    assert "OFFSET" not in queries[0]["sql"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("after=nonsense", "none of the cursors"),
        ("after=%00", "none of the cursors"),
        ("after={next}x", "none of the cursors"),
        ("after=" + "a" * 5000, "none of the cursors"),
        ("after={next}&sort_order=asc", "another order"),
        ("after={next}&sort_by=series", "another order"),
        ("after={next}&offset=0", "offset or after"),
    ],
)
def test_refuses_what_is_no_place_in_the_list(counters: Any, asked: str, said: str) -> None:
    following = api_page(QueryDict("limit=5"), counters, sorting=SORTING)["next"]

    with pytest.raises(InvalidInput, match=said) as refused:
        api_page(QueryDict(asked.replace("{next}", following)), counters, sorting=SORTING)

    assert (refused.value.code, [each.field for each in refused.value.errors]) == (
        "unknown_cursor",
        ["after"],
    )


def test_refuses_the_cursor_of_another_list(counters: Any) -> None:
    other = write_cursor(Place("core.company", ["value", "pk"], descending=True), [1, 2])

    with pytest.raises(InvalidInput, match="another list"):
        api_page(QueryDict(f"after={other}"), counters, sorting=SORTING)


def test_every_kind_of_value_comes_back_as_it_was() -> None:
    place = Place("any", ["a"], descending=False)
    values = [None, 7, "Ann ÷ 'x'", uuid7(), Decimal("1.50"), date(2025, 2, 3), now(), True]

    assert read_cursor(write_cursor(place, values), place) == values
