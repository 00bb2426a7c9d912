"""Related rows written one table after another, where one statement cannot write several.

Shards check foreign keys as each statement ends, so a table comes after those that it points at; what rows must be
together is checked when the transaction ends (`shards`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

import orjson
from django.db import models

# A statement takes 65,535.
_PARAMETERS: Final = 30_000


def in_order(shape: Iterable[type[models.Model]]) -> list[int]:
    """The places of the models, each after those that it points at."""
    waiting = list(enumerate(shape))
    ordered: list[int] = []
    while waiting:
        tables = {model for _, model in waiting}
        free = [
            (place, model)
            for place, model in waiting
            if not any(
                field.related_model in tables and field.related_model is not model
                for field in model._meta.concrete_fields
                if field.is_relation
            )
        ] or waiting
        ordered += [place for place, _ in free]
        waiting = [each for each in waiting if each not in free]
    return ordered


def inserts(
    table: str, names: Sequence[str], types: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Iterator[tuple[str, list[str | None]]]:
    """The statements that insert the rows, with their parameters: values, since a shard is chosen by a constant."""
    columns = ", ".join(f'"{name}"' for name in names)
    one = ", ".join(f"%s::{kind}" for kind in types)
    at_once = max(1, _PARAMETERS // len(names))
    for begin in range(0, len(rows), at_once):
        some = rows[begin : begin + at_once]
        values = ", ".join([f"({one})"] * len(some))
        yield (
            f'insert into "{table}" ({columns}) values {values}',  # noqa: S608 - names from model meta
            [_as_text(value, kind) for row in some for value, kind in zip(row, types, strict=True)],
        )


def _as_text(value: Any, kind: str) -> str | None:
    """A value as PostgreSQL reads it from text."""
    if value is None:
        return None
    if kind in ("jsonb", "json"):
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    if isinstance(value, list | tuple):
        return "{" + ",".join(_element(each) for each in value) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | memoryview):
        return f"\\x{bytes(value).hex()}"
    if isinstance(value, timedelta):
        return f"{value / timedelta(microseconds=1):.0f} microseconds"
    return str(value)


def _element(value: Any) -> str:
    if value is None:
        return "null"
    quoted = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
