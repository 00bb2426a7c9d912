"""Write every encrypted value anew under the first of ENCRYPTION_KEYS, so that the older keys can be removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, models, transaction

from batconnect.core.database.encryption import (
    EncryptedTextField,
    UnreadableSecret,
    decrypt,
    encrypted_fields,
    is_under_first_key,
    rotated,
)
from batconnect.core.database.tenancy import company_context, company_ids

JOB: Final = "rotate_encryption_keys"
_AT_ONCE: Final = 500
_READ: Final = (
    "select {key}, {column} from {table} where {column} is not null and {beyond} "  # noqa: S608 - names from model meta
    f"order by {{key}} limit {_AT_ONCE} for update"
)
_WRITE: Final = "update {table} set {column} = %s where {key} = %s"


@dataclass(slots=True)
class Rotation:
    """What the rotation met in one column: values in all, those rewritten (or to be), keys of unreadable rows."""

    column: str
    values: int = 0
    older: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate_keys(*, dry: bool = False) -> list[Rotation]:
    """Rotate every encrypted column, or only count with `dry`; run as the owner, outside a transaction.

    In chunks that commit by themselves, so that it may be interrupted and repeated while the app runs: old and new keys
    are all known to it. A value that no key opens is left as it is and reported.
    """
    return [_rotate(model, field, dry=dry) for model, field in encrypted_fields()]


def _rotate(model: type[models.Model], column: EncryptedTextField, *, dry: bool) -> Rotation:
    assert model._meta.pk is not None
    names = {
        "table": connection.ops.quote_name(model._meta.db_table),
        "key": connection.ops.quote_name(str(model._meta.pk.column)),
        "column": connection.ops.quote_name(str(column.column)),
    }
    rotation = Rotation(f"{model._meta.db_table}.{column.column}")
    for context in _contexts(model):
        last: Any = None
        while True:
            with context():
                last = _rotate_chunk(names, rotation, after=last, dry=dry)
            if last is None:
                break
    return rotation


def _contexts(model: type[models.Model]) -> Iterator[Any]:
    """In which transaction the rows are seen: one of each company for a tenant's table, else any."""
    if not any(each.name == "company" for each in model._meta.local_fields):
        yield transaction.atomic
        return
    for company_id in company_ids():

        def inside(company_id: Any = company_id) -> AbstractContextManager[Any]:
            return company_context(company_id, job=JOB)

        yield inside


def _rotate_chunk(names: dict[str, str], rotation: Rotation, *, after: Any, dry: bool) -> Any:
    """Rotate the next rows in the order of their keys; the last one's key, or None at the end."""
    beyond, values = ("true", []) if after is None else ("{key} > %s", [after])
    select, update = (text.format(**names, beyond=beyond.format(**names)) for text in (_READ, _WRITE))
    with connection.cursor() as cursor:
        cursor.execute(select, values)
        rows = cursor.fetchall()
        for key, token in rows:
            rotation.values += 1
            if is_under_first_key(token):
                continue
            try:
                decrypt(token)
            except UnreadableSecret:
                rotation.unreadable.append(str(key))
                continue
            rotation.older += 1
            if not dry:
                cursor.execute(update, [rotated(token), key])
    return rows[-1][0] if len(rows) == _AT_ONCE else None
