"""What things are found by: their numbers and names in one written form, kept by triggers in one table.

Row-level security lets an index serve only comparisons that cannot leak: equality and the byte order of text, but
neither LIKE nor `upper(…)`. So the folded form is a column, and the search compares it as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from batconnect.core.database.constraints import Trigger

_ACCENTED: Final = "áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ"
_PLAIN: Final = "aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC"
_DROPPED: Final = " -_./\\,;:#()&''\t"
"""Between digits and letters; the quote is doubled for SQL."""


def folded(expression: str) -> str:
    """The SQL for a text as it is compared: capitals, no accents, no spaces or dashes."""
    return f"upper(translate({expression}, '{_ACCENTED}{_DROPPED}', '{_PLAIN}'))"


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


CUSTOMER: Final = SearchKeys(
    "customers", "customer", {"name": "name", "external reference": "external_reference"}, {"name": "name"}
)
DRIVER: Final = SearchKeys("drivers", "driver", {"driver": "driver_id", "TLC license": "tlc_license"})
VEHICLE: Final = SearchKeys("vehicles", "vehicle", {"plate": "plate_no", "VIN": "vin"})
MEDALLION: Final = SearchKeys("medallions", "medallion", {"medallion": "medallion_no"})
LEASE: Final = SearchKeys("leases", "lease", {"lease": "lease_id"})
