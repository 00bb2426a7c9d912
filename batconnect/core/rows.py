"""Related rows written in one statement, from model meta (DESIGN 2.6).

`insert_together` puts rows of several tables into one data-modifying CTE; the text depends only on which
models take part, not on how many rows, so the server keeps its plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models


def insert_many(rows: Sequence[models.Model]) -> None:
    """Insert the rows of one model in one statement; does nothing for none."""
    insert_together(rows)


def insert_together(*groups: Sequence[models.Model]) -> None:
    """Insert every group (each of one model) in one statement, checked as a whole at its end.

    Keys between the groups hold because foreign keys and statement triggers are checked when the
    statement ends. Fields keep the values of the instances; a column with a database default is left
    to the database.
    """
    write_together(*groups)


def insert_missing(rows: Sequence[models.Model], *, unique: tuple[str, ...]) -> set[Any]:
    """Insert those rows of one model whose `unique` columns are not taken, in one statement; their primary keys.

    A twin that another transaction has not committed yet is waited for. Give the rows in the order of those
    columns, so that two such calls never wait for one another.
    """
    if not rows:
        return set()
    model = type(rows[0])
    statement, (columns,) = _plan((model,), ())
    statement += f' on conflict ({", ".join(unique)}) do nothing returning "{_key_column(model)}"'
    with connection.cursor() as cursor:
        cursor.execute(statement, [[read(row) for row in rows] for read in columns])
        return {key for (key,) in cursor.fetchall()}


def _key_column(model: type[models.Model]) -> str:
    assert model._meta.pk is not None
    return str(model._meta.pk.column)


@dataclass(frozen=True, slots=True)
class Change:
    """An update that joins a `write_together`: its fixed text with %s parameters, and their values.

    Text that ends in `returning …` hands its rows back when it is the last change.
    """

    text: str
    values: Sequence[Any]


def write_together(*groups: Sequence[models.Model], changes: Sequence[Change] = ()) -> list[tuple[Any, ...]]:
    """Insert groups of rows and carry out updates in one statement; the rows of the last change's `returning`.

    The updates see the tables as they were before the statement, and no two parts may touch the same row:
    a row inserted here cannot be updated here.
    """
    filled = [group for group in groups if group]
    shape = tuple(type(group[0]) for group in filled)
    statement, readers = _plan(shape, tuple(change.text for change in changes))
    values: list[Any] = [
        [read(row) for row in group]
        for group, columns in zip(filled, readers, strict=True)
        for read in columns
    ]
    for change in changes:
        values += change.values
    if not statement:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@lru_cache(maxsize=256)
def _plan(
    shape: tuple[type[models.Model], ...], changes: tuple[str, ...]
) -> tuple[str, tuple[tuple[Callable[[models.Model], Any], ...], ...]]:
    """The statement for this combination of models and changes, and per model the readers of its columns."""
    assert len(set(shape)) == len(shape), "give the rows of one model as one group"
    parts: list[str] = []
    readers: list[tuple[Callable[[models.Model], Any], ...]] = []
    for model in shape:
        names: list[str] = []
        arrays: list[str] = []
        selected: list[str] = []
        model_readers: list[Callable[[models.Model], Any]] = []
        for field in _written_fields(model):
            kind, selects, reader = _array_type(field)
            names.append(f'"{field.column}"')
            arrays.append(f"%s::{kind}[]")
            selected.append(selects.format(column=f'r."{field.column}"'))
            model_readers.append(reader)
        parts.append(
            f'insert into "{model._meta.db_table}" ({", ".join(names)}) '  # noqa: S608 - names from model meta
            f"select {', '.join(selected)} from unnest({', '.join(arrays)}) as r({', '.join(names)})"
        )
        readers.append(tuple(model_readers))
    parts += changes
    if len(parts) < 2:
        return "".join(parts), tuple(readers)
    ctes = ", ".join(f"part{number} as ({part})" for number, part in enumerate(parts[:-1]))
    return f"with {ctes} {parts[-1]}", tuple(readers)


def _written_fields(model: type[models.Model]) -> Iterable[models.Field[Any, Any]]:
    """Every concrete column but those the database fills: identities, generated ones, database defaults."""
    for field in model._meta.concrete_fields:
        if isinstance(field, models.AutoField | models.BigAutoField | models.GeneratedField):
            continue
        if field.has_db_default():
            continue
        yield field


def _array_type(field: models.Field[Any, Any]) -> tuple[str, str, Callable[[models.Model], Any]]:
    """The element type to send, how to select it, and how to read the value from an instance."""
    name = field.attname
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, ArrayField):
        raise TypeError(f"{field}: arrays of arrays cannot be unnested")
    if isinstance(target, models.JSONField):
        return "text", "{column}::jsonb", lambda row: _as_json(getattr(row, name))
    if isinstance(target, models.CharField | models.TextField):
        # Choices are enums: send their text.
        return "text", "{column}", lambda row: _as_text(getattr(row, name))
    kind = (target.rel_db_type(connection) if field is not target else target.db_type(connection)) or "text"
    if isinstance(target, models.DecimalField):
        kind = "numeric"
    return kind, "{column}", lambda row: getattr(row, name)


def _as_json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value, default=str).decode()


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)
