"""What a list is filtered by, as a person says it: above the list, and on every file made of it."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.dates import MONTHS

from batconnect.core.console.lists.days import DATE_PARTS
from batconnect.core.kernel.words import format_day, say_days

_COMPARED: Final = {
    "exact": "{}",
    "gt": "above {}",
    "gte": "from {}",
    "lt": "below {}",
    "lte": "up to {}",
    "in": "one of {}",
    "contains": "contains {}",
    "icontains": "contains {}",
    "startswith": "begins with {}",
    "istartswith": "begins with {}",
}

FilterLabels = list[tuple[str, str]]


def filter_labels(changelist: Any) -> FilterLabels:
    """Each filter with its value: `("Status", "Open")`, `("Due date", "from Jan. 1, 2026 up to Jan. 31, 2026")`."""
    labels: FilterLabels = [("Search", changelist.query)] if changelist.query else []
    known: set[str] = set()
    for spec in changelist.filter_specs:
        known |= {str(name) for name in spec.expected_parameters()}
        if any(changelist.params.get(name) for name in spec.expected_parameters()):
            labels.append((_title(spec), _chosen(spec, changelist)))
    rest = {key: value for key, value in changelist.get_filters_params().items() if key not in known}
    return [*labels, *_lookups(changelist, rest)]


def _title(spec: Any) -> str:
    title = str(spec.title)
    return title[:1].upper() + title[1:]


def _chosen(spec: Any, changelist: Any) -> str:
    for choice in spec.choices(changelist):
        form = choice.get("form") if isinstance(choice, dict) else None
        if isinstance(form, forms.Form):
            return _of_form(form)
        if choice.get("selected"):
            return str(choice["display"])
    return ", ".join(
        say_days(str(changelist.params[name]))
        for name in spec.expected_parameters()
        if name in changelist.params
    )


def _of_form(form: forms.Form) -> str:
    parts: list[str] = []
    for name, field in form.fields.items():
        value = form.data.get(name)
        if value in (None, "", []):
            continue
        end = "from " if name.endswith("_from") else "up to " if name.endswith("_to") else ""
        parts.append(end + _of_value(field, value))
    if form.errors:
        parts.append("(cannot be read, so there are no rows)")
    return " ".join(parts)


def _of_value(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ModelChoiceField):
        try:
            row = field.queryset.filter(pk=value).first() if field.queryset is not None else None
        except (ValueError, ValidationError):
            row = None
        return str(row if row is not None else value)
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        labels = {str(key): str(label) for key, label in choices}
        return labels.get(str(value), str(value))
    return say_days(str(value))


def _lookups(changelist: Any, params: dict[str, Any]) -> FilterLabels:
    """Parameters that no filter owns: links from elsewhere narrow a list by any column of its own."""
    labels: FilterLabels = []
    date_name = changelist.date_hierarchy
    parts = [params.pop(f"{date_name}__{part}", None) for part in DATE_PARTS] if date_name else []
    if parts and parts[0]:
        labels.append((_column(changelist, date_name), _day(parts)))
    for key, values in params.items():
        path, lookup = _split(changelist.model, key)
        text = ", ".join(str(value) for value in (values if isinstance(values, list) else [values]))
        if lookup == "isnull":
            said = "empty" if text.lower() in ("1", "true") else "filled in"
        else:
            named = _named(changelist.model, path, text)
            said = _COMPARED[lookup].format(named) if lookup in _COMPARED else f"{lookup} {named}"
        labels.append((_column(changelist, path), said))
    return labels


def _day(parts: list[Any]) -> str:
    year, month, day = (each[-1] if isinstance(each, list) else each for each in parts)
    if all(str(each).isdecimal() for each in parts):
        try:
            return format_day(date(int(year), int(month), int(day)))
        except ValueError:  # a day that is not in its month: there are no rows
            return f"{day} {month} {year}"
    shown = str(year)
    if month:
        shown = f"{MONTHS.get(int(month), month)} {shown}" if str(month).isdecimal() else shown
    return f"{day} {shown}" if day else shown


def _split(model: type[models.Model], key: str) -> tuple[str, str]:
    """`customer__id__exact` → (`customer`, `exact`)."""
    path, _, last = key.rpartition("__")
    if not path:
        return key, "exact"
    if last in _COMPARED or last == "isnull":
        return path.removesuffix("__id").removesuffix("__pk"), last
    return key.removesuffix("__id").removesuffix("__pk"), "exact"


def _named(model: type[models.Model], path: str, text: str) -> str:
    """The label of a choice or the name of the row that a key points at."""
    try:
        field: Any = model._meta.get_field(path)
    except FieldDoesNotExist:
        return text
    if field.is_relation and field.many_to_one:
        try:
            row = field.related_model._default_manager.filter(pk=text).first()
        except (ValueError, ValidationError):
            return text
        return str(row) if row is not None else text
    return (
        str(dict(field.flatchoices).get(text, text))
        if getattr(field, "flatchoices", None)
        else say_days(text)
    )


def _column(changelist: Any, path: str) -> str:
    try:
        label = str(label_for_field(path, changelist.model, changelist.model_admin))
    except (AttributeError, FieldDoesNotExist):
        label = path.replace("__", " ").replace("_", " ")
    return label[:1].upper() + label[1:]
