"""Columns of lists: numbers are aligned to the right, with commas between the thousands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DecimalField, Field, IntegerField, Model

from batconnect.core.kernel.money import format_amount

_OF_MONEY: Final = 2
"""Decimal places."""
_OF_HUNDRED: Final = ("percent", "rate")
_NAMES: Final = frozenset({"id", "last_check", "next_check", "version", "year"})
"""Numbers that name something, and are not counted."""


def number_column(model: type[Model], name: Any) -> Callable[[Any], str | None] | None:
    """How to show the column; None for a column that is neither an amount, a rate nor a count."""
    try:
        field = model._meta.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        return None
    if not isinstance(field, DecimalField | IntegerField) or field.choices or field.name in _NAMES:
        return None
    say = _say_as(field)

    def show(row: Any) -> str | None:
        value: Decimal | int | None = getattr(row, field.name)
        return None if value is None else say(value)

    # The theme makes its CSS classes from the name: this adds `money`, by which console/lists.css aligns the cells.
    show.__name__ = f"{name} money"
    show.short_description = field.verbose_name  # type: ignore[attr-defined]  # read by the admin
    # Where the cents stand beside the amount, an index has them (core.console.lists.sorting).
    cents = f"{name}_cents"
    has_cents = any(each.name == cents for each in model._meta.concrete_fields)
    show.admin_order_field = cents if has_cents else name  # type: ignore[attr-defined]
    show.column = name  # type: ignore[attr-defined]  # read by column_name
    return show


def _say_as(field: Field[Any, Any]) -> Callable[[Any], str]:
    if isinstance(field, IntegerField):
        return lambda value: f"{value:,}"
    if field.name.endswith(_OF_HUNDRED):
        return lambda value: f"{value.normalize():,f} %"
    return format_amount if field.decimal_places == _OF_MONEY else lambda value: f"{value.normalize():,f}"  # type: ignore[attr-defined]  # a decimal field's


def column_name(declared: Any) -> str:
    """The name of a column of a list, however it is shown."""
    return str(getattr(declared, "column", declared))
