"""The order of a list by name: `sort=-outstanding` in its address, and the orders that a list offers by one click.

Django's own parameter counts columns, so that it says something else once a column is hidden; a saved view needs
names. Rule: docs/adr/0083-saved-views-and-orders.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.http import QueryDict

from batconnect.core.console.lists.columns import column_name

SORT_VAR: Final = "sort"
_SEPARATOR: Final = ","


class Order(NamedTuple):
    """An order that a list offers above its rows, each served by an index (docs/indexes.md).

    `by` is a column of the table, or a path to one, with "-" for the largest first; `narrowed` are parameters of the
    list's filters that come with it, because what is ordered is in these rows alone.
    """

    title: str
    by: str
    narrowed: tuple[tuple[str, str], ...] = ()


class SortLink(NamedTuple):
    """An order as the page offers it; `is_chosen` when it is the one that is shown."""

    title: str
    link: str
    is_chosen: bool


def named_order(changelist: Any, text: str) -> list[Any] | None:
    """What `sort=` asks for, as Django orders by it; None when the list has no such column or order."""
    offered = {each.by.lstrip("-") for each in changelist.model_admin.sorts}
    columns = {column_name(each): each for each in changelist.model_admin.columns_for(changelist.request)}
    ordering: list[Any] = []
    for part in text.split(_SEPARATOR):
        name = part.removeprefix("-")
        is_descending = part.startswith("-")
        field = changelist.get_ordering_field(columns[name]) if name in columns else None
        if field is None and name in offered:
            field = name
        if not isinstance(field, str):
            return None
        ordering.append(_directed(field, is_descending=is_descending))
    return ordering


def _directed(field: str, *, is_descending: bool) -> str:
    if not is_descending:
        return field
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def sort_links(changelist: Any) -> list[SortLink]:
    """The orders that the list offers, and the way back to its usual one."""
    sorts: Sequence[Order] = changelist.model_admin.sorts
    if not sorts:
        return []
    asked = "" if ORDER_VAR in changelist.params else changelist.params.get(SORT_VAR, "")
    links = []
    for each in sorts:
        changes: dict[str, Any] = {SORT_VAR: each.by, ORDER_VAR: None, PAGE_VAR: None, **dict(each.narrowed)}
        links.append(SortLink(each.title, changelist.get_query_string(changes), asked == each.by))
    if asked or ORDER_VAR in changelist.params:
        usual = changelist.get_query_string({SORT_VAR: None, ORDER_VAR: None, PAGE_VAR: None})
        links.append(SortLink("Usual order", usual, False))
    return links


def by_name(query: QueryDict, columns: Sequence[Any]) -> None:
    """Say the query's order by the names of its columns, in place of their numbers."""
    asked = query.get(ORDER_VAR)
    if asked is None:
        return
    named = []
    for part in asked.split("."):
        sign, number = ("-", part[1:]) if part.startswith("-") else ("", part)
        if number.isdecimal() and int(number) < len(columns):
            named.append(f"{sign}{column_name(columns[int(number)])}")
    del query[ORDER_VAR]
    if named:
        query[SORT_VAR] = _SEPARATOR.join(named)
