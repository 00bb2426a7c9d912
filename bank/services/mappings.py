"""How a bank's tables are read: mappings of their columns are made and changed (docs/domain.md#statement-files)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from bank.errors import MAPPING_NAME, MappingNotFound
from bank.models import StatementMapping
from bank.readers.table_rows import ENCODINGS
from bank.services.feeds import RIGHT
from bank.subjects import MAPPING
from batconnect.core.audit import record_event
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.field_codes import INVALID

NO_SEPARATORS: Final = ('"', "\n", "\r", "\0")
FIELDS: Final = (
    *("name", "amount_column", "debit_column", "credit_column", "direction_column", "date_column"),
    *("value_date_column", "reference_column", "payer_name_column", "payer_account_column", "text_column"),
    *(
        "currency_column",
        "balance_column",
        "decimal_sign",
        "date_form",
        "encoding",
        "separator",
        "skipped_lines",
    ),
)


@transaction.atomic
def add_mapping(*, actor: Actor, **values: Any) -> StatementMapping:
    """Make a mapping of these `FIELDS`. Needs `bank.import_statements`.

    Raises InvalidInput naming the fields that are not valid, and for a name that is taken.
    """
    actor.require(RIGHT)
    return _save(actor, StatementMapping(company_id=actor.company_id), values)


@transaction.atomic
def change_mapping(
    *,
    actor: Actor,
    mapping_id: UUID,
    check: Callable[[StatementMapping], None] = lambda mapping: None,
    **values: Any,
) -> StatementMapping:
    """Change some of its `FIELDS`; what is left out stays. Needs `bank.import_statements`.

    `check` sees the mapping under its lock, before anything changes. Raises MappingNotFound (404), and as
    `add_mapping`.
    """
    actor.require(RIGHT)
    rows = StatementMapping.objects.select_for_update()
    mapping = rows.filter(company_id=actor.company_id, id=mapping_id).first()
    if mapping is None:
        raise MappingNotFound(f"There is no mapping of statements {mapping_id}.")
    check(mapping)
    return _save(actor, mapping, values)


def unreadable(*, encoding: str, separator: str) -> list[FieldError]:
    """What no table can be read with, by field."""
    wrong = []
    if encoding.strip().casefold() not in ("", *ENCODINGS):
        told = f"{encoding!r} is not one of the encodings {', '.join(ENCODINGS)}."
        wrong.append(FieldError("encoding", told, INVALID))
    if separator in NO_SEPARATORS:
        told = "A comma, a semicolon, a tab or another sign, but not a quotation mark or the end of a line."
        wrong.append(FieldError("separator", told, INVALID))
    return wrong


def _save(actor: Actor, mapping: StatementMapping, values: dict[str, Any]) -> StatementMapping:
    assert values.keys() <= set(FIELDS), f"a mapping has no {values.keys() - set(FIELDS)}"
    for name, value in values.items():
        setattr(mapping, name, value)
    _require_valid(mapping)
    try:
        with transaction.atomic():
            mapping.save(update_fields=None if mapping._state.adding else FIELDS)
    except IntegrityError as error:
        raise InvalidInput(
            f"There is a mapping {mapping.name!r} already.", code=MAPPING_NAME, field="name"
        ) from error
    record_event(
        actor=actor,
        action="bank.mapping_changed",
        subject_type=MAPPING,
        subject_id=mapping.id,
        details={"name": mapping.name},
    )
    return mapping


def _require_valid(mapping: StatementMapping) -> None:
    has_sides = bool(mapping.debit_column or mapping.credit_column)
    if bool(mapping.amount_column) == has_sides or (has_sides and mapping.direction_column):
        raise InvalidInput(
            "Name one amount column, perhaps with a direction column, or columns for debit and credit.",
            code=INVALID,
            field="amount_column",
        )
    if wrong := unreadable(encoding=mapping.encoding, separator=mapping.separator):
        raise InvalidInput(wrong[0].message, errors=wrong)
    try:
        mapping.clean_fields(exclude=["company"])
    except ValidationError as error:
        errors = [
            FieldError(name, str(each.messages[0]))
            for name, held in error.error_dict.items()
            for each in held
        ]
        raise InvalidInput(errors[0].message, errors=errors) from error
