"""Searching a list of a million rows by what an index can answer.

`^number` in `search_fields` means "begins with", as typed or in capitals (`core.database.prefixes` says why); a name
without `^` means "contains", and in a related table (customers, leases: thousands of rows) it is looked for first.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Model, Q, QuerySet
from django.utils.text import smart_split, unescape_string_literal

from batconnect.core.database.prefixes import begins, of_these
from batconnect.core.kernel.codes import SEARCH_TOO_LONG
from batconnect.core.kernel.errors import InvalidInput

BEGINS: Final = "^"
MAX_SEARCHED_WORDS: Final = 8
MAX_SEARCHED_CHARACTERS: Final = 200


def check_search(text: str) -> None:
    """Refuse what would take a statement a word too long. Raises InvalidInput `search_too_long`."""
    words = len(list(smart_split(text[: MAX_SEARCHED_CHARACTERS + 1])))
    if len(text) > MAX_SEARCHED_CHARACTERS or words > MAX_SEARCHED_WORDS:
        raise InvalidInput(
            f"Search for at most {MAX_SEARCHED_WORDS} words and {MAX_SEARCHED_CHARACTERS} characters at once.",
            code=SEARCH_TOO_LONG,
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
    name, is_beginning = field.removeprefix(BEGINS), field.startswith(BEGINS)
    key, _, rest = name.partition("__")
    if not rest:
        return begins(model, name, word) if is_beginning else Q(**{f"{name}__icontains": word})
    related: Any = model._meta.get_field(key).related_model
    is_beginning = is_beginning and "__" not in rest
    condition = begins(related, rest, word) if is_beginning else Q(**{f"{rest}__icontains": word})
    return of_these(key, related._default_manager.filter(condition))
