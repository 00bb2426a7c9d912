"""What `migrate` does with a database that is distributed already (docs/scale-distributed.md#migrations).

A table that a migration makes lies on the coordinator until `manage.py distribute` gives it its place. A key between it
and distributed tables cannot be yet, so it is written down where `distribute` puts keys back. Policies and triggers of
tables that lie on shards are left to `distribute` as well: they are not what the migration says of one server.
"""

from __future__ import annotations

import re
from typing import Any, Final

from django.db.backends.postgresql.schema import DatabaseSchemaEditor

_KEY: Final = re.compile(
    r'\s*alter table "?(\w+)"? add constraint "?\w+"? foreign key .*? references "?(\w+)"?',
    re.IGNORECASE | re.DOTALL,
)
_OF_KEY: Final = re.compile(
    r'\s*alter table "?\w+"? (drop|validate) constraint (?:if exists )?"?(\w+)"?', re.IGNORECASE
)
_FORGET: Final = "delete from distribution.made where rule = %s"
_KEEP: Final = "insert into distribution.taken_off (statement) values (%s)"
_WAITING: Final = "select place from distribution.taken_off where statement ~* %s"
_DROP_WAITING: Final = "delete from distribution.taken_off where place = any(%s)"
# It is put back over rows that are looked at then.
_VALIDATE_WAITING: Final = r"""
update distribution.taken_off set statement = regexp_replace(statement, '\s+not\s+valid\s*$', '', 'i')
where place = any(%s)
"""


class SchemaEditor(DatabaseSchemaEditor):
    """Django's, where some tables lie on shards; where none does, exactly Django's."""

    def __enter__(self) -> SchemaEditor:
        from batconnect.core.database.distribution.plan import where_tables_lie

        super().__enter__()
        self._lying = {} if self.collect_sql else where_tables_lie()
        if self._lying:
            # A column with its key in one statement is refused; the key comes by one of its own.
            self.sql_create_column_inline_fk = None  # type: ignore[assignment]  # Django's word for that
            if self.atomic_migration:
                super().execute("set local citus.multi_shard_modify_mode to 'sequential'", None)
        return self

    def execute(self, sql: Any, params: Any = ()) -> None:
        if not self._lying:
            super().execute(sql, params)
            return
        rule = getattr(sql, "rule", None)
        if rule is not None and rule.on_shards_differs and self._lies_away(sql.table):
            self._ask(_FORGET, [rule.named_on(sql.table)])
            if sql.makes:
                return
        text = str(sql)
        if self._is_kept(text) or self._is_of_waiting(text):
            return
        if rule is not None and not sql.makes:
            # Of several statements at once, nodes would be sent all with each.
            for statement in text.split("; "):
                super().execute(statement, None)
            return
        super().execute(sql, params)

    def _lies_away(self, table: str) -> bool:
        from batconnect.core.database.distribution.plan import Place

        return self._lying.get(table, Place.COORDINATOR) is not Place.COORDINATOR

    def _is_kept(self, text: str) -> bool:
        """Whether it makes a key that has to wait, which is then written down."""
        key = _KEY.match(text)
        if key is None or not must_wait(key[1], key[2], self._lying):
            return False
        self._ask(_KEEP, [text])
        return True

    def _is_of_waiting(self, text: str) -> bool:
        """Whether it drops or validates a key that waits: it then does so where that is written down."""
        found = _OF_KEY.match(text)
        if found is None:
            return False
        waiting = [row[0] for row in self._ask(_WAITING, [rf'add constraint "?{found[2]}"?\s'])]
        if waiting:
            self._ask(_DROP_WAITING if found[1].lower() == "drop" else _VALIDATE_WAITING, [waiting])
        return bool(waiting)

    def _ask(self, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


def must_wait(table: str, target: str, lying: dict[str, Any]) -> bool:
    """Whether a key between the two has to wait until both lie where they belong."""
    from batconnect.core.database.distribution.plan import Place, planned_tables

    belongs = {planned.name: planned.place for planned in planned_tables()}
    places = [
        (lying.get(each, Place.COORDINATOR), belongs.get(each, Place.COORDINATOR)) for each in (table, target)
    ]
    if any(now is not then for now, then in places):
        return True
    # A table that a later migration of the same run drops or renames.
    return places[0][0] is Place.COORDINATOR and places[1][0] is Place.BY_COMPANY
