"""How the cells of a directory file are read and written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from import_export.widgets import DateWidget, Widget

from batconnect.core.kernel.money import NotMoney, parse_money


class TextWidget(Widget):
    """Text without the blanks around it; `or_none` for a column that has no empty text."""

    def __init__(self, *, or_none: bool = False) -> None:
        super().__init__()
        self.or_none = or_none

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str | None:
        text = str(value or "").strip()
        return text or (None if self.or_none else "")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class ChoiceWidget(TextWidget):
    """One of the choices, in any case."""

    def __init__(self, choices: type[models.TextChoices]) -> None:
        super().__init__()
        self.known = {value.casefold(): value for value in choices.values}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = str(value or "").strip().casefold()
        if text not in self.known:
            raise ValueError(f"Give one of: {', '.join(self.known.values())}.")
        return self.known[text]


class WholeNumberWidget(TextWidget):
    """A whole number, or nothing."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = str(value or "").strip()
        if text and not (text.isascii() and text.isdecimal() and len(text) <= 9):
            raise ValueError("Give a whole number.")
        return int(text) if text else None


class MoneyWidget(TextWidget):
    """An exact amount in the company's currency: `500.00`, `1,234.50`."""

    currency = ""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return parse_money("" if value is None else str(value), currency=self.currency)
        except NotMoney as error:
            raise ValueError(str(error)) from error

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return (
            value if kwargs.get("force_native_type") else f"{value:f}" if isinstance(value, Decimal) else ""
        )


class DayWidget(DateWidget):
    """A date, ISO or MM/DD/YYYY (docs/domain.md#batches)."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")
        self.formats = ("%Y-%m-%d", "%m/%d/%Y")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return super().clean(str(value or "").strip(), row, **kwargs)
        except ValueError as error:
            raise ValueError("Give a date as 2026-01-31 or 01/31/2026.") from error

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        if kwargs.get("force_native_type"):
            return value
        return value.isoformat() if isinstance(value, date) else ""


class LookupWidget(TextWidget):
    """A row of another table by what people call it; `by_id` also by its id."""

    def __init__(self, model: Any, field: str, *, by_id: bool = False) -> None:
        super().__init__()
        self.model, self.field, self.by_id = model, field, by_id

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        matched = self.model.objects.filter(**{self.field: text}).first()
        if matched is None and self.by_id:
            matched = self.model.objects.filter(pk=uuid_or_none(text)).first()
        if matched is None:
            raise ValueError(f"There is no {self.model._meta.verbose_name} {text}.")
        return matched

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        if value is None:
            return ""
        called = getattr(value, self.field)
        return str(called if called or not self.by_id else value.pk)


def uuid_or_none(text: str) -> UUID | None:
    """The text as a UUID; None when it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None
