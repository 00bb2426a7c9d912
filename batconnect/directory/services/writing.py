"""How a row of the directory is written: values checked, the database's refusals explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.directory.errors import UnknownEntry, refusal_of, refusal_of_values

PERMISSION = "directory.change"
M = TypeVar("M", bound=models.Model)


@joins_transaction
def add_row(model: type[M], *, actor: Actor, values: Mapping[str, Any]) -> M:
    """Insert a row of the actor's company. Raises InvalidInput for values, AlreadyInUse for taken ones."""
    return save_row(model(company_id=actor.company_id, **_stripped(values)), fields=None)


def change_row(model: type[M], *, key: Any, values: Mapping[str, Any]) -> M:
    """Lock a row and change the given fields; the others keep their values. Raises as `add_row`, and UnknownEntry."""
    instance = lock_row(model, key=key)
    for name, value in _stripped(values).items():
        setattr(instance, name, value)
    return save_row(instance, fields=list(values)) if values else instance


def lock_row(model: type[M], *, key: Any) -> M:
    """The row, locked until the transaction ends. Raises UnknownEntry, also for another company's row."""
    try:
        return model._default_manager.select_for_update(of=("self",)).get(pk=key)
    except (model.DoesNotExist, ValueError, TypeError, ValidationError):  # type: ignore[attr-defined]  # every model has it
        raise UnknownEntry(f"No such {model._meta.verbose_name}.") from None


def save_row(instance: M, *, fields: list[str] | None) -> M:
    """Write a new row (`fields` None) or some fields of an old one, in a savepoint of its own."""
    unchanged = set() if fields is None else {field.name for field in instance._meta.fields} - set(fields)
    try:
        instance.clean_fields(exclude={"company", *unchanged})
    except ValidationError as error:
        raise refusal_of_values(error) from error
    try:
        with transaction.atomic():
            instance.save(force_insert=fields is None, update_fields=fields)
    except IntegrityError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error
    return instance


def _stripped(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
