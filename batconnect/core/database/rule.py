"""What the database enforces, declared beside the models and written by makemigrations.

Each rule is a Django constraint whose SQL runs when its migration ends, so that every table it
names exists by then. None of them validates in Python: the services explain, the database refuses.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class RuleSQL(str):
    """What makes or drops a rule of a table, for the schema editor, which asks which rule that is."""

    __slots__ = ("makes", "rule", "table")
    makes: bool
    rule: DatabaseRule
    table: str

    def __new__(cls, text: str, rule: DatabaseRule, table: str, *, makes: bool) -> RuleSQL:
        made = super().__new__(cls, text)
        made.rule, made.table, made.makes = rule, table, makes
        return made


class DatabaseRule(models.BaseConstraint):
    """A rule that lives in the database alone: subclasses give the SQL that makes and drops it."""

    on_shards_differs = False
    """Whether shards have it in another form, which `manage.py distribute` makes."""

    def table_of(self, model: type[models.Model]) -> str:
        """The table that the rule is about."""
        return str(model._meta.db_table)

    def named_on(self, table: str) -> str:
        """The name by which `manage.py distribute` knows that it has made the rule."""
        raise NotImplementedError(self.__class__.__name__)

    def make_sql(self, model: type[models.Model]) -> str:
        raise NotImplementedError(self.__class__.__name__)

    def drop_sql(self, model: type[models.Model]) -> str:
        raise NotImplementedError(self.__class__.__name__)

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        self.constraint_sql(model, schema_editor)
        return ""

    def constraint_sql(  # type: ignore[override]  # the stubs forbid None, which Django filters out
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> None:
        schema_editor.deferred_sql.append(
            RuleSQL(self.make_sql(model), self, self.table_of(model), makes=True)
        )

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        return RuleSQL(self.drop_sql(model), self, self.table_of(model), makes=False)

    def validate(self, *args: object, **kwargs: object) -> None:
        """The database decides."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, self.__class__) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.__class__, self.name))
