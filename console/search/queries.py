"""The one statement of the search: a bounded look-up by index for each kind, put together.

Comparisons are equality and the byte order of text: row-level security lets an index serve no others (see
`directory.search_keys`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from batconnect.core.kernel.subject import Search, Subject, searched
from batconnect.directory.search_keys import PART, SHORTEST_PART, folded
from console.search.rules import Asked, Numbers

LIMIT: Final = 6
"""Rows of one kind, unless more are asked for."""
_ROWS: Final = "%(limit)s::int"
SHORTEST_BEGINNING: Final = 2
_WHOLE_PHONE: Final = 7
"""So many digits of a telephone name it, whatever stands before them."""
_LAST: Final = "\U0010ffff"
"""Sorts behind every character, so that a beginning is the range up to the beginning and this."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was found: of which kind, by what of it, and whether the text is exactly that. `customer` is the
    id of the customer that a customer or a driver is, else empty."""

    kind: str
    key: str
    title: str
    about: str
    what: str
    is_exact: bool
    customer: str


def find_rows(*, company_id: UUID, query: Asked, kinds: Collection[str], limit: int = LIMIT) -> list[Row]:
    """Rows of these kinds that the text names or begins, exact ones first; one statement, at most `limit` of each
    kind. Nothing for an empty text."""
    values: dict[str, Any] = {"company": company_id, "text": query.text, "last": _LAST}
    values |= {
        "references": list({query.text, query.text.upper()}),
        "limit": limit,
        "cents": list(query.cents),
    }
    parts = []
    for kind in kinds:
        subject = searched()[kind]
        search = subject.search
        assert search is not None, "what is searched for says how"
        if search.by_number and kind in query.numbers:
            parts.append(_numbered(subject, search, query, values))
        if search.by_key:
            parts.append(_keyed(subject, search, query, values))
        if search.own:
            parts.append(search.own)
    if not query.text or not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(f"({part})" for part in parts), values)
        rows = [Row(*row) for row in cursor.fetchall()]
    unique = {(row.kind, row.key): row for row in sorted(rows, key=lambda row: row.is_exact)}
    return sorted(unique.values(), key=lambda row: not row.is_exact)


def _numbered(subject: Subject, search: Search, query: Asked, values: dict[str, Any]) -> str:
    """The look-up of a kind by its number: the very ones, then the newest that begin so."""
    assert search.by_number is not None, "the caller has asked"
    kind, column, look_up = search.kind, search.column, search.by_number
    table, numbers = subject.model_class._meta.db_table, query.numbers[kind]
    values[f"{kind}_exact"] = list(numbers.exact)
    values[f"{kind}_named"] = [*numbers.exact, *numbers.near]
    mine = f"from {table} where company_id = %(company)s::uuid and"
    sources = [f"(select * {mine} {column} = any(%({kind}_named)s::text[]))"]
    beginnings = numbers.beginnings if len(query.text) >= SHORTEST_BEGINNING else ()
    for place, beginning in enumerate(beginnings):
        name = f"{kind}_from_{place}"
        values[name], values[f"{name}_to"] = beginning, beginning + _LAST
        sources.append(
            f"(select * {mine} {column} ~>=~ %({name})s and {column} ~<~ %({name}_to)s "
            f"order by {column} using ~>~ limit {_ROWS})"
        )
    return (
        f"select '{kind}', t.id::text, t.{column}, {look_up.about}, '{search.noun}', "  # noqa: S608 - names that our code declares
        f"t.{column} = any(%({kind}_exact)s::text[]), '' "
        f"from ({' union all '.join(sources)}) t {look_up.joins} "
        f"order by 6 desc, t.{column} using ~>~ limit {_ROWS} * 2"
    )


def _keyed(subject: Subject, search: Search, query: Asked, values: dict[str, Any]) -> str:
    """The look-up of a kind by its search keys: equal ones, then those that begin so, then all words of a name."""
    assert search.by_key is not None, "the caller has asked"
    kind, look_up, options = search.kind, search.by_key, subject.model_class._meta
    numbers = query.numbers.get(kind, Numbers())
    values[f"{kind}_exact"] = [query.text, *numbers.exact]
    values[f"{kind}_near"] = list(numbers.near)
    mine = f"from search_keys k where k.company_id = %(company)s::uuid and k.kind = '{kind}' and"
    sources = [
        f"(select k.target, k.what, {is_exact} as equal {mine} {_equals(f'{kind}_{name}')} limit {_ROWS})"
        for name, is_exact in (("exact", "true"), ("near", "false"))
        if values[f"{kind}_{name}"]
    ]
    if len(query.text) >= SHORTEST_BEGINNING:
        begins = _begins("k.key", "text")
        sources.append(
            f"(select k.target, k.what, false {mine} {begins} order by k.key using ~<~ limit {_ROWS} * 2)"
        )
    if search.has_parts and len(query.part) >= SHORTEST_PART:
        sources.append(_parts(kind, values, query))
    if search.has_words and len(query.words) > 1:
        sources.append(_all_words(kind, query, values, mine))
    exact = f"(k.equal and (k.what <> 'name' or {folded(look_up.title)} = {folded('%(text)s')}))"
    exact = exact if search.has_words else "k.equal"
    customer = search.customer or "''"
    return (
        f"select '{kind}', t.id::text, {look_up.title}, {look_up.about}, k.what, {exact}, {customer} "  # noqa: S608 - as above
        f"from (select target, min(what) as what, bool_or(equal) as equal from ({' union all '.join(sources)}) found "
        f"group by target) k join {options.db_table} t on t.company_id = %(company)s::uuid "
        f"and t.id = k.target::{options.pk.db_type(connection)} {look_up.joins} "
        f"order by 6 desc, 3 limit {_ROWS}"
    )


def _parts(kind: str, values: dict[str, Any], query: Asked) -> str:
    """What has the text in it: an ending that begins with it. A whole number of a telephone, or address, is exact."""
    values["part"] = query.part
    found = f"k.key = {folded('%(part)s::text')} and length(k.key) >= {_WHOLE_PHONE}"
    exact = f"{found} and k.what in ('phone', 'e-mail')"
    return (
        f"(select k.target, case when {exact} then k.what else '{PART}' || k.what end, {exact} "  # noqa: S608 - as above
        f"from search_keys k where k.company_id = %(company)s::uuid and k.kind = '{PART}{kind}' and "
        f"{_begins('k.key', 'part')} order by k.key using ~<~ limit {_ROWS} * 4)"
    )


def _all_words(kind: str, query: Asked, values: dict[str, Any], mine: str) -> str:
    """Names that have each of the words in them, in any order: those of less than three letters at the beginning of a
    word. Each word's range is read once: however many have one of them, that is a scan of an index."""
    words = sorted(query.words, key=len, reverse=True)[:4]
    ranges = []
    for place, word in enumerate(words):
        values[f"word_{place}"] = word
        begins = _begins("k.key", f"word_{place}")
        inside = (
            f" union all select k.target from search_keys k where k.company_id = %(company)s::uuid "  # noqa: S608 - as above
            f"and k.kind = '{PART}{kind}' and {begins} and k.what = 'name'"
        )
        is_long = len(word) >= SHORTEST_PART
        ranges.append(f"(select k.target {mine} {begins}{inside if is_long else ''})")
    both = " intersect ".join(ranges)
    return f"(select both_words.target, 'name', false from ({both}) both_words limit {_ROWS})"  # noqa: S608 - as above


def _equals(name: str) -> str:
    """The condition that the key is one of the values, folded here as the keys were: by the same database."""
    return f"k.key = any(array(select {folded('asked')} from unnest(%({name})s::text[]) asked))"  # noqa: S608 - as above


def _begins(column: str, name: str) -> str:
    """The condition that the key begins with the value, folded as above."""
    value = folded(f"%({name})s::text")
    return f"{column} ~>=~ {value} and {column} ~<~ ({value} || %(last)s::text)"
