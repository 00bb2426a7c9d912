"""Filters of lists: a parameter that cannot be read is named (400), never ignored.

A filter that takes several values takes them separated by commas, repeated, or both: `status=Open,Hold`,
`status=Open&status=Hold`. A text that names something in full finds only that, otherwise what begins with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter

from batconnect.core.api.fields import NotADay, not_among, parse_day, spellings
from batconnect.core.database.prefixes import has_all_words, named, of_these
from batconnect.core.kernel.codes import UNKNOWN_CHOICE
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.field_codes import NOT_A_DATE, NOT_MONEY, TOO_LONG, TOO_MANY_VALUES
from batconnect.core.kernel.money import NotMoney, parse_money

MAX_VALUES: Final = 50
MAX_WORDS: Final = 8
LONGEST_TEXT: Final = 200


def values_of(query: Any, name: str) -> list[str]:
    """Every value of a parameter, repeated or separated by commas, in the order given."""
    texts = query.getlist(name) if hasattr(query, "getlist") else [query.get(name) or ""]
    return [part.strip() for text in texts for part in str(text).split(",") if part.strip()]


class _Values(forms.Widget):
    """Every value of a parameter, repeated or separated by commas."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return values_of(data, name)


class _SeveralField(forms.Field):
    """Several texts, bounded in number and length."""

    widget = _Values

    def to_python(self, value: Any) -> list[Any]:
        if len(value) > MAX_VALUES:
            raise forms.ValidationError(f"Give at most {MAX_VALUES} values.", code=TOO_MANY_VALUES)
        # A longer text names nothing, and still names nothing once it is cut.
        return [self.one(text[: LONGEST_TEXT + 1]) for text in value]

    def one(self, text: str) -> Any:
        """One of the values. Raises ValidationError."""
        return text


class _DayField(forms.Field):
    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return parse_day(value)
        except NotADay as error:
            raise forms.ValidationError(str(error), code=NOT_A_DATE) from error


class _MoneyField(forms.Field):
    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        try:
            return parse_money(str(value))
        except NotMoney as error:
            raise forms.ValidationError(str(error), code=NOT_MONEY) from error


class _ChoicesField(_SeveralField):
    def __init__(
        self, *, choices: Iterable[tuple[str, str]], aliases: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        self.listed = list(choices)
        self.codes = spellings(self.listed, aliases)
        super().__init__(**options)

    def one(self, text: str) -> str:
        code = self.codes.get(text.casefold())
        if code is None:
            raise forms.ValidationError(not_among(text, self.listed), code=UNKNOWN_CHOICE)
        return code


class _WordsField(forms.CharField):
    def to_python(self, value: Any) -> str:
        text = _bounded(super().to_python(value) or "")
        if len(text.replace(",", " ").split()) > MAX_WORDS:
            raise forms.ValidationError(f"Give at most {MAX_WORDS} words.", code=TOO_MANY_VALUES)
        return text


def _bounded(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise forms.ValidationError(f"Give at most {LONGEST_TEXT} characters.", code=TOO_LONG)
    return text


class DayFilter(django_filters.Filter):
    """A date, or the date of a date-time as written."""

    field_class = _DayField


class MoneyFilter(django_filters.Filter):
    """An exact amount."""

    field_class = _MoneyField


class SeveralFilter(django_filters.Filter):
    """Several values of a column; with `method` they are handed over as a list."""

    field_class: type[_SeveralField] = _SeveralField

    def filter(self, qs: QuerySet[Any, Any], value: Any) -> QuerySet[Any, Any]:
        return qs.filter(self.condition(qs, value)) if value else qs

    def condition(self, rows: QuerySet[Any, Any], values: list[Any]) -> Q:
        """Which rows have one of the values."""
        return Q(**{f"{self.field_name}__in": values})


class LabelFilter(SeveralFilter):
    """Some of a list, by code or label in any case; pass `choices` and perhaps `aliases`."""

    field_class = _ChoicesField


class CodeFilter(SeveralFilter):
    """Codes in capitals, such as currencies, in any case."""

    def condition(self, rows: QuerySet[Any, Any], values: list[Any]) -> Q:
        return Q(**{f"{self.field_name}__in": [value.upper() for value in values]})


class NameFilter(SeveralFilter):
    """Rows by name: for each text the exact match, else those that begin with it (`core.database.prefixes.named`).

    `field_name` leads to the column, through at most one other table. `any_case` is for tables of thousands of rows.
    """

    def __init__(self, *args: Any, any_case: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.any_case = any_case

    def condition(self, rows: QuerySet[Any, Any], values: list[Any]) -> Q:
        path, _, column = str(self.field_name).rpartition("__")
        model: Any = rows.model._meta.get_field(path).related_model if path else rows.model
        return of_these(
            path or "pk", named(model._default_manager.all(), column, values, any_case=self.any_case)
        )


class WordsFilter(django_filters.Filter):
    """A text whose words are all in the column, in any order."""

    field_class = _WordsField

    def filter(self, qs: QuerySet[Any, Any], value: Any) -> QuerySet[Any, Any]:
        return qs.filter(has_all_words(str(self.field_name), value)) if value else qs


class ListFilters(django_filters.FilterSet):
    """The filters of one list. What neither they nor the operation know is refused before (`core.api.base`)."""

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
            (name.replace("_", " "), ", ".join(text for text in self.data.getlist(name) if text))
            for name in self.filters
            if self.data.get(name)
        ]


def apply_filters(
    filters: type[ListFilters], query: QueryDict, rows: QuerySet[Any, Any]
) -> QuerySet[Any, Any]:
    """`rows` filtered by the query's parameters. Raises InvalidInput."""
    return filters(query, queryset=rows).checked()


def filter_parameters(*filters: type[ListFilters]) -> list[OpenApiParameter]:
    """The query parameters of the filters, for `documented`."""
    declared = {name: each for one in filters for name, each in one.base_filters.items()}
    return [
        OpenApiParameter(
            name,
            str,
            description=str(each.label or ""),
            many=issubclass(each.field_class, _SeveralField),
        )
        for name, each in declared.items()
    ]
