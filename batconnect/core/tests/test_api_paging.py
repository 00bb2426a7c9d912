from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import django_filters
import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from batconnect.core.api import paging
from batconnect.core.api.filters import DayFilter, LabelFilter, ListFilters, MoneyFilter, apply_filters
from batconnect.core.api.paging import Sorting, api_page, count_rows, screen_page
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import AuditEvent, Counter

pytestmark = pytest.mark.django_db
SORTING = Sorting({"value": ["value"], "series": ["series", "period"]}, default="value")


@pytest.fixture
def counters(in_north: UUID) -> Any:
    Counter.objects.bulk_create(
        Counter(company_id=in_north, series="LIST", period=f"{number:03}", value=number // 2)
        for number in range(230)
    )
    return Counter.objects.filter(series="LIST").values("id", "period", "value")


def periods(rows: list[dict[str, Any]]) -> list[str]:
    return [row["period"] for row in rows]


def test_gives_fifty_rows_newest_first_by_default(counters: Any) -> None:
    page = screen_page(QueryDict(""), counters, sorting=SORTING)

    assert {name: held for name, held in page.items() if name not in ("items", "next")} == {
        "total_items": 230,
        "page": 1,
        "per_page": 50,
        "total_pages": 5,
        "total_is_estimate": False,
    }
    assert periods(page["items"]) == [f"{number:03}" for number in range(229, 179, -1)]


def test_pages_do_not_overlap_and_leave_nothing_out(counters: Any) -> None:
    seen = [
        period
        for number in range(1, 6)
        for period in periods(
            screen_page(QueryDict(f"page={number}&sort_by=value&sort_order=asc"), counters, sorting=SORTING)[
                "items"
            ]
        )
    ]

    assert seen == [f"{number:03}" for number in range(230)]


def test_deep_pages_are_the_same_rows(counters: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    query = QueryDict("limit=7&offset=100")
    plain = api_page(query, counters, sorting=SORTING, shape=lambda row: row["period"])
    monkeypatch.setattr(paging, "_SKIP_BY_ID", 10)

    by_id = api_page(query, counters, sorting=SORTING, shape=lambda row: row["period"])

    assert by_id == plain
    assert by_id["results"] == [f"{number:03}" for number in range(129, 122, -1)]
    assert (by_id["total"], by_id["limit"], by_id["offset"]) == (230, 7, 100)


def test_says_when_the_total_is_an_estimate(counters: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED_ROWS", 100)

    total = count_rows(counters.filter(value__gte=0))
    few = count_rows(counters.filter(value__lt=10))

    assert (total.is_estimate, total.rows >= 101) == (True, True)
    assert (few.is_estimate, few.rows) == (False, 20)


def test_a_short_page_needs_no_count(counters: Any) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = screen_page(QueryDict("per_page=200&page=2"), counters, sorting=SORTING)

    assert (len(page["items"]), page["total_items"]) == (30, 230)
    assert len(queries) == 1


def test_an_empty_list_and_a_page_beyond_the_end(counters: Any) -> None:
    empty = screen_page(QueryDict(""), counters.filter(value=-1), sorting=SORTING)
    beyond = screen_page(QueryDict("page=99"), counters, sorting=SORTING)

    assert (empty["items"], empty["total_items"], empty["total_pages"]) == ([], 0, 0)
    assert (beyond["items"], beyond["total_items"]) == ([], 230)


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("per_page=201", "per_page", "1 to 200"),
        ("per_page=0", "per_page", "1 to 200"),
        ("page=0", "page", "1 or more"),
        ("page=x", "page", "1 or more"),
        ("page=-1", "page", "1 or more"),
        ("page=٣", "page", "1 or more"),
        ("sort_by=secret", "sort_by", "value, series"),
        ("sort_order=up", "sort_order", "asc or desc"),
        ("page=5000", "page", "100,000"),
    ],
)
def test_refuses_what_cannot_be_paged(counters: Any, query: str, field: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        screen_page(QueryDict(query), counters, sorting=SORTING)

    assert [error.field for error in refused.value.errors] == [field]


@pytest.mark.parametrize("query", ["limit=201", "limit=0", "offset=-1", "offset=1.5", "offset=100001"])
def test_refuses_limits_and_offsets_out_of_bounds(counters: Any, query: str) -> None:
    with pytest.raises(InvalidInput):
        api_page(QueryDict(query), counters, sorting=SORTING)


class Filters(ListFilters):
    period = django_filters.CharFilter()
    value_from = django_filters.NumberFilter(field_name="value", lookup_expr="gte")
    kind = LabelFilter(field_name="series", choices=[("LIST", "The list"), ("OTHER", "Other")])
    amount = MoneyFilter(field_name="value")

    class Meta:
        model = Counter
        fields: tuple[str, ...] = ()


class EventFilters(ListFilters):
    since = DayFilter(field_name="at", lookup_expr="date__gte")

    class Meta:
        model = AuditEvent
        fields: tuple[str, ...] = ()


def test_filters_by_what_is_asked(counters: Any) -> None:
    filtered = apply_filters(Filters, QueryDict("value_from=114&kind=the+LIST&unknown=1&page=2"), counters)
    filters = Filters(QueryDict("value_from=114&kind=the+LIST"), queryset=counters)

    assert filtered.count() == 2
    assert filters.asked() == [("value from", "114"), ("kind", "the LIST")]


def test_names_every_filter_that_cannot_be_read(counters: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        apply_filters(Filters, QueryDict("value_from=x&kind=gold&amount=1E5&period=%00"), counters)

    assert {error.field for error in refused.value.errors} == {"value_from", "kind", "amount", "period"}
    assert "LIST, OTHER" in str(refused.value)


def test_filters_amounts_and_days_exactly(counters: Any) -> None:
    assert apply_filters(Filters, QueryDict("amount=5.00"), counters).count() == 2
    assert EventFilters(
        QueryDict("since=2025-10-20T10:00:00Z"), queryset=AuditEvent.objects.all()
    ).form.is_valid()
    form = EventFilters(QueryDict("since=10/20/2025"), queryset=AuditEvent.objects.all()).form
    assert not form.is_valid()
    assert Filters(QueryDict("amount=5.10"), queryset=counters).form.fields["amount"].clean(
        "5.10"
    ) == Decimal("5.10")
    assert EventFilters(QueryDict("since=2025-10-20"), queryset=AuditEvent.objects.all()).form.fields[
        "since"
    ].clean("2025-10-20") == date(2025, 10, 20)
