"""Filters of the console's lists: dropdowns, days and amounts from … to, and whose it is.

A filter that cannot be read shows no rows and says why: a list that left it out would show the wrong total.
Days of an instant are the company's days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.console.lists.presets import PRESETS, days_parameter
from batconnect.core.console.rights import actor_of
from batconnect.core.kernel.clock import FIRST_YEAR, LAST_YEAR, end_of_day, today
from batconnect.core.kernel.money import TypedMoneyField, name_currency


class PlainDropdownForm(forms.Form):
    """A select of the browser's own."""

    def __init__(self, name: str, label: str, choices: Any, multiple: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields[name] = forms.ChoiceField(
            label=label, required=False, choices=choices, widget=UnfoldAdminSelectWidget
        )


class ChoiceFilter(ChoicesDropdownFilter):
    """One of a column's choices."""

    form_class = PlainDropdownForm


class ListedRowFilter(RelatedDropdownFilter):
    """One row of a small table."""

    form_class = PlainDropdownForm


class ListedFilter(DropdownFilter):
    """One of the values that `lookups` lists: subclass it where a column has no choices of its own."""

    form_class = PlainDropdownForm


class ExactFilter(admin.FieldListFilter):
    """A value typed as it stands in the column: for columns with more values than a list can show."""

    template = "admin/lists/range_filter.html"

    def __init__(
        self, field: Any, request: HttpRequest, params: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(field, request, params, *args, **kwargs)
        self.value = _last(self.used_parameters.get(str(self.field_path), "")).strip()
        self.form = forms.Form({self.field_path: self.value})
        self.form.fields[self.field_path] = forms.CharField(
            label=str(self.title).capitalize(),
            required=False,
            widget=UnfoldAdminTextInputWidget(attrs={"aria-label": self.title}),
        )

    def expected_parameters(self) -> list[str | None]:
        return [str(self.field_path)]

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {"form": self.form}

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if not self.value:
            return queryset
        try:
            return queryset.filter(**{str(self.field_path): self.value})
        except (ValueError, ValidationError) as error:
            raise IncorrectLookupParameters from error


class _Range(admin.FieldListFilter):
    """`{column}_from` and `{column}_to`, both included."""

    template = "admin/lists/range_filter.html"
    field_class: type[forms.Field]

    def __init__(
        self,
        field: Any,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[models.Model],
        model_admin: Any,
        field_path: str,
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        typed = {name: _last(values).strip() for name, values in self.used_parameters.items()}
        self.used_parameters = {name: text for name, text in typed.items() if text}
        self.form = self._make_form()
        name_currency(self.form.fields, actor_of(request).company.base_currency)

    @property
    def ends(self) -> tuple[str, str]:
        """The names of both parameters."""
        return f"{self.field_path}_from", f"{self.field_path}_to"

    def expected_parameters(self) -> list[str | None]:
        return [*self.ends]

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {"form": self.form}

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if not self.used_parameters:
            return queryset
        if not self.form.is_valid():
            return queryset.none()
        first, last = (self.form.cleaned_data[name] for name in self.ends)
        if first is not None:
            queryset = self.at_least(request, queryset, first)
        if last is not None:
            queryset = self.at_most(request, queryset, last)
        return queryset

    def at_least(
        self, request: HttpRequest, queryset: models.QuerySet[Any], value: Any
    ) -> models.QuerySet[Any]:
        return queryset.filter(**{f"{self.field_path}__gte": value})

    def at_most(
        self, request: HttpRequest, queryset: models.QuerySet[Any], value: Any
    ) -> models.QuerySet[Any]:
        return queryset.filter(**{f"{self.field_path}__lte": value})

    def make_field(self, *, label: str) -> forms.Field:
        """The form's field for one end."""
        raise NotImplementedError

    def _make_form(self) -> forms.Form:
        form = forms.Form(self.used_parameters or None)
        for name, end in zip(self.ends, ("from", "to"), strict=True):
            form.fields[name] = self.make_field(label=f"{self.title} {end}")
            form.fields[name].widget.attrs |= {
                "aria-label": f"{self.title} {end}",
                "placeholder": end.capitalize(),
            }
        return form


class DayRangeFilter(_Range):
    """Days from … to, or those that people name (`lists.presets`); of an instant, the company's days."""

    def expected_parameters(self) -> list[str | None]:
        return [*self.ends, days_parameter(str(self.field_path))]

    def _make_form(self) -> forms.Form:
        form = super()._make_form()
        form.fields[days_parameter(str(self.field_path))] = forms.ChoiceField(
            label=str(self.title),
            required=False,
            choices=[("", "Any day"), *((name, label) for name, (label, _) in PRESETS.items())],
            widget=UnfoldAdminSelectWidget(attrs={"aria-label": f"{self.title}: days by name"}),
        )
        return form

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        found = super().queryset(request, queryset)
        named = (
            self.form.cleaned_data.get(days_parameter(str(self.field_path))) if self.form.is_valid() else ""
        )
        if not named:
            return found
        first, last = PRESETS[named][1](today(actor_of(request).company))
        return self.at_most(request, self.at_least(request, found, first), last)

    def make_field(self, *, label: str) -> forms.Field:
        return _Day(
            label=label,
            required=False,
            widget=UnfoldAdminTextInputWidget(
                attrs={"type": "date", "min": "1900-01-01", "max": "2999-12-31"}
            ),
        )

    def at_least(
        self, request: HttpRequest, queryset: models.QuerySet[Any], value: date
    ) -> models.QuerySet[Any]:
        if not isinstance(self.field, models.DateTimeField):
            return super().at_least(request, queryset, value)
        company = actor_of(request).company
        return queryset.filter(**{f"{self.field_path}__gte": end_of_day(company, _day_before(value))})

    def at_most(
        self, request: HttpRequest, queryset: models.QuerySet[Any], value: date
    ) -> models.QuerySet[Any]:
        if not isinstance(self.field, models.DateTimeField):
            return super().at_most(request, queryset, value)
        company = actor_of(request).company
        return queryset.filter(**{f"{self.field_path}__lt": end_of_day(company, value)})


class AmountRangeFilter(_Range):
    """Amounts from … to, exact to the cent."""

    def make_field(self, *, label: str) -> forms.Field:
        return TypedMoneyField(label=label, required=False, signed=True, widget=UnfoldAdminTextInputWidget())


_BY_KIND: Final[tuple[tuple[type[models.Field[Any, Any]], type[admin.FieldListFilter]], ...]] = (
    (models.BooleanField, BooleanRadioFilter),
    (models.DateField, DayRangeFilter),
    (models.DecimalField, AmountRangeFilter),
)


class _Day(forms.DateField):
    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None and not FIRST_YEAR < day.year < LAST_YEAR:
            raise forms.ValidationError(f"Enter a day in the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}.")
        return day


def _last(values: Any) -> str:
    """The last value of a parameter that the address gives more than once."""
    return str(values[-1] if isinstance(values, list) else values)


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def filter_for(model: type[models.Model], path: str, site: Any) -> tuple[str, type[admin.FieldListFilter]]:
    """The filter that fits the column: Django's own would ask a large table for its distinct values.

    A row of another table is found by typing where that table's page can be searched, and listed elsewhere.
    """
    field: Any = get_fields_from_path(model, path)[-1]
    if field.is_relation:
        page = site._registry.get(field.related_model)
        return path, AutocompleteSelectFilter if page is not None and page.search_fields else ListedRowFilter
    if getattr(field, "flatchoices", None):
        return path, ChoiceFilter
    for kind, chosen in _BY_KIND:
        if isinstance(field, kind):
            return path, chosen
    return path, ExactFilter


def parameters_of(declared: Any) -> frozenset[str]:
    """The parameters that an entry of `get_list_filter` reads from the address, without asking the database.

    Raises TypeError for a kind of filter that is not known here: a list must not guess what it may be asked.
    """
    if isinstance(declared, type) and issubclass(declared, admin.SimpleListFilter):
        return frozenset({str(declared.parameter_name)})
    path, kind = declared
    if issubclass(kind, _Range):
        named = {days_parameter(path)} if issubclass(kind, DayRangeFilter) else set()
        return frozenset({f"{path}_from", f"{path}_to", *named})
    if issubclass(kind, ExactFilter):
        return frozenset({path})
    if issubclass(kind, admin.RelatedFieldListFilter):
        # Django names the key of the other table: ours is `id` everywhere, which a test checks.
        return frozenset({f"{path}__id__exact", f"{path}__isnull"})
    if issubclass(kind, admin.ChoicesFieldListFilter | admin.BooleanFieldListFilter):
        return frozenset({f"{path}__exact", f"{path}__isnull"})
    raise TypeError(f"{kind.__name__} is not a filter that lists know.")
