"""Columns of lists: amounts are aligned to the right, with commas between the thousands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model

from batconnect.core.kernel.money import MoneyField, format_amount


def money_column(model: type[Model], name: Any) -> Callable[[Any], str | None] | None:
    """How to show the column; None for a column that is not money."""
    try:
        field = model._meta.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        return None
    if not isinstance(field, MoneyField):
        return None

    def show(row: Any) -> str | None:
        amount: Decimal | None = getattr(row, field.name)
        return None if amount is None else format_amount(amount)

    # The theme makes its CSS classes from the name: this adds `money`, by which console/lists.css aligns the cells.
    show.__name__ = f"{name} money"
    show.short_description = field.verbose_name  # type: ignore[attr-defined]  # read by the admin
    # Where the cents stand beside the amount, an index has them (core.console.lists.sorting).
    cents = f"{name}_cents"
    has_cents = any(each.name == cents for each in model._meta.concrete_fields)
    show.admin_order_field = cents if has_cents else name  # type: ignore[attr-defined]
    show.column = name  # type: ignore[attr-defined]  # read by column_name
    return show


def column_name(declared: Any) -> str:
    """The name of a column of a list, however it is shown."""
    return str(getattr(declared, "column", declared))
