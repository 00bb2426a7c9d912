"""What the runtime role may do with each table: declared beside the models, granted by `setup_roles`.

Every app declares its tables in a module `grants.py`. The rule is that the role may do what a service does and nothing
else: it inserts, it changes the columns that some service changes, and it deletes where rows are there to be deleted.
A table that nobody declared stops `setup_roles`; a column that nobody declared is written once and never changed.
`manage.py generate_docs` writes them all to docs/database-rights.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.module_loading import autodiscover_modules

from batconnect.core.database.triggers import AppendOnly, WrittenByTriggers


@dataclass(frozen=True, slots=True)
class TableRights:
    """What the runtime role may do with one table beyond reading it. Columns are given by name.

    `defaulted` are columns that the database fills and no insert may name; `update` those that may be changed; `fixed`
    the others. `readable` is off for what only a migration leaves behind.
    """

    table: str
    why: str
    insert: bool
    defaulted: tuple[str, ...]
    update: tuple[str, ...]
    fixed: tuple[str, ...]
    delete: bool
    readable: bool = True

    def grants(self) -> list[str]:
        """The rights as GRANT names them; column lists where the right is not for the whole table."""
        if not self.readable:
            return []
        rights = ["select"]
        if self.insert:
            columns = sorted({*self.update, *self.fixed} - set(self.defaulted))
            rights.append(f"insert ({_quoted(columns)})" if self.defaulted else "insert")
        if self.update:
            rights.append(f"update ({_quoted(self.update)})")
        if self.delete:
            rights.append("delete")
        return rights


_declared: dict[str, TableRights] = {}

# No model has it: Django's list of what has been migrated.
_MIGRATIONS = TableRights(
    table="django_migrations",
    why="What has been migrated; `/health/ready/` reads it.",
    insert=False,
    defaulted=(),
    update=(),
    fixed=("id", "app", "name", "applied"),
    delete=False,
)


def declare(
    model: type[models.Model],
    *,
    why: str,
    insert: bool = True,
    defaulted: str = "",
    update: str = "",
    delete: bool = False,
) -> None:
    """Declare, in an app's `grants.py`, what the runtime role may do with a model's table beside reading it.

    `update` and `defaulted` name columns, separated by spaces; `update="*"` is every column but the key, for rows
    that a library writes whole (let `OwnersColumns` guard what must not change). `why` is a sentence for the reader
    of docs/database-rights.md. Raises ImproperlyConfigured for a column that the table does not have, and for a second
    declaration.
    """
    table, columns = model._meta.db_table, _columns(model)
    assert model._meta.pk is not None
    changed = (
        tuple(c for c in columns if c != model._meta.pk.column) if update == "*" else tuple(update.split())
    )
    unknown = {*changed, *defaulted.split()} - set(columns)
    if unknown:
        raise ImproperlyConfigured(f"{table} has no column {', '.join(sorted(unknown))}: correct grants.py.")
    if table in _declared:
        raise ImproperlyConfigured(f"The rights on {table} are declared twice.")
    _declared[table] = TableRights(
        table=table,
        why=why,
        insert=insert,
        defaulted=tuple(defaulted.split()),
        update=changed,
        fixed=tuple(column for column in columns if column not in changed),
        delete=delete,
    )


def declare_read_only(*tables: type[models.Model], why: str) -> None:
    """Declare tables that the runtime role reads and never writes."""
    for model in tables:
        declare(model, why=why, insert=False)


@cache
def table_rights() -> dict[str, TableRights]:
    """The rights on every table of the project, by table. Raises ImproperlyConfigured naming what is not declared.

    Append-only tables need no declaration, unless a column of theirs is left to the database.
    """
    autodiscover_modules("grants")
    missing = []
    for model in tables_of_models():
        table = model._meta.db_table
        if table not in _declared and _has(model, AppendOnly):
            why = (
                "The history of another table: its trigger adds rows, with the rights of whoever changed that one."
                if _has(model, WrittenByTriggers)
                else "Append-only."
            )
            declare(model, why=why)
        if table not in _declared:
            missing.append(model)
    if missing:
        raise ImproperlyConfigured("\n".join(_what_to_write(model) for model in missing))
    return {table: _declared[table] for table in sorted(_declared)} | {_MIGRATIONS.table: _MIGRATIONS}


def tables_of_models() -> list[type[models.Model]]:
    """Every model that has a table of its own, those of libraries and of many-to-many relations too."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]


def rights_page() -> str:
    """docs/database-rights.md: per table what the runtime role may do, and why."""
    lines = [
        "# What the app's database role may do",
        "",
        "Written by `manage.py generate_docs` from the `grants.py` of each app, and held against the catalog of the "
        "migrated database by `tests/tenancy/test_database_rights.py`. The role reads every table (of tenant tables "
        "the rows of its company), owns nothing, truncates nothing, and has no right that is not listed. Why columns: "
        "[ADR 24](adr/0024-column-grants.md).",
        "",
        "| table | inserts | changes | never changes | deletes | why |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for rights in sorted(table_rights().values(), key=lambda rights: rights.table):
        inserts = "yes" if rights.insert else "no"
        if rights.insert and rights.defaulted:
            inserts = f"all but {_code(rights.defaulted)}"
        lines.append(
            f"| `{rights.table}` | {inserts} | {_code(rights.update) or 'nothing'} | {_code(rights.fixed)} "
            f"| {'yes' if rights.delete else 'no'} | {rights.why.replace('|', chr(92) + '|')} |"
        )
    return "\n".join(lines) + "\n"


def _columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.column for field in model._meta.local_concrete_fields if field.column is not None)


def _has(model: type[models.Model], rule: type[models.BaseConstraint]) -> bool:
    return any(isinstance(each, rule) for each in model._meta.constraints)


def _what_to_write(model: type[models.Model]) -> str:
    package = model.__module__.partition(".models")[0].replace(".", "/")
    return (
        f"Nobody declared what the runtime role may do with the table {model._meta.db_table}. "
        f"Write in {package}/grants.py, or the grants.py of the app that brings it in:\n"
        f'    declare({model.__name__}, update="the columns that a service changes", delete=False, why="…")'
    )


def _code(columns: Iterable[str]) -> str:
    return " ".join(f"`{column}`" for column in columns)


def _quoted(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
