"""Finding rows by a text that is their whole name, or its beginning.

Row-level security lets an index serve only comparisons that cannot leak: equality and order, but neither LIKE nor
upper(…). So a beginning is a range: from the text to its successor, in the order of the column's index.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import CharField, Lookup, Model, Q, QuerySet, TextField

_MAX_KEYS: Final = 500
"""Up to this many rows of another table are listed in a statement; more stay a subquery."""


class _AtLeastByBytes(Lookup):
    """`~>=~`: the order that an index with text_pattern_ops holds."""

    lookup_name = "bytes_from"
    operator = "~>=~"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} {self.operator} {right}", [*left_values, *right_values]


class _BelowByBytes(_AtLeastByBytes):
    lookup_name = "bytes_below"
    operator = "~<~"


for _field in (CharField, TextField):
    _field.register_lookup(_AtLeastByBytes)
    _field.register_lookup(_BelowByBytes)


def begins(model: type[Model], name: str, text: str) -> Q:
    """The column begins with the text, as typed or in capitals."""
    first, below = ("bytes_from", "bytes_below") if _is_indexed_by_bytes(model, name) else ("gte", "lt")
    condition = Q()
    for start in {text, text.upper()}:
        if ord(start[-1]) < 0x10FFFF:
            condition |= Q(
                **{f"{name}__{first}": start, f"{name}__{below}": start[:-1] + chr(ord(start[-1]) + 1)}
            )
    return condition


def named(
    rows: QuerySet[Any, Any], name: str, texts: Iterable[str], *, any_case: bool = False
) -> QuerySet[Any, Any]:
    """The rows of a table that the texts name: for each text the exact match, and only without one those that begin
    with it.

    `name` is a column of the table itself, compared as typed and in capitals; with `any_case`, for tables of
    thousands of rows, in any case.
    """
    condition = Q(pk__in=[])
    for text in texts:
        whole = Q(**{f"{name}__iexact": text}) if any_case else Q(**{f"{name}__in": [text, text.upper()]})
        if rows.filter(whole).exists():
            condition |= whole
        else:
            condition |= Q(**{f"{name}__istartswith": text}) if any_case else begins(rows.model, name, text)
    return rows.filter(condition)


def of_these(path: str, rows: QuerySet[Any, Any], *, key: str = "pk") -> Q:
    """The condition that `path` leads to one of the rows: by their keys where they are few, so that an index serves."""
    unordered = rows.order_by()
    keys = list(unordered.values_list(key, flat=True)[: _MAX_KEYS + 1])
    return Q(**{f"{path}__in": keys if len(keys) <= _MAX_KEYS else unordered.values(key)})


def has_all_words(name: str, text: str) -> Q:
    """The column holds every word of the text, in any order: `Doe, John` finds John Doe."""
    condition = Q()
    for word in text.replace(",", " ").split():
        condition &= Q(**{f"{name}__icontains": word})
    return condition


def _is_indexed_by_bytes(model: type[Model], name: str) -> bool:
    return any(
        name in each.fields and "text_pattern_ops" in each.opclasses
        for each in [*model._meta.indexes, *model._meta.constraints]
        if hasattr(each, "opclasses")
    )
