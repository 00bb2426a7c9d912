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

from batconnect.directory.search_keys import folded
from console.search.rules import Asked, Numbers
from ledger.chart import Category

LIMIT: Final = 6
"""Rows of one kind."""
SHORTEST_BEGINNING: Final = 2
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


def _money(amount: str, currency: str) -> str:
    return f"to_char({amount}, 'FM999,999,999,990.00') || ' ' || {currency}"


# Per kind with a number: its table, the column of the number, what it is about, and what that joins.
_NUMBERED: Final = {
    "payment": (
        *("payments", "number", "payment"),
        f"concat_ws(' · ', c.name, t.payment_date, {_money('t.amount', 't.currency')}, t.status)",
        "join customers c on c.company_id = t.company_id and c.id = t.customer_id",
    ),
    "case": (
        *("cases", "case_no", "case"),
        "concat_ws(' · ', nullif(t.subject, ''), t.state)",
        "",
    ),
    "loan": (
        *("driver_loans", "number", "loan"),
        f"concat_ws(' · ', c.name, {_money('t.amount', 't.currency')}, t.status)",
        "join customers c on c.company_id = t.company_id and c.id = t.customer_id",
    ),
    "repair": (
        *("repair_invoices", "number", "repair"),
        f"concat_ws(' · ', c.name, {_money('t.amount', 't.currency')}, t.status)",
        "join customers c on c.company_id = t.company_id and c.id = t.customer_id",
    ),
    "dtr": (
        *("dtrs", "number", "DTR"),
        f"concat_ws(' · ', c.name, 'week of ' || t.week, {_money('t.due_to_driver', 't.currency')}, t.status)",
        "join customers c on c.company_id = t.company_id and c.id = t.customer_id",
    ),
    "batch": (
        "payment_batches",
        "number",
        "batch",
        "concat_ws(' · ', nullif(t.file_name, ''), t.status)",
        "",
    ),
}
# Per kind with search keys: its table, the type of its key, the title, what it is about, and what that joins.
_KEYED: Final = {
    "customer": (
        *("customers", "uuid", "t.name"),
        "concat_ws(' · ', d.driver_id, 'TLC ' || d.tlc_license, t.external_reference)",
        "left join drivers d on d.company_id = t.company_id and d.customer_id = t.id",
    ),
    "driver": (
        *("drivers", "bigint", "t.driver_id"),
        "concat_ws(' · ', c.name, 'TLC ' || t.tlc_license, t.status)",
        "join customers c on c.company_id = t.company_id and c.id = t.customer_id",
    ),
    "vehicle": (
        *("vehicles", "bigint", "t.plate_no"),
        "concat_ws(' · ', 'VIN ' || t.vin, nullif(concat_ws(' ', t.year, t.make, t.model), ''))",
        "",
    ),
    "medallion": ("medallions", "bigint", "t.medallion_no", "''", ""),
    "lease": (
        *("leases", "bigint", "t.lease_id"),
        "concat_ws(' · ', 'medallion ' || m.medallion_no, 'plate ' || v.plate_no, t.status)",
        "join medallions m on m.company_id = t.company_id and m.id = t.medallion_id "
        "join vehicles v on v.company_id = t.company_id and v.id = t.vehicle_id",
    ),
    "invoice": (
        *("invoices", "uuid", "t.number"),
        f"concat_ws(' · ', c.name, 'due ' || t.due_date, {_money('t.total', 't.currency')})",
        "join customers c on c.company_id = t.company_id and c.id = t.customer_id",
    ),
    "repair": (
        *("repair_invoices", "uuid", "t.number"),
        "concat_ws(' · ', c.name, t.invoice_number, t.status)",
        "join customers c on c.company_id = t.company_id and c.id = t.customer_id",
    ),
}
_CUSTOMER: Final = {"customer": "t.id::text", "driver": "t.customer_id::text"}
_OBLIGATION: Final = f"""
select 'obligation', t.id::text, t.reference_id, concat_ws(' · ', c.name, t.description,
  {_money("t.outstanding", "t.currency")} || ' open'), 'reference', true, ''
from ledger_obligations t join customers c on c.company_id = t.company_id and c.id = t.customer_id
where t.company_id = %(company)s::uuid and t.category = any(%(categories)s::text[])
  and t.reference_id = any(%(references)s::text[])
limit {LIMIT}
"""  # noqa: S608 - fixed texts of this file


def find_rows(*, company_id: UUID, query: Asked, kinds: Collection[str]) -> list[Row]:
    """Rows of these kinds that the text names or begins, exact ones first; one statement, at most a handful of each
    kind. Nothing for an empty text."""
    values: dict[str, Any] = {"company": company_id, "text": query.text, "last": _LAST}
    parts = [
        _numbered(kind, numbers, values, len(query.text))
        for kind, numbers in query.numbers.items()
        if kind in _NUMBERED and kind in kinds
    ]
    parts += [_keyed(kind, query, values) for kind in _KEYED if kind in kinds]
    if "obligation" in kinds:
        values["categories"] = [each.value for each in Category]
        values["references"] = list({query.text, query.text.upper()})
        parts.append(_OBLIGATION)
    if not query.text or not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(f"({part})" for part in parts), values)
        rows = [Row(*row) for row in cursor.fetchall()]
    unique = {(row.kind, row.key): row for row in sorted(rows, key=lambda row: row.is_exact)}
    return sorted(unique.values(), key=lambda row: not row.is_exact)


def _numbered(kind: str, numbers: Numbers, values: dict[str, Any], length: int) -> str:
    """The look-up of a kind by its number: the very ones, then the newest that begin so."""
    table, column, what, about, joins = _NUMBERED[kind]
    values[f"{kind}_exact"] = list(numbers.exact)
    values[f"{kind}_named"] = [*numbers.exact, *numbers.near]
    mine = f"from {table} where company_id = %(company)s::uuid and"
    sources = [f"(select * {mine} {column} = any(%({kind}_named)s::text[]))"]
    beginnings = numbers.beginnings if length >= SHORTEST_BEGINNING else ()
    for place, beginning in enumerate(beginnings):
        name = f"{kind}_from_{place}"
        values[name], values[f"{name}_to"] = beginning, beginning + _LAST
        sources.append(
            f"(select * {mine} {column} ~>=~ %({name})s and {column} ~<~ %({name}_to)s "
            f"order by {column} using ~>~ limit {LIMIT})"
        )
    return (
        f"select '{kind}', t.id::text, t.{column}, {about}, '{what}', t.{column} = any(%({kind}_exact)s::text[]), '' "  # noqa: S608 - names of this file
        f"from ({' union all '.join(sources)}) t {joins} "
        f"order by 6 desc, t.{column} using ~>~ limit {2 * LIMIT}"
    )


def _keyed(kind: str, query: Asked, values: dict[str, Any]) -> str:
    """The look-up of a kind by its search keys: equal ones, then those that begin so, then all words of a name."""
    table, key_type, title, about, joins = _KEYED[kind]
    numbers = query.numbers.get(kind, Numbers())
    values[f"{kind}_exact"] = [query.text, *numbers.exact]
    values[f"{kind}_near"] = list(numbers.near)
    mine = f"from search_keys k where k.company_id = %(company)s::uuid and k.kind = '{kind}' and"
    sources = [
        f"(select k.target, k.what, {is_exact} as equal {mine} {_equals(f'{kind}_{name}')} limit {LIMIT})"
        for name, is_exact in (("exact", "true"), ("near", "false"))
        if values[f"{kind}_{name}"]
    ]
    if len(query.text) >= SHORTEST_BEGINNING:
        begins = _begins("k.key", "text")
        sources.append(
            f"(select k.target, k.what, false {mine} {begins} order by k.key using ~<~ limit {2 * LIMIT})"
        )
    if kind == "customer" and len(query.words) > 1:
        sources.append(_all_words(query, values, mine))
    exact = f"(k.equal and (k.what <> 'name' or {folded('t.name')} = {folded('%(text)s')}))"
    exact = exact if kind == "customer" else "k.equal"
    customer = _CUSTOMER.get(kind, "''")
    return (
        f"select '{kind}', t.id::text, {title}, {about}, k.what, {exact}, {customer} "  # noqa: S608 - names of this file
        f"from (select target, min(what) as what, bool_or(equal) as equal from ({' union all '.join(sources)}) found "
        f"group by target) k join {table} t on t.company_id = %(company)s::uuid and t.id = k.target::{key_type} "
        f"{joins} "
        f"order by 6 desc, 3 limit {LIMIT}"
    )


def _all_words(query: Asked, values: dict[str, Any], mine: str) -> str:
    """Names with words that begin with each of the words, in any order. Each word's range is read once: however many
    begin with one of them, that is a scan of an index."""
    words = sorted(query.words, key=len, reverse=True)[:4]
    ranges = []
    for place, word in enumerate(words):
        values[f"word_{place}"] = word
        ranges.append(f"select k.target {mine} {_begins('k.key', f'word_{place}')}")
    both = " intersect ".join(ranges)
    return f"(select both_words.target, 'name', false from ({both}) both_words limit {LIMIT})"  # noqa: S608 - as above


def _equals(name: str) -> str:
    """The condition that the key is one of the values, folded here as the keys were: by the same database."""
    return f"k.key = any(array(select {folded('asked')} from unnest(%({name})s::text[]) asked))"  # noqa: S608 - as above


def _begins(column: str, name: str) -> str:
    """The condition that the key begins with the value, folded as above."""
    value = folded(f"%({name})s::text")
    return f"{column} ~>=~ {value} and {column} ~<~ ({value} || %(last)s::text)"
