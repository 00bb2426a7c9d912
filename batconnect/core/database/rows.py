"""Related rows written in one statement, from model meta (docs/adr/0005-one-statement-per-posting.md).

`insert_batch` puts rows of several tables into one data-modifying CTE; the text depends only on which
models take part, not on how many rows, so the server keeps its plan. `insert_select` is for rows that the database
finds by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

import orjson
from django.conf import settings
from django.db import connection, models
from django.db.models.expressions import RawSQL

from batconnect.core.database.distribution import writing
from batconnect.core.database.encryption import EncryptedTextField
from batconnect.core.kernel.ids import uuid7

_AND_CLOCK: Final = ", statement_timestamp()"
_CLOCK: Final = "select statement_timestamp()"
# A UUIDv7 without its last 48 bits, the last group of its text.
_HEAD_DIGITS: Final = 24
# Of those 48 the first four name the part and begin with a one, so that the number always has twelve digits.
_PART_BITS: Final = 44


def insert_many(rows: Sequence[models.Model]) -> None:
    """Insert the rows of one model in one statement; does nothing for none."""
    insert_batch(rows)


def insert_batch(*groups: Group) -> None:
    """Insert every group (each of one model) in one statement, checked as a whole at its end.

    Keys between the groups hold because foreign keys and statement triggers are checked when the
    statement ends. Fields keep the values of the instances; a column with a database default is left
    to the database.
    """
    execute_batch(*groups)


def insert_missing(rows: Sequence[models.Model], *, unique: tuple[str, ...]) -> set[Any]:
    """Insert those rows of one model whose `unique` columns are not taken, in one statement; their primary keys.

    A duplicate that another transaction has not committed yet is waited for. Give the rows in the order of those
    columns, so that two such calls never wait for each other.
    """
    if not rows:
        return set()
    model = type(rows[0])
    if settings.DATABASE_DISTRIBUTED:
        taken = f' on conflict ({", ".join(unique)}) do nothing returning "{_key_column(model)}"'
        return {key for (key,) in _write_apart((rows,), (), taken)}
    statement, (columns,) = _plan((model,), ())
    statement += f' on conflict ({", ".join(unique)}) do nothing returning "{_key_column(model)}"'
    with connection.cursor() as cursor:
        cursor.execute(statement, [columns.as_json(rows)])
        return {key for (key,) in cursor.fetchall()}


def _key_column(model: type[models.Model]) -> str:
    assert model._meta.pk is not None
    return str(model._meta.pk.column)


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows of one model as dicts by column, for tables that are written by the hundred: an instance costs ten times
    as much. A column that a row leaves out is null."""

    model: type[models.Model]
    rows: Sequence[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.rows)


Group = Sequence[models.Model] | RowBatch


def one_of_ids(ids: Sequence[Any]) -> RawSQL:
    """What `__in` looks in, for ids by the thousand: one parameter, where each would be one of its own.

    `rows.filter(id__in=one_of_ids(ids))`
    """
    return RawSQL("select unnest(%s::uuid[])", [list(ids)])


def one_of_texts(texts: Sequence[str]) -> RawSQL:
    """The same for texts."""
    return RawSQL("select unnest(%s::text[])", [list(texts)])


@dataclass(frozen=True, slots=True)
class Change:
    """An update that joins a `execute_batch`: its fixed text with %s parameters, and their values.

    Text that ends in `returning …` hands its rows back when it is the last change.
    """

    text: str
    values: Sequence[Any]


def execute_batch(*groups: Group, changes: Sequence[Change] = ()) -> list[tuple[Any, ...]]:
    """Insert groups of rows and carry out updates in one statement; the rows of the last change's `returning`.

    The updates see the tables as they were before the statement, and no two parts may touch the same row:
    a row inserted here cannot be updated here.
    """
    filled = [group for group in groups if group]
    if settings.DATABASE_DISTRIBUTED:
        return _write_apart(filled, changes)
    shape = tuple(group.model if isinstance(group, RowBatch) else type(group[0]) for group in filled)
    statement, written = _plan(shape, tuple(change.text for change in changes))
    values: list[Any] = [columns.as_json(group) for group, columns in zip(filled, written, strict=True)]
    for change in changes:
        values += change.values
    if not statement:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def _write_apart(
    groups: Sequence[Group], changes: Sequence[Change], ending: str = ""
) -> list[tuple[Any, ...]]:
    """One statement for each part: what a distributed database takes."""
    shape = [group.model if isinstance(group, RowBatch) else type(group[0]) for group in groups]
    answer: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for place in writing.in_order(shape):
            columns, group = _columns(shape[place]), groups[place]
            table, rows = shape[place]._meta.db_table, columns.as_rows(group)
            for text, values in writing.inserts(table, columns.names, columns.types, rows):
                cursor.execute(text + ending, values)
                answer += cursor.fetchall() if cursor.description else []
        for change in changes:
            # Nodes return columns and what is made of them; the clock is asked beside.
            text = change.text.rstrip().removesuffix(_AND_CLOCK)
            cursor.execute(text, change.values)
            answer = cursor.fetchall() if cursor.description else []
            if answer and text != change.text.rstrip():
                cursor.execute(_CLOCK)
                (now,) = cursor.fetchall()
                answer = [row + now for row in answer]
    return answer


def id_head() -> str:
    """The head that the ids of one statement share, so that they sort and stay together: see `numbered_id`."""
    return str(uuid7())[:_HEAD_DIGITS]


def numbered_id(part: int, number: str) -> str:
    """SQL: the id that the parameter `head` and a number make (a bigint from 1, below 2^44), in one of eight parts.

    Ids of one part sort by their numbers; those of two parts are never equal.
    """
    assert 0 <= part < 8
    return f"(%(head)s::text || to_hex({8 + part << _PART_BITS} + {number}))::uuid"


def insert_select(model: type[models.Model], values: Mapping[str, str], source: str) -> str:
    """SQL: insert a row for each one of `source` (what follows FROM), of these expressions by column.

    A column left out is null where it may be, or has the database's or its field's default. Raises AssertionError for
    one that has neither, or that the table does not have.
    """
    fields = {str(field.column): field for field in model._meta.concrete_fields}
    assert values.keys() <= fields.keys(), f"{model._meta.db_table} has no {values.keys() - fields.keys()}"
    expressions = {
        column: values[column] if column in values else _default(field)
        for column, field in fields.items()
        if column in values or not _is_filled(field)
    }
    columns = ", ".join(f'"{column}"' for column in expressions)
    return f'insert into "{model._meta.db_table}" ({columns}) select {", ".join(expressions.values())} from {source}'  # noqa: S608 - names from model meta


def typed_columns(model: type[models.Model], names: Sequence[str]) -> str:
    """SQL: columns of the model with their types, for `json_to_recordset`; `as_document` writes such rows."""
    fields = {str(field.column): field for field in model._meta.concrete_fields}
    return ", ".join(f'"{name}" {_type(fields[name])}' for name in names)


def as_document(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows by column as one JSON parameter: encoding it takes a tenth of the time of so many arrays."""
    return orjson.dumps(rows, default=_as_text, option=orjson.OPT_NON_STR_KEYS).decode()


def _is_filled(field: models.Field[Any, Any]) -> bool:
    """Whether the database fills the column by itself when it is left out."""
    return (
        field.null
        or field.has_db_default()
        or isinstance(field, models.AutoField | models.BigAutoField | models.GeneratedField)
    )


def _default(field: models.Field[Any, Any]) -> str:
    """SQL: the field's default."""
    assert field.has_default() or (field.empty_strings_allowed and field.blank), f"{field} needs a value"
    default = field.get_default()
    if isinstance(default, dict | list):
        return f"'{orjson.dumps(default).decode()}'::jsonb"
    return str(default).lower() if isinstance(default, bool | int) else f"'{default}'"


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a table that are written, with their types, and the attributes that hold them."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    read: Callable[[models.Model], tuple[Any, ...]]
    known: frozenset[str]

    def as_json(self, rows: Group) -> str:
        """The rows as one parameter."""
        names, read = self.names, self.read
        if isinstance(rows, RowBatch):
            # A misspelled column would be ignored by the database, not refused.
            assert all(row.keys() <= self.known for row in rows.rows), (
                "there are columns that the table does not have"
            )
            document = rows.rows
        else:
            document = [dict(zip(names, read(row), strict=True)) for row in rows]
        return as_document(document)

    def as_rows(self, rows: Group) -> list[tuple[Any, ...]]:
        """The rows, each as its values."""
        if isinstance(rows, RowBatch):
            assert all(row.keys() <= self.known for row in rows.rows), (
                "there are columns that the table does not have"
            )
            return [tuple(row.get(name) for name in self.names) for row in rows.rows]
        return [self.read(row) for row in rows]

    def insert(self, table: str) -> str:
        """The text that inserts such a document."""
        names = ", ".join(f'"{name}"' for name in self.names)
        typed = ", ".join(f'"{name}" {kind}' for name, kind in zip(self.names, self.types, strict=True))
        return (
            f'insert into "{table}" ({names}) '  # noqa: S608 - names from model meta
            f"select {names} from json_to_recordset(%s::json) as r({typed})"
        )


@lru_cache(maxsize=256)
def _plan(
    shape: tuple[type[models.Model], ...], changes: tuple[str, ...]
) -> tuple[str, tuple[_Columns, ...]]:
    """The statement for this combination of models and changes, and per model its columns."""
    assert len(set(shape)) == len(shape), "give the rows of one model as one group"
    written = tuple(_columns(model) for model in shape)
    parts = [columns.insert(model._meta.db_table) for model, columns in zip(shape, written, strict=True)]
    parts += changes
    if len(parts) < 2:
        return "".join(parts), written
    ctes = ", ".join(f"part{number} as ({part})" for number, part in enumerate(parts[:-1]))
    return f"with {ctes} {parts[-1]}", written


def _columns(model: type[models.Model]) -> _Columns:
    """Every concrete column but those the database fills: identities, generated ones, database defaults."""
    fields = [
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField | models.BigAutoField | models.GeneratedField)
        and not field.has_db_default()
    ]
    return _Columns(
        names=tuple(str(field.column) for field in fields),
        types=tuple(_type(field) for field in fields),
        read=attrgetter(*(field.attname for field in fields)),
        known=frozenset(str(field.column) for field in fields),
    )


def _type(field: models.Field[Any, Any]) -> str:
    if isinstance(field, EncryptedTextField):
        raise TypeError(f"{field} is encrypted: write it by save() or bulk_create(), which encrypt it.")
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    # Without its length, or an over-long text would be cut off silently by the cast; the column refuses it.
    if isinstance(target, models.CharField | models.TextField):
        return "text"
    if isinstance(target, models.DecimalField):
        return "numeric"
    kind = target.rel_db_type(connection) if field is not target else target.db_type(connection)
    assert kind is not None
    return str(kind)


def _as_text(value: Any) -> str:
    """What JSON has no form for, as PostgreSQL reads it: amounts to the cent, bytes, spans of time."""
    if isinstance(value, bytes | memoryview):
        return f"\\x{bytes(value).hex()}"
    if isinstance(value, timedelta):
        return f"{value / timedelta(microseconds=1):.0f} microseconds"
    return str(value)
