"""What the database enforces, declared beside the models and written by makemigrations.

Each class is a Django constraint whose SQL runs when its migration ends, so that every table it
names exists by then. None of them validates in Python: the services explain, the database refuses.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from batconnect.core.database.distribution.shards import OnShards

CURRENT_COMPANY = "(select nullif(current_setting('app.current_company_id', true), '')::uuid)"
# In a trigger's body: whoever writes is neither the owner of the table nor a superuser.
_BY_ANOTHER = "not pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'member')"
CURRENT_USER = "(select nullif(current_setting('app.current_user_id', true), '')::bigint)"


def _bare(setting: str, kind: str) -> str:
    return f"nullif(current_setting('{setting}', true), '')::{kind}"


class RuleSQL(str):
    """What makes or drops a rule of a table, for who runs it and asks which rule that is."""

    __slots__ = ("makes", "rule", "table")

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


class Trigger(DatabaseRule):
    """A trigger with its PL/pgSQL body. Not pgtrigger's: those can be switched off by the runtime role.

    `event` is everything between the trigger's name and its table (`after insert`); `after_table` what
    follows it (`referencing new table as added for each statement`); `body` the function's statements.
    `truncate` runs the same function also before TRUNCATE, by a trigger of its own.
    `by_index` is for a body that looks rows up: a session plans it once, and a plan made while the tables were
    small would scan them whole for every row ever after.
    `on_shards` is what `manage.py distribute` makes in its place; migrations know nothing of it.
    """

    on_shards_differs = True

    def __init__(
        self,
        *,
        name: str,
        event: str,
        body: str,
        after_table: str = "for each row",
        declare: str = "",
        by_index: bool = False,
        truncate: bool = False,
        on_shards: tuple[OnShards, ...] = (),
    ) -> None:
        super().__init__(name=name)
        self.on_shards = on_shards
        self.by_index = by_index
        self.truncate = truncate
        self.event = event
        self.body = body
        self.after_table = after_table
        self.declare = declare

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"event": self.event, "body": self.body, "after_table": self.after_table}
        if self.declare:
            kwargs["declare"] = self.declare
        if self.by_index:
            kwargs["by_index"] = True
        if self.truncate:
            kwargs["truncate"] = True
        return path, args, kwargs

    def clone(self) -> Trigger:
        """Django's models hold a copy, which has what migrations need not know."""
        copy: Trigger = super().clone()
        copy.on_shards = self.on_shards
        return copy

    def named_on(self, table: str) -> str:
        return f"trigger {self.name} of {table}"

    def make_sql(self, model: type[models.Model]) -> str:
        return "; ".join(self.statements(self.table_of(model)))

    def statements(self, table: str) -> list[str]:
        """What makes it, one statement each."""
        declare = f"declare {self.declare} " if self.declare else ""
        plans = "set enable_seqscan to off " if self.by_index else ""
        made = [
            f'create function "{self.name}"() returns trigger language plpgsql {plans}as $body$ '
            f"{declare}begin {self.body} end $body$",
            f'create trigger "{self.name}" {self.event} on "{table}" '
            f'{self.after_table} execute function "{self.name}"()',
        ]
        if self.truncate:
            made.append(
                f'create trigger "{self.name}_truncate" before truncate on "{table}" '
                f'for each statement execute function "{self.name}"()'
            )
        return made

    def drop_sql(self, model: type[models.Model]) -> str:
        return (
            f'drop trigger if exists "{self.name}_truncate" on "{self.table_of(model)}"; '
            f'drop trigger if exists "{self.name}" on "{self.table_of(model)}"; '
            f'drop function if exists "{self.name}"()'
        )


class AppendOnly(Trigger):
    """Rows are added and never changed: update, delete and truncate are refused to every role.

    `setup_roles` also leaves the runtime role without those rights on such a table.
    """

    def __init__(self, *, name: str) -> None:
        super().__init__(
            name=name,
            event="before update or delete",
            after_table="for each statement",
            body="raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';",
            truncate=True,
        )

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, _args, _kwargs = models.BaseConstraint.deconstruct(self)
        return path, (), {"name": self.name}


class WrittenByTriggers(Trigger):
    """Rows are added by triggers alone: an insert of the runtime role's own is refused.

    The role must hold the right to insert, because a trigger acts with the rights of whoever fired it; and it can make
    no trigger of its own. The owner of the table adds rows freely.
    """

    def __init__(self, *, name: str) -> None:
        super().__init__(
            name=name,
            event="before insert",
            after_table="for each row when (pg_trigger_depth() = 0)",
            body=(
                f"if {_BY_ANOTHER} then "
                "raise exception '% is written by triggers alone', tg_table_name "
                "using errcode = 'insufficient_privilege'; end if; return new;"
            ),
        )

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, _args, _kwargs = models.BaseConstraint.deconstruct(self)
        return path, (), {"name": self.name}


class OwnersColumns(Trigger):
    """Columns that only the owner of the table changes, where rows are written whole and so name every column.

    Django's `save()` is such a writer. `table` is another app's table, for models that are not ours; `never` is a
    condition on `new` that no row added by another role may fulfill.
    """

    def __init__(self, *, name: str, columns: tuple[str, ...], table: str = "", never: str = "") -> None:
        self.columns, self.table, self.never = tuple(columns), table, never
        changed = " or ".join(f"old.{column} is distinct from new.{column}" for column in self.columns)
        body = (
            f"if {_BY_ANOTHER} then if tg_op = 'UPDATE' then if {changed} then "
            f"raise exception 'only the owner of % changes {', '.join(self.columns)}', tg_table_name "
            "using errcode = 'insufficient_privilege'; end if; end if; "
        )
        if never:
            body += (
                f"if tg_op = 'INSERT' and {never} then "
                "raise exception 'only the owner of % writes such a row', tg_table_name "
                "using errcode = 'insufficient_privilege'; end if; "
            )
        super().__init__(name=name, event="before insert or update", body=f"{body}end if; return new;")

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, _args, _kwargs = models.BaseConstraint.deconstruct(self)
        kwargs: dict[str, Any] = {"name": self.name, "columns": self.columns}
        if self.table:
            kwargs["table"] = self.table
        if self.never:
            kwargs["never"] = self.never
        return path, (), kwargs

    def table_of(self, model: type[models.Model]) -> str:
        return self.table or super().table_of(model)


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


def tenant_constraints(prefix: str, *keys: str) -> list[models.BaseConstraint]:
    """The constraints every table with a company carries; a child's own `Meta.constraints` adds to them.

    `prefix` begins each name; `keys` are the fields declared with `tenant_key`.
    """
    rules: list[models.BaseConstraint] = [
        TenantPrimaryKey(name=f"{prefix}_primary_key"),
        CompanyIsolation(name=f"{prefix}_company"),
    ]
    return rules + [SameCompany(field=key, name=f"{prefix}_{key}_key") for key in keys]
