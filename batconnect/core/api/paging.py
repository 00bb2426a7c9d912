"""Both list styles (docs/api.md#lists), fast at a million rows.

The page itself comes by an index that begins with company and sort column; what is skipped on deep pages is
skipped on ids alone. The total is exact up to COUNTED_ROWS; beyond, it is the planner's estimate and the
answer says so (`total_is_estimate`). Rows are dicts (`.values()`), never a serializer per row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.db.models import F, OrderBy, QuerySet
from django.http import QueryDict

from batconnect.core.kernel.codes import PAGE_TOO_DEEP, UNKNOWN_SORT
from batconnect.core.kernel.errors import FieldError, InvalidInput

DEFAULT_ROWS: Final = 50
MAX_ROWS: Final = 200
COUNTED_ROWS: Final = 10_000
DEEPEST_ROW: Final = 100_000
_SKIP_BY_ID: Final = 500

Rows = QuerySet[Any, dict[str, Any]]
# Chooses the columns of a page, from rows that are counted and skipped without the joins of those columns.
Select = Callable[[QuerySet[Any, Any]], Rows]


@dataclass(frozen=True, slots=True)
class Sorting:
    """How a list may be sorted: a public name, and the columns it stands for; the key breaks ties."""

    names: Mapping[str, Sequence[str]]
    default: str
    order: Literal["asc", "desc"] = "desc"

    def read(self, query: QueryDict) -> list[OrderBy]:
        """The order that `sort_by` and `sort_order` ask for. Raises InvalidInput naming the allowed names."""
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
        return [OrderBy(F(column), descending=order == "desc") for column in columns]


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows are asked for: `number` is set for page/per_page, None for limit/offset."""

    limit: int
    offset: int
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows there are, and whether that is the planner's estimate."""

    rows: int
    is_estimate: bool = False


def read_page(query: QueryDict) -> Slice:
    """`page` (1…) and `per_page` (1…200, default 50). Raises InvalidInput naming the limit."""
    page = _whole_number(query, "page", default=1, least=1, limit=None)
    rows = _whole_number(query, "per_page", default=DEFAULT_ROWS, least=1, limit=MAX_ROWS)
    return _checked(Slice(limit=rows, offset=(page - 1) * rows, number=page), "page")


def read_limit_offset(query: QueryDict) -> Slice:
    """`limit` (1…200, default 50) and `offset` (0…). Raises InvalidInput naming the limit."""
    rows = _whole_number(query, "limit", default=DEFAULT_ROWS, least=1, limit=MAX_ROWS)
    offset = _whole_number(query, "offset", default=0, least=0, limit=None)
    return _checked(Slice(limit=rows, offset=offset), "offset")


def screen_page(
    query: QueryDict,
    rows: QuerySet[Any, Any],
    *,
    sorting: Sorting,
    shape: Callable[[dict[str, Any]], Any] | None = None,
    select: Select | None = None,
) -> dict[str, Any]:
    """The list of a BAT Connect screen: `{items, total_items, page, per_page, total_pages}`."""
    page = read_page(query)
    items, total = fetch_slice(rows, wanted=page, order=sorting.read(query), shape=shape, select=select)
    return {
        "items": items,
        "total_items": total.rows,
        "page": page.number,
        "per_page": page.limit,
        "total_pages": -(-total.rows // page.limit),
        "total_is_estimate": total.is_estimate,
    }


def api_page(
    query: QueryDict, rows: Rows, *, sorting: Sorting, shape: Callable[[dict[str, Any]], Any] | None = None
) -> dict[str, Any]:
    """A list under /api: `{results, total, limit, offset}`."""
    page = read_limit_offset(query)
    results, total = fetch_slice(rows, wanted=page, order=sorting.read(query), shape=shape)
    return {
        "results": results,
        "total": total.rows,
        "limit": page.limit,
        "offset": page.offset,
        "total_is_estimate": total.is_estimate,
    }


def fetch_slice(
    rows: QuerySet[Any, Any],
    *,
    wanted: Slice,
    order: Sequence[OrderBy],
    shape: Callable[[dict[str, Any]], Any] | None = None,
    select: Select | None = None,
) -> tuple[list[Any], Total]:
    """The rows of the slice (shaped), and the total: a statement for each, one more on deep pages or with `select`,
    none for a total that the page itself shows.

    `rows` are dicts (`.values()`), or become so by `select`.
    """
    end = wanted.offset + wanted.limit
    chosen = select(rows) if select else rows
    if select is None and wanted.offset < _SKIP_BY_ID:
        items: list[Any] = list(chosen.order_by(*order)[wanted.offset : end])
    else:
        # Only keys are sorted and thrown away; whole rows, and their joins, are fetched for the page alone. In two
        # statements: in one, the planner may join everything with the page's keys.
        keys = list(_bare(rows).order_by(*order).values_list("pk", flat=True)[wanted.offset : end])
        items = list(chosen.filter(pk__in=keys).order_by(*order)) if keys else []
    if 0 < len(items) < wanted.limit or (not items and wanted.offset == 0):
        total = Total(wanted.offset + len(items))
    else:
        total = count_rows(rows)
    return [shape(row) for row in items] if shape else items, total


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


def _whole_number(query: QueryDict, name: str, *, default: int, least: int, limit: int | None) -> int:
    text = query.get(name, "")
    if not text:
        return default
    allowed = f"{least} to {limit}" if limit is not None else f"{least} or more"
    message = f"{name} must be a whole number, {allowed}."
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidInput(message, errors=[FieldError(name, message)])
    value = int(text)
    if value < least or (limit is not None and value > limit):
        raise InvalidInput(message, errors=[FieldError(name, message)])
    return value
