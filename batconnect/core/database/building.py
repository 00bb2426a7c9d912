"""Steps of a migration that is not atomic: what one that gave up has left behind, the next run takes up.

`migrate` gives up at its lock timeout, and runs a migration that is not recorded from its first step again. What was
built concurrently is then there, or is there as an index that is not valid.
Rule: docs/contributing.md#migrations.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib.postgres.operations import AddIndexConcurrently, NotInTransactionMixin
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint
from django.db.migrations.state import ProjectState

from batconnect.core.database.constraints import SameCompany

_BUILT: Final = """
select i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid
where c.relname = %s and i.indrelid = %s::regclass
"""
_UNIQUE: Final = "CREATE UNIQUE INDEX "


def _is_built(schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model], name: str) -> bool:
    """Whether the index is there and valid; one that is not valid is dropped."""
    if schema_editor.collect_sql:  # sqlmigrate shows the statements
        return False
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_BUILT, [name, schema_editor.quote_name(model._meta.db_table)])
        row = cursor.fetchone()
        if row is not None and not row[0]:
            cursor.execute(f"drop index concurrently if exists {schema_editor.quote_name(name)}")
    return row is not None and bool(row[0])


class BuildIndex(AddIndexConcurrently):
    """AddIndexConcurrently that may be run again."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        if not _is_built(schema_editor, to_state.apps.get_model(app_label, self.model_name), self.index.name):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class BuildUnique(NotInTransactionMixin, AddConstraint):
    """A unique constraint with a condition, which is a unique index: built concurrently, and may be run again."""

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        model: Any = to_state.apps.get_model(app_label, self.model_name)
        statement = str(self.constraint.create_sql(model, schema_editor))
        if not statement.startswith(_UNIQUE):
            raise ValueError(f"{self.constraint.name} is not an index of its own: it has no condition")
        if not _is_built(schema_editor, model, self.constraint.name):
            schema_editor.execute(statement.replace(_UNIQUE, f"{_UNIQUE}CONCURRENTLY ", 1))


class AddKeyNotValid(AddConstraint):
    """A key between two tables of companies, added to a table with rows; ValidateConstraint follows later."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        assert isinstance(self.constraint, SameCompany)
        model = to_state.apps.get_model(app_label, self.model_name)
        # With the other rules: the key that it points at may be of the same migration.
        schema_editor.deferred_sql.append(f"{self.constraint.make_sql(model)} not valid")
