"""What the database enforces by triggers: rules of our own, histories that only grow, columns of the owner's."""

from __future__ import annotations

from typing import Any

from django.db import models

from batconnect.core.database.distribution.shards import OnShards
from batconnect.core.database.rule import DatabaseRule

# In a trigger's body: whoever writes is neither the owner of the table nor a superuser.
_BY_ANOTHER = "not pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'member')"


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
