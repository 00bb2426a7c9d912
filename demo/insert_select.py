"""`INSERT … SELECT` by model meta: columns that are not given take their field's default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models


def insert_select(model: type[models.Model], values: Mapping[str, str], source: str) -> str:
    """The INSERT … SELECT of these expressions; other columns take their field's default."""
    expressions = {}
    for field in model._meta.concrete_fields:
        if field.name in values:
            expressions[field.column] = values[field.name]
        elif not (
            field.null or field.has_db_default() or isinstance(field, models.AutoField | models.BigAutoField)
        ):
            expressions[field.column] = _literal(field)
    columns = ", ".join(f'"{column}"' for column in expressions)
    return f'insert into "{model._meta.db_table}" ({columns}) select {", ".join(expressions.values())} from {source}'  # noqa: S608 - names from model meta


def _literal(field: Any) -> str:
    default = field.get_default()
    assert default is not None, f"{field} needs a value"
    if isinstance(field, models.JSONField):
        return "'{}'::jsonb"
    if isinstance(default, bool | int):
        return str(default).lower()
    return f"'{default}'"
