"""What things are found by: their numbers and names in one written form, kept by triggers in one table.

Row-level security lets an index serve only comparisons that cannot leak: equality and the byte order of text, but
neither LIKE nor `upper(…)`. So the folded form is a column, and the search compares it as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from batconnect.core.database.constraints import Trigger
from batconnect.core.database.distribution.shards import OnShards

_ACCENTED: Final = "áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ"
_PLAIN: Final = "aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC"
_DROPPED: Final = " -_./\\,;:#()&''\t"
"""Between digits and letters; the quote is doubled for SQL."""


def folded(expression: str) -> str:
    """The SQL for a text as it is compared: capitals, no accents, no spaces or dashes."""
    return f"upper(translate({expression}, '{_ACCENTED}{_DROPPED}', '{_PLAIN}'))"


def _one_by_one(event: str, forget: str, insert: str) -> tuple[OnShards, ...]:
    """The trigger on shards, where rows that a query finds are inserted one by one."""
    target, _, query = insert.partition(" select ")
    query = query.removesuffix(" on conflict do nothing")
    return (
        OnShards(
            event=event,
            declare="found record;",
            body=(
                f"{forget} if tg_op <> 'DELETE' then for found in select r.* from (select {query})"  # noqa: S608 - as above
                " r(company_id, kind, target, what, key) loop"
                f" {target} values (new.company_id, found.kind, found.target, found.what, found.key)"
                " on conflict do nothing; end loop; end if; return null;"
            ).strip(),
        ),
    )


@dataclass(frozen=True, slots=True)
class SearchKeys:
    """By what the rows of a table are found: `columns` as (what people call it → column); of `words`, a column,
    every word counts too. `kind` is the name of what is found."""

    table: str
    kind: str
    columns: Mapping[str, str]
    words: Mapping[str, str] = field(default_factory=dict)

    def trigger(self, *, name: str, changes: bool = True) -> Trigger:
        """The trigger that keeps the keys; without `changes` the table is append-only."""
        columns = ", ".join(dict.fromkeys([*self.columns.values(), *self.words.values()]))
        forget = (
            "if tg_op <> 'INSERT' then"  # noqa: S608 - names of our own tables
            f" delete from search_keys where company_id = old.company_id and kind = '{self.kind}'"
            " and target = old.id::text; end if;"
        )
        keep = f"if tg_op <> 'DELETE' then {self._insert('new')}; end if;"
        return Trigger(
            name=name,
            event=f"after insert or update of {columns} or delete" if changes else "after insert",
            body=f"{forget if changes else ''} {keep if changes else self._insert('new') + ';'} return null;".strip(),
            on_shards=_one_by_one(
                f"after insert or update of {columns} or delete" if changes else "after insert",
                forget if changes else "",
                self._insert("new"),
            ),
        )

    def fill(self) -> str:
        """The statement that adds the keys of every row that is there, of the company of the context."""
        return self._insert("t", f"{self.table} t cross join lateral ")

    def _insert(self, row: str, source: str = "") -> str:
        values = ", ".join(f"('{what}', {folded(f'{row}.{each}')})" for what, each in self.columns.items())
        parts = "".join(
            f" union select '{what}', {folded('word')}"  # noqa: S608 - names of our own tables
            f" from regexp_split_to_table({row}.{each}, '[[:space:],./-]+') word"
            for what, each in self.words.items()
        )
        return (
            "insert into search_keys (company_id, kind, target, what, key)"  # noqa: S608 - names of our own tables
            f" select {row}.company_id, '{self.kind}', {row}.id::text, keys.what, keys.key"
            f" from {source}(select * from (values {values}) v(what, key){parts}) keys"
            " where keys.key <> '' on conflict do nothing"
        )


PART: Final = "part of "
"""Before the kind of keys that are not beginnings: `part of driver`."""
SHORTEST_PART: Final = 3
_LONGEST_PART: Final = 60


@dataclass(frozen=True, slots=True)
class SearchParts:
    """By which parts the rows of a table are found: every ending of a key, so that a part is a beginning again.

    `columns`, and the words of `words`, are found from their beginning by their `SearchKeys`; of `digits`, the digits
    of a telephone, and of `whole`, an address, every ending counts, the whole one too.
    """

    table: str
    kind: str
    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    digits: Mapping[str, str] = field(default_factory=dict)
    whole: Mapping[str, str] = field(default_factory=dict)

    def trigger(self, *, name: str) -> Trigger:
        """The trigger that keeps the parts."""
        every = [*self.columns.values(), *self.words.values(), *self.digits.values(), *self.whole.values()]
        return Trigger(
            name=name,
            event=f"after insert or update of {', '.join(dict.fromkeys(every))} or delete",
            body=(
                "if tg_op <> 'INSERT' then"  # noqa: S608 - names of our own tables
                f" delete from search_keys where company_id = old.company_id and kind = '{PART}{self.kind}'"
                " and target = old.id::text; end if;"
                f" if tg_op <> 'DELETE' then {self.insert('new')}; end if; return null;"
            ),
            on_shards=_one_by_one(
                f"after insert or update of {', '.join(dict.fromkeys(every))} or delete",
                "if tg_op <> 'INSERT' then"  # noqa: S608 - names of our own tables
                f" delete from search_keys where company_id = old.company_id and kind = '{PART}{self.kind}'"
                " and target = old.id::text; end if;",
                self.insert("new"),
            ),
        )

    def insert(self, row: str, source: str = "") -> str:
        """The statement that adds the parts of a row, or of each of a source that ends with a lateral join."""
        first = [
            *(f"select '{what}', {folded(f'{row}.{each}')}, 2" for what, each in self.columns.items()),
            *(
                f"select '{what}', {folded('word')}, 2"  # noqa: S608 - as above
                f" from regexp_split_to_table({row}.{each}, '[[:space:],./-]+') word"
                for what, each in self.words.items()
            ),
            *(
                f"select '{what}', regexp_replace({row}.{each}, '[^0-9]', '', 'g'), 1"
                for what, each in self.digits.items()
            ),
            *(f"select '{what}', {folded(f'{row}.{each}')}, 1" for what, each in self.whole.items()),
        ]
        return (
            "insert into search_keys (company_id, kind, target, what, key)"  # noqa: S608 - as above
            f" select {row}.company_id, '{PART}{self.kind}', {row}.id::text, p.what,"
            f" substr(p.key, place, {_LONGEST_PART})"
            f" from {source}({' union all '.join(first)}) p(what, key, first)"
            f" cross join lateral generate_series(p.first, least(length(p.key) - {SHORTEST_PART - 1}, {_LONGEST_PART}))"
            " place where p.key <> '' on conflict do nothing"
        )


CUSTOMER: Final = SearchKeys(
    "customers", "customer", {"name": "name", "external reference": "external_reference"}, {"name": "name"}
)
DRIVER: Final = SearchKeys("drivers", "driver", {"driver": "driver_id", "TLC license": "tlc_license"})
VEHICLE: Final = SearchKeys("vehicles", "vehicle", {"plate": "plate_no", "VIN": "vin"})
MEDALLION: Final = SearchKeys("medallions", "medallion", {"medallion": "medallion_no"})
LEASE: Final = SearchKeys("leases", "lease", {"lease": "lease_id"})

CUSTOMER_PARTS: Final = SearchParts(
    "customers",
    "customer",
    {"external reference": "external_reference"},
    {"name": "name"},
    {"phone": "phone"},
    {"e-mail": "email"},
)
DRIVER_PARTS: Final = SearchParts("drivers", "driver", dict(DRIVER.columns))
VEHICLE_PARTS: Final = SearchParts("vehicles", "vehicle", dict(VEHICLE.columns))
MEDALLION_PARTS: Final = SearchParts("medallions", "medallion", dict(MEDALLION.columns))
LEASE_PARTS: Final = SearchParts("leases", "lease", dict(LEASE.columns))
