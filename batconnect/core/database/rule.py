"""What the database enforces, declared beside the models and written by makemigrations.

Each rule is a Django constraint whose SQL runs when its migration ends, so that every table it
names exists by then. None of them validates in Python: the services explain, the database refuses.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class DatabaseRule(models.BaseConstraint):
    """A rule that lives in the database alone: subclasses give the SQL that makes and drops it."""

    def make_sql(self, model: type[models.Model]) -> str:
        raise NotImplementedError(self.__class__.__name__)

    def drop_sql(self, model: type[models.Model]) -> str:
        raise NotImplementedError(self.__class__.__name__)

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        schema_editor.deferred_sql.append(self.make_sql(model))
        return ""

    def constraint_sql(  # type: ignore[override]  # the stubs forbid None, which Django filters out
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> None:
        schema_editor.deferred_sql.append(self.make_sql(model))

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        return self.drop_sql(model)

    def validate(self, *args: object, **kwargs: object) -> None:
        """The database decides."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, self.__class__) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.__class__, self.name))
