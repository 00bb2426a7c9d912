"""Days that people name: today, last week. A list keeps the name, so that a saved view moves on with the calendar.

Days are the company's, and its week begins on Sunday (docs/domain.md#time).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from django.contrib.admin.views.main import PAGE_VAR
from django.db import models

from batconnect.core.console.lists.columns import column_name
from batconnect.core.kernel.clock import week_start

Days = tuple[date, date]
_ONE_DAY: Final = timedelta(days=1)


def _week(day: date) -> Days:
    first = week_start(day)
    return first, first + timedelta(days=6)


def _month(day: date) -> Days:
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - _ONE_DAY


PRESETS: Final[dict[str, tuple[str, Callable[[date], Days]]]] = {
    "today": ("Today", lambda day: (day, day)),
    "yesterday": ("Yesterday", lambda day: (day - _ONE_DAY, day - _ONE_DAY)),
    "this_week": ("This week", _week),
    "last_week": ("Last week", lambda day: _week(day - timedelta(days=7))),
    "this_month": ("This month", _month),
    "last_month": ("Last month", lambda day: _month(day.replace(day=1) - _ONE_DAY)),
}
"""Each name with its label, and its first and last day as of a day."""


class PresetLink(NamedTuple):
    """A preset as the page offers it."""

    title: str
    link: str
    is_chosen: bool


class Presets(NamedTuple):
    """The presets of a list's date, and what the date is called."""

    label: str
    links: tuple[PresetLink, ...]


def days_parameter(path: str) -> str:
    """The parameter that names the days of a column: `due_date_in=last_week`."""
    return f"{path}_in"


def main_date(page: Any) -> str:
    """The column whose days a list offers: its `date_hierarchy`, else its first column of days; empty for none."""
    if page.date_hierarchy:
        return str(page.date_hierarchy)
    fields = {field.name: field for field in page.model._meta.concrete_fields}
    names = [column_name(each) for each in page.list_display]
    return next((name for name in names if isinstance(fields.get(name), models.DateField)), "")


def presets_of(changelist: Any) -> Presets | None:
    """What the page offers; None for a list without a date."""
    path = main_date(changelist.model_admin)
    if not path:
        return None
    parameter = days_parameter(path)
    others: dict[str, Any] = dict.fromkeys(
        [
            *(f"{path}__{part}" for part in ("year", "month", "day")),
            *(f"{path}_{end}" for end in ("from", "to")),
            PAGE_VAR,
        ]
    )
    chosen = changelist.params.get(parameter)
    links = tuple(
        PresetLink(
            title,
            changelist.get_query_string({**others, parameter: None if name == chosen else name}),
            name == chosen,
        )
        for name, (title, _) in PRESETS.items()
    )
    label = str(changelist.model._meta.get_field(path).verbose_name)
    return Presets(label[:1].upper() + label[1:], links)
