"""What the database enforces, as models declare it: policies and keys, which are here, and what `triggers` holds."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from batconnect.core.database.rule import DatabaseRule as DatabaseRule

# Models and migrations name them here.
from batconnect.core.database.triggers import AppendOnly as AppendOnly
from batconnect.core.database.triggers import OwnersColumns as OwnersColumns
from batconnect.core.database.triggers import Trigger as Trigger
from batconnect.core.database.triggers import WrittenByTriggers as WrittenByTriggers

CURRENT_COMPANY = "(select nullif(current_setting('app.current_company_id', true), '')::uuid)"
CURRENT_USER = "(select nullif(current_setting('app.current_user_id', true), '')::bigint)"


def _bare(setting: str, kind: str) -> str:
    return f"nullif(current_setting('{setting}', true), '')::{kind}"


class CompanyIsolation(DatabaseRule):
    """Row-level security: rows of the current company, and without a company none.

    Rule: docs/architecture.md#tenancy.

    `or_own_user` adds the rows of the signed-in user: memberships are read before there is a company; `or_own_username`
    those that name the signed-in user, where the name is not looked up: invitations. `or_named_by` adds the one row
    whose UUID a setting names: an entry point that is addressed by its own id, before there is a company.
    """

    on_shards_differs = True

    def __init__(
        self,
        *,
        name: str,
        or_own_user: bool = False,
        or_own_username: bool = False,
        or_named_by: str = "",
    ) -> None:
        super().__init__(name=name)
        self.or_own_user = or_own_user
        self.or_own_username = or_own_username
        self.or_named_by = or_named_by

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        if self.or_own_user:
            kwargs["or_own_user"] = True
        if self.or_own_username:
            kwargs["or_own_username"] = True
        if self.or_named_by:
            kwargs["or_named_by"] = self.or_named_by
        return path, args, kwargs

    def make_sql(self, model: type[models.Model]) -> str:
        table = model._meta.db_table
        visible = f"company_id = {CURRENT_COMPANY}"
        read = f"{visible} or user_id = {CURRENT_USER}" if self.or_own_user else visible
        if self.or_own_username:
            own_name = f"(select username from users where id = {CURRENT_USER})"  # noqa: S608 - fixed text
            read = f"{visible} or username = {own_name}"
        if self.or_named_by:
            read = f"{visible} or id = (select nullif(current_setting('{self.or_named_by}', true), '')::uuid)"
        return (
            f'alter table "{table}" enable row level security; '
            f'alter table "{table}" force row level security; '
            f'create policy "{self.name}" on "{table}" using ({read}) with check ({visible});'
        )

    def named_on(self, table: str) -> str:
        return f"policy {self.name}"

    def on_shards(self) -> tuple[str, str]:
        """What may be read, and what may be written, of shards: their policies have no sub-select."""
        visible = f"company_id = {_bare('app.current_company_id', 'uuid')}"
        read = visible
        if self.or_own_user:
            read += f" or user_id = {_bare('app.current_user_id', 'bigint')}"
        if self.or_own_username:
            read += f" or username = {_bare('app.current_username', 'text')}"
        if self.or_named_by:
            read += f" or id = {_bare(self.or_named_by, 'uuid')}"
        return read, visible

    def drop_sql(self, model: type[models.Model]) -> str:
        return f'drop policy if exists "{self.name}" on "{model._meta.db_table}"'


class TenantPrimaryKey(DatabaseRule):
    """The primary key of a table of companies, company first: (company_id, id), where Django's own is (id).

    So a key between two such tables has an index to point at, rows of a company lie together in it, and the table can
    be distributed by company. Django goes on taking `id` for the key, which is unique in the whole installation.
    """

    def __init__(self, *, name: str, columns: tuple[str, ...] = ("company_id", "id")) -> None:
        super().__init__(name=name)
        self.columns = tuple(columns)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "columns": self.columns}

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        self._first(model, schema_editor)
        return ""

    def constraint_sql(  # type: ignore[override]  # as above
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> None:
        self._first(model, schema_editor)

    def _first(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> None:
        """Before the keys of the same migration that point at it."""
        schema_editor.deferred_sql.insert(0, self.make_sql(model))

    def make_sql(self, model: type[models.Model]) -> str:
        return self._replaced(model, self.columns)

    def drop_sql(self, model: type[models.Model]) -> str:
        assert model._meta.pk is not None
        return self._replaced(model, (str(model._meta.pk.column),))

    def _replaced(self, model: type[models.Model], columns: tuple[str, ...]) -> str:
        table = model._meta.db_table
        return (
            f'alter table "{table}" drop constraint "{table}_pkey", '
            f'add constraint "{table}_pkey" primary key ({", ".join(columns)})'
        )


class SameCompany(DatabaseRule):
    """A foreign key that cannot leave its company: (company_id, x_id) → (company_id, id).

    Plain foreign key checks ignore row-level security, so the key itself carries the company.
    The field is declared with `tenant_key`; the target has the TenantPrimaryKey of `tenant_constraints`. `carries` is a
    column of both tables that the key compares as well, which the target holds unique with its key.
    """

    def __init__(self, *, field: str, name: str, carries: str = "") -> None:
        super().__init__(name=name)
        self.field = field
        self.carries = carries

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs["field"] = self.field
        if self.carries:
            kwargs["carries"] = self.carries
        return path, args, kwargs

    def make_sql(self, model: type[models.Model]) -> str:
        column = model._meta.get_field(self.field).column  # type: ignore[union-attr]  # a concrete key
        target = model._meta.get_field(self.field).related_model._meta.db_table  # type: ignore[union-attr]
        carried = f', "{self.carries}"' if self.carries else ""
        return (
            f'alter table "{model._meta.db_table}" add constraint "{self.name}" '
            f'foreign key (company_id, "{column}"{carried}) references "{target}" (company_id, id{carried})'
        )

    def drop_sql(self, model: type[models.Model]) -> str:
        return f'alter table "{model._meta.db_table}" drop constraint if exists "{self.name}"'


class ReferencedFrom(DatabaseRule):
    """The same key seen from its target: a lower app's column that points at this app's table.

    The ledger stores which payment a posting belongs to, and may not import the app of payments;
    that app declares the key here.
    """

    def __init__(self, *, table: str, column: str, name: str) -> None:
        super().__init__(name=name)
        self.table = table
        self.column = column

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"table": self.table, "column": self.column}
        return path, args, kwargs

    def make_sql(self, model: type[models.Model]) -> str:
        return (
            f'alter table "{self.table}" add constraint "{self.name}" '
            f'foreign key (company_id, "{self.column}") references "{model._meta.db_table}" (company_id, id)'
        )

    def drop_sql(self, model: type[models.Model]) -> str:
        return f'alter table "{self.table}" drop constraint if exists "{self.name}"'


class Uncompressed(DatabaseRule):
    """A column whose values are kept as they come: what is compressed already, or read back at once."""

    def __init__(self, *, column: str, name: str) -> None:
        super().__init__(name=name)
        self.column = column

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "column": self.column}

    def make_sql(self, model: type[models.Model]) -> str:
        return f'alter table "{model._meta.db_table}" alter column "{self.column}" set storage external'

    def drop_sql(self, model: type[models.Model]) -> str:
        return f'alter table "{model._meta.db_table}" alter column "{self.column}" set storage extended'


class FullPages(DatabaseRule):
    """Indexes whose pages are filled: of rows that are only added, in the order of the index within a company.

    PostgreSQL leaves a tenth of a page free for entries that come between; of these there are next to none. What was
    written before stays as it is until `reindex`.
    """

    def __init__(self, *, name: str, indexes: tuple[str, ...]) -> None:
        super().__init__(name=name)
        self.indexes = tuple(indexes)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "indexes": self.indexes}

    def make_sql(self, model: type[models.Model]) -> str:
        return "; ".join(f'alter index "{each}" set (fillfactor = 100)' for each in self.indexes)

    def drop_sql(self, model: type[models.Model]) -> str:
        return "; ".join(f'alter index if exists "{each}" reset (fillfactor)' for each in self.indexes)


def tenant_constraints(prefix: str, *keys: str) -> list[models.BaseConstraint]:
    """The constraints every table with a company carries; a child's own `Meta.constraints` adds to them.

    `prefix` begins each name; `keys` are the fields declared with `tenant_key`.
    """
    rules: list[models.BaseConstraint] = [
        TenantPrimaryKey(name=f"{prefix}_primary_key"),
        CompanyIsolation(name=f"{prefix}_company"),
    ]
    return rules + [SameCompany(field=key, name=f"{prefix}_{key}_key") for key in keys]
