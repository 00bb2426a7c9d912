"""Filters of lists: what is asked for wrongly is named (400), never ignored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from batconnect.core.api.fields import NotADay, not_among, parse_day, spellings
from batconnect.core.errors import FieldError, InvalidInput
from batconnect.core.money import NotMoney, parse_money


class _DayField(forms.Field):
    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return parse_day(value)
        except NotADay as error:
            raise forms.ValidationError(str(error), code="not_a_date") from error


class _MoneyField(forms.Field):
    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        try:
            return parse_money(value)
        except NotMoney as error:
            raise forms.ValidationError(str(error), code="not_money") from error


class _ChoiceField(forms.Field):
    def __init__(
        self, *, choices: Iterable[tuple[str, str]], aliases: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        self.listed = list(choices)
        self.codes = spellings(self.listed, aliases)
        super().__init__(**options)

    def to_python(self, value: Any) -> str | None:
        if value in self.empty_values:
            return None
        found = self.codes.get(str(value).strip().casefold())
        if found is None:
            raise forms.ValidationError(not_among(value, self.listed), code="unknown_choice")
        return found


class DayFilter(django_filters.Filter):
    """A date, or the date of a date-time as written."""

    field_class = _DayField


class MoneyFilter(django_filters.Filter):
    """An exact amount."""

    field_class = _MoneyField


class LabelFilter(django_filters.Filter):
    """One of a list, by code or label in any case; pass `choices` and perhaps `aliases`."""

    field_class = _ChoiceField


class ListFilters(django_filters.FilterSet):
    """The filters of one list. Query parameters that it does not know are not its business."""

    def checked(self) -> QuerySet[Any, Any]:
        """The filtered rows. Raises InvalidInput naming every field that cannot be read."""
        if not self.is_valid():
            errors = [
                # `messages` fills in a message that has params, and no other: ours hold what was typed.
                FieldError(name, error.messages[0], str(error.code or "invalid"))
                for name, held in self.form.errors.as_data().items()
                for error in held
            ]
            raise InvalidInput(" ".join(f"{each.field}: {each.message}" for each in errors), errors=errors)
        return self.qs

    def asked(self) -> list[tuple[str, str]]:
        """The filters in use with their values, for the head of an export."""
        return [
            (name.replace("_", " "), str(self.data[name])) for name in self.filters if self.data.get(name)
        ]


def apply_filters(
    filters: type[ListFilters], query: QueryDict, rows: QuerySet[Any, Any]
) -> QuerySet[Any, Any]:
    """`rows` filtered by the query's parameters. Raises InvalidInput."""
    return filters(query, queryset=rows).checked()
