"""Both list styles (docs/api.md#lists), fast at a million rows.

The page itself comes by an index that begins with company and sort column; what is skipped on deep pages is
skipped on ids alone, and behind a cursor (`after`, `core.api.cursors`) nothing is skipped. The total is exact up to
COUNTED_ROWS; beyond, it is the planner's estimate and the answer says so (`total_is_estimate`). Rows are dicts
(`.values()`), never a serializer per row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.db.models import F, Model, OrderBy, QuerySet
from django.http import QueryDict

from batconnect.core.api.cursors import Place, after_place, read_cursor, write_cursor
from batconnect.core.kernel.codes import PAGE_TOO_DEEP, UNKNOWN_CURSOR, UNKNOWN_SORT
from batconnect.core.kernel.errors import FieldError, InvalidInput

DEFAULT_ROWS: Final = 50
MAX_ROWS: Final = 200
COUNTED_ROWS: Final = 10_000
DEEPEST_ROW: Final = 100_000
_SKIP_BY_ID: Final = 500
_KEY: Final = "paged_by_"

Rows = QuerySet[Any, dict[str, Any]]
# Chooses the columns of a page, from rows that are counted and skipped without the joins of those columns.
Select = Callable[[QuerySet[Any, Any]], Rows]
# Shapes a row; or all rows of a page at once, where they are looked up together.
Shape = Callable[[Any], Any]
ShapeAll = Callable[[list[Any]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Sorting:
    """How a list may be sorted: a public name, and the columns it stands for; the key breaks ties.

    `found_by` is a column of every order by which rows are found where their table has no B-tree of its `id`.
    """

    names: Mapping[str, Sequence[str]]
    default: str
    order: Literal["asc", "desc"] = "desc"
    found_by: str = ""

    def read(self, query: QueryDict) -> list[OrderBy]:
        """The order that `sort_by` and `sort_order` ask for. Raises InvalidInput naming the allowed names."""
        columns, descending = self.read_columns(query)
        return [OrderBy(F(column), descending=descending) for column in columns]

    def read_columns(self, query: QueryDict) -> tuple[list[str], bool]:
        """The columns to sort by, the key last, and whether downward. Raises InvalidInput."""
        name = query.get("sort_by") or self.default
        if name not in self.names:
            raise InvalidInput(
                f"Cannot sort by {name[:60]!r}; sort_by is one of {', '.join(self.names)}.",
                code=UNKNOWN_SORT,
                field="sort_by",
            )
        order = (query.get("sort_order") or self.order).lower()
        if order not in ("asc", "desc"):
            raise InvalidInput("sort_order must be asc or desc.", code=UNKNOWN_SORT, field="sort_order")
        columns = [*self.names[name]]
        if "pk" not in columns and "id" not in columns:
            columns.append("pk")
        return columns, order == "desc"


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows are asked for: those behind the cursor `after`, else those from `offset` on. `number` is set for
    page/per_page, None for limit/offset."""

    limit: int
    offset: int
    number: int | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows there are, and whether that is the planner's estimate."""

    rows: int
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """The rows of a page, how many there are in all, and the cursor of the page behind it (None on the last)."""

    items: list[Any]
    total: Total
    next: str | None


def read_page(query: QueryDict) -> Slice:
    """`page` (1…) or `after`, and `per_page` (1…200, default 50). Raises InvalidInput naming the limit."""
    page = _whole_number(query, "page", default=1, least=1, limit=None)
    rows = _whole_number(query, "per_page", default=DEFAULT_ROWS, least=1, limit=MAX_ROWS)
    after = _read_after(query, beside="page")
    return _checked(Slice(limit=rows, offset=(page - 1) * rows, number=page, after=after), "page")


def read_limit_offset(query: QueryDict) -> Slice:
    """`limit` (1…200, default 50), and `offset` (0…) or `after`. Raises InvalidInput naming the limit."""
    rows = _whole_number(query, "limit", default=DEFAULT_ROWS, least=1, limit=MAX_ROWS)
    offset = _whole_number(query, "offset", default=0, least=0, limit=None)
    return _checked(Slice(limit=rows, offset=offset, after=_read_after(query, beside="offset")), "offset")


def screen_page(
    query: QueryDict,
    rows: QuerySet[Any, Any],
    *,
    sorting: Sorting,
    shape: Shape | None = None,
    shape_all: ShapeAll | None = None,
    select: Select | None = None,
) -> dict[str, Any]:
    """The list of a BAT Connect screen: `{items, total_items, page, per_page, total_pages, next}`."""
    page = read_page(query)
    fetched = fetch_page(query, rows, wanted=page, sorting=sorting, select=select)
    return {
        "items": _shaped(fetched.items, shape, shape_all),
        "total_items": fetched.total.rows,
        "page": None if page.after else page.number,
        "per_page": page.limit,
        "total_pages": -(-fetched.total.rows // page.limit),
        "total_is_estimate": fetched.total.is_estimate,
        "next": fetched.next,
    }


def api_page(
    query: QueryDict,
    rows: QuerySet[Any, Any],
    *,
    sorting: Sorting,
    shape: Shape | None = None,
    shape_all: ShapeAll | None = None,
) -> dict[str, Any]:
    """A list under /api: `{results, total, limit, offset, next}`."""
    page = read_limit_offset(query)
    fetched = fetch_page(query, rows, wanted=page, sorting=sorting)
    return {
        "results": _shaped(fetched.items, shape, shape_all),
        "total": fetched.total.rows,
        "limit": page.limit,
        "offset": None if page.after else page.offset,
        "total_is_estimate": fetched.total.is_estimate,
        "next": fetched.next,
    }


def fetch_page(
    query: QueryDict,
    rows: QuerySet[Any, Any],
    *,
    wanted: Slice,
    sorting: Sorting,
    select: Select | None = None,
) -> Fetched:
    """The rows that are wanted, in the order that the query asks for: a statement for them, one for the total, one
    more on deep pages or with `select`, none for a total that the page itself shows.

    `rows` are dicts (`.values()`) or objects, or become dicts by `select`. Raises InvalidInput of `after`.
    """
    columns, descending = sorting.read_columns(query)
    place = Place(rows.model._meta.label_lower, columns, descending)
    behind = after_place(rows, place, read_cursor(wanted.after, place)) if wanted.after else rows
    order = [OrderBy(F(column), descending=descending) for column in columns]
    start = 0 if wanted.after else wanted.offset
    # One row more than is shown: whether there is a page behind this one.
    end = start + wanted.limit + 1
    if select is None and start < _SKIP_BY_ID:
        items, keys = _with_keys(behind, columns, order, start, end)
    else:
        # Only keys are sorted and thrown away; whole rows, and their joins, are fetched for the page alone. In two
        # statements: in one, the planner may join everything with the page's keys.
        found = list(_bare(behind).order_by(*order).values_list("pk", *map(F, columns))[start:end])
        keys = [each[1:] for each in found]
        shown = (select(rows) if select else rows).filter(pk__in=[each[0] for each in found[: wanted.limit]])
        if sorting.found_by:
            place_of_value = columns.index(sorting.found_by)
            shown = shown.filter(
                **{f"{sorting.found_by}__in": {each[place_of_value] for each in keys[: wanted.limit]}}
            )
        items = list(shown.order_by(*order)) if found else []
    there_is_more = len(keys) > wanted.limit
    items, keys = items[: wanted.limit], keys[: wanted.limit]
    is_whole = not (wanted.after or there_is_more or (not items and start > 0))
    total = Total(start + len(items)) if is_whole else count_rows(rows)
    return Fetched(items, total, write_cursor(place, keys[-1]) if there_is_more else None)


def _with_keys(
    rows: QuerySet[Any, Any], columns: Sequence[str], order: Sequence[OrderBy], start: int, end: int
) -> tuple[list[Any], list[tuple[Any, ...]]]:
    """The rows, and beside each what it is sorted by, which is read with it."""
    names = [f"{_KEY}{place}" for place in range(len(columns))]
    keyed = rows.annotate(**{name: F(column) for name, column in zip(names, columns, strict=True)})
    items: list[Any] = list(keyed.order_by(*order)[start:end])
    keys = []
    for each in items:
        values = vars(each) if isinstance(each, Model) else each
        keys.append(tuple(values.pop(name) for name in names))
    return items, keys


def _shaped(items: list[Any], shape: Shape | None, shape_all: ShapeAll | None) -> Sequence[Any]:
    if shape_all is not None:
        return shape_all(items)
    return [shape(row) for row in items] if shape else items


def count_rows(rows: QuerySet[Any, Any]) -> Total:
    """Exact up to COUNTED_ROWS; beyond, what the planner expects (but never less than was counted)."""
    bare = _bare(rows).order_by()
    counted = bare[: COUNTED_ROWS + 1].count()
    if counted <= COUNTED_ROWS:
        return Total(counted)
    plan = json.loads(bare.values("pk").explain(format="json"))
    return Total(max(int(plan[0]["Plan"]["Plan Rows"]), counted), is_estimate=True)


def _bare(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """The same rows without their selected columns."""
    bare: QuerySet[Any, Any] = rows.values("pk")
    bare.query.clear_select_fields()
    bare.query.add_fields(["pk"])
    return bare


def _checked(page: Slice, field: str) -> Slice:
    if page.offset > DEEPEST_ROW:
        raise InvalidInput(
            f"Lists are paged up to row {DEEPEST_ROW:,}; narrow the filters or export the list.",
            code=PAGE_TOO_DEEP,
            field=field,
        )
    return page


def _read_after(query: QueryDict, *, beside: str) -> str:
    after = query.get("after") or ""
    if after and query.get(beside):
        raise InvalidInput(f"Give {beside} or after, not both.", code=UNKNOWN_CURSOR, field="after")
    return after


def _whole_number(query: QueryDict, name: str, *, default: int, least: int, limit: int | None) -> int:
    text = query.get(name, "")
    if not text:
        return default
    allowed = f"{least} to {limit}" if limit is not None else f"{least} or more"
    message = f"{name} must be a whole number, {allowed}."
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise InvalidInput(message, errors=[FieldError(name, message)])
    value = int(text)
    if value < least or (limit is not None and value > limit):
        raise InvalidInput(message, errors=[FieldError(name, message)])
    return value
