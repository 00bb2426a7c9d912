"""The history of reference data and configuration: who changed what when, kept by database triggers.

Every change of a tracked table, whoever makes it, adds a row to its `…_history` table: the row as it stands
afterwards, with the request's or job's metadata that `core.database.tenancy` sets. Those tables belong to the company
like any other, nobody can change them, and only that trigger can add to them.

pghistory makes the models and reads them. The triggers are our own: its own can be switched off by whoever may
set a variable (`pgtrigger.ignore`), so by the app's role.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pghistory
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models.fields.related_descriptors import ReverseManyToOneDescriptor
from django.utils.timezone import localtime

from batconnect.core.database.constraints import CompanyIsolation, TenantPrimaryKey
from batconnect.core.database.encryption import EncryptedTextField
from batconnect.core.database.triggers import AppendOnly, Trigger, WrittenByTriggers
from batconnect.core.kernel.words import format_day

_LABELS = {"insert": "added", "update": "changed", "delete": "removed"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field's value before and after, as people read them."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One event of a row's history. `who` is a username, or the job's name."""

    at: datetime
    who: str
    what: str
    request_id: str
    fields: tuple[FieldChange, ...]


def tracked(model: type[models.Model], *, prefix: str) -> type[models.Model]:
    """Track a tenant model; returns its event model, which the caller names in its module.

    `prefix` begins the names of the trigger, the history table's constraints and its index. An encrypted field has
    no history: that it changed is recorded, its old value is not kept.
    """
    secret = [field.name for field in model._meta.local_fields if isinstance(field, EncryptedTextField)]
    history = pghistory.create_event_model(
        model,
        # Only names its events: no trigger of pghistory's comes along.
        *(pghistory.ManualEvent(label) for label in _LABELS),
        exclude=secret or None,
        obj_field=pghistory.ObjForeignKey(related_name="history", db_index=False),
        context_field=pghistory.ContextJSONField(),
        context_id_field=None,  # type: ignore[arg-type]  # documented as "no such field", and annotated without it
        model_name=f"{model.__name__}History",
        abstract=False,
        meta={
            "db_table": f"{model._meta.db_table}_history",
            "ordering": ("-pgh_id",),
            "verbose_name": f"history of {model._meta.verbose_name_plural}",
            "constraints": [
                TenantPrimaryKey(name=f"{prefix}_history_primary_key", columns=("company_id", "pgh_id")),
                CompanyIsolation(name=f"{prefix}_history_company"),
                AppendOnly(name=f"{prefix}_history_append_only"),
                WrittenByTriggers(name=f"{prefix}_history_by_trigger"),
            ],
            "indexes": [models.Index(fields=["company", "pgh_obj", "pgh_id"], name=f"{prefix}_history_row")],
        },
    )
    model._meta.constraints = [*model._meta.constraints, _history_trigger(model, history, prefix=prefix)]
    return history


def _history_trigger(model: type[models.Model], history: type[models.Model], *, prefix: str) -> Trigger:
    """The trigger that writes the history: its text names every column, so that a new one makes a migration."""
    assert model._meta.pk is not None
    columns = [
        field.column
        for field in model._meta.local_fields
        if field.column is not None and any(field.name == kept.name for kept in history._meta.local_fields)
    ]
    column_names = ", ".join(f'"{column}"' for column in columns)
    target = (
        f'"{history._meta.db_table}" ({column_names}, pgh_created_at, pgh_label, pgh_obj_id, pgh_context)'
    )
    row = ", ".join(f'here."{column}"' for column in columns)
    body = (
        "if tg_op = 'DELETE' then here := old; else here := new; end if; "  # noqa: S608 - names from model meta
        "if tg_op = 'UPDATE' and old is not distinct from new then return null; end if; "
        f'insert into {target} values ({row}, now(), lower(tg_op), here."{model._meta.pk.column}", '
        "nullif(current_setting('pghistory.context_metadata', true), '')::jsonb); return null;"
    )
    return Trigger(
        name=f"{prefix}_history_kept",
        event="after insert or update or delete",
        declare="here record;",
        body=body,
    )


def keeps_history(model: type[models.Model]) -> bool:
    """Whether the database keeps the changes of the table's rows."""
    return isinstance(getattr(model, "history", None), ReverseManyToOneDescriptor)


def history_of(instance: models.Model, *, limit: int = 200) -> list[Change]:
    """The row's latest changes, newest first; empty for a model that is not tracked."""
    events: Any = getattr(instance, "history", None)
    if not isinstance(events, models.Manager):
        return []
    rows = list(events.order_by("-pgh_id")[: limit + 1])
    names = _usernames(rows)
    changes = []
    for place, event in enumerate(rows[:limit]):
        earlier = rows[place + 1] if place + 1 < len(rows) else None
        context = event.pgh_context or {}
        changes.append(
            Change(
                at=event.pgh_created_at,
                who=names.get(context.get("user", 0)) or str(context.get("job") or "unknown"),
                what=_LABELS[event.pgh_label],
                request_id=str(context.get("request_id") or ""),
                fields=_differences(instance, earlier, event),
            )
        )
    return changes


def _differences(instance: models.Model, earlier: models.Model | None, later: Any) -> tuple[FieldChange, ...]:
    if later.pgh_label == "delete":
        return ()
    changes = []
    for field in instance._meta.concrete_fields:
        if field.primary_key or field.name == "company" or isinstance(field, EncryptedTextField):
            continue
        before = None if earlier is None else getattr(earlier, field.attname)
        after = getattr(later, field.attname)
        if before != after:
            changes.append(
                FieldChange(
                    str(field.verbose_name),
                    _format_value(field, before, instance),
                    _format_value(field, after, instance),
                )
            )
    return tuple(changes)


def _format_value(field: models.Field[Any, Any], value: Any, instance: models.Model) -> str:
    if value is None:
        return ""
    if isinstance(value, memoryview | bytes):
        return f"{len(value)} bytes"
    if isinstance(field, models.ForeignKey):
        if getattr(instance, field.attname) == value and field.is_cached(instance):
            return str(getattr(instance, field.name))
        target = field.related_model._default_manager.filter(pk=value).first()
        return str(target) if target is not None else str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{format_day(localtime(value))}, {localtime(value):%H:%M}"
    if isinstance(value, date):
        return format_day(value)
    if isinstance(value, Decimal):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return str(value)


def _usernames(events: list[Any]) -> dict[int, str]:
    ids = {
        event.pgh_context["user"] for event in events if event.pgh_context and event.pgh_context.get("user")
    }
    return dict(get_user_model()._default_manager.filter(pk__in=ids).values_list("pk", "username"))
