"""Searching a list of a million rows by what an index can answer.

Row-level security lets an index serve only comparisons that cannot leak: equality and order, but neither LIKE nor
upper(…). So `^number` in `search_fields` means "begins with", as typed or in capitals, by the order of text; a name
without `^` means "contains", and in a related table (customers, leases: thousands of rows) it is looked for first.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import CharField, Lookup, Model, Q, QuerySet, TextField
from django.utils.text import smart_split, unescape_string_literal

from batconnect.core.errors import InvalidInput

BEGINS: Final = "^"
MOST_SEARCHED_WORDS: Final = 8
MOST_SEARCHED_CHARACTERS: Final = 200
_MOST_KEYS: Final = 500
"""As many related rows are named in the statement; more stay a subquery."""


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


def check_search(text: str) -> None:
    """Refuse what would take a statement a word too long. Raises InvalidInput `search_too_long`."""
    words = len(list(smart_split(text[: MOST_SEARCHED_CHARACTERS + 1])))
    if len(text) > MOST_SEARCHED_CHARACTERS or words > MOST_SEARCHED_WORDS:
        raise InvalidInput(
            f"Search for at most {MOST_SEARCHED_WORDS} words and {MOST_SEARCHED_CHARACTERS} characters at once.",
            code="search_too_long",
            field="q",
        )


def search(queryset: QuerySet[Any], *, fields: tuple[str, ...], text: str) -> QuerySet[Any]:
    """The rows in which every word of the text is found in some field; a quoted text is one word."""
    for word in smart_split(text):
        if word.startswith(('"', "'")) and word[0] == word[-1]:
            word = unescape_string_literal(word)
        queryset = queryset.filter(reduce(or_, (_found(queryset.model, field, word) for field in fields)))
    return queryset


def _found(model: type[Model], field: str, word: str) -> Q:
    name, begins = field.removeprefix(BEGINS), field.startswith(BEGINS)
    key, _, rest = name.partition("__")
    if not rest:
        return _begins(model, name, word) if begins else Q(**{f"{name}__icontains": word})
    related: Any = model._meta.get_field(key).related_model
    there = related._default_manager.filter(
        _begins(related, rest, word) if begins and "__" not in rest else Q(**{f"{rest}__icontains": word})
    ).order_by()
    ids = list(there.values_list("pk", flat=True)[: _MOST_KEYS + 1])
    return Q(**{f"{key}__in": ids if len(ids) <= _MOST_KEYS else there.values("pk")})


def _begins(model: type[Model], name: str, word: str) -> Q:
    """The text begins with the word: between the word and its successor in the order of the column's index."""
    first, below = ("bytes_from", "bytes_below") if _is_indexed_by_bytes(model, name) else ("gte", "lt")
    found = Q()
    for start in {word, word.upper()}:
        if ord(start[-1]) < 0x10FFFF:
            found |= Q(
                **{f"{name}__{first}": start, f"{name}__{below}": start[:-1] + chr(ord(start[-1]) + 1)}
            )
    return found


def _is_indexed_by_bytes(model: type[Model], name: str) -> bool:
    return any(
        name in each.fields and "text_pattern_ops" in each.opclasses
        for each in [*model._meta.indexes, *model._meta.constraints]
        if hasattr(each, "opclasses")
    )
