"""Years, then months, then days of a list's date, as links: two ends are looked up by an index, never a list of days.

Django's date hierarchy asks for every distinct year of the filtered rows, which reads them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import DateTimeField
from django.utils import timezone
from django.utils.dates import MONTHS

DATE_PARTS: Final = ("year", "month", "day")
_MAX_YEARS: Final = 8
_WITHOUT_INDEX_YEARS: Final = 5


@dataclass(frozen=True, slots=True)
class DrilldownLink:
    """A link of the hierarchy; an empty one stands for the current place."""

    title: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class DateDrilldown:
    """The way back, and what can be chosen next."""

    label: str
    back: tuple[DrilldownLink, ...]
    choices: tuple[DrilldownLink, ...]


def date_drilldown_of(changelist: Any) -> DateDrilldown | None:
    """What the page offers; None for a list without a date."""
    name = changelist.date_hierarchy
    if not name:
        return None
    keys = [f"{name}__{part}" for part in DATE_PARTS]
    try:
        chosen = [int(changelist.params[key]) for key in keys if key in changelist.params]
    except ValueError:
        chosen = []

    def link(*values: int) -> str:
        parts: dict[str, Any] = dict.fromkeys([*keys, PAGE_VAR])
        parts |= dict(zip(keys, values, strict=False))
        return str(changelist.get_query_string(parts))

    label = str(changelist.model._meta.get_field(name).verbose_name).capitalize()
    back = (DrilldownLink("All days", link()),) if chosen else ()
    match chosen:
        case []:
            return DateDrilldown(
                label, (), tuple(DrilldownLink(str(year), link(year)) for year in _years(changelist, name))
            )
        case [year]:
            months = tuple(DrilldownLink(str(MONTHS[month]), link(year, month)) for month in range(1, 13))
            return DateDrilldown(label, (*back, DrilldownLink(str(year))), months)
        case [year, month]:
            days = tuple(
                DrilldownLink(str(day), link(year, month, day)) for day in range(1, _length(year, month) + 1)
            )
            return DateDrilldown(
                label,
                (*back, DrilldownLink(str(year), link(year)), DrilldownLink(str(MONTHS.get(month, month)))),
                days,
            )
        case [year, month, day, *_]:
            shown = DrilldownLink(f"{MONTHS.get(month, month)} {day}")
            return DateDrilldown(
                label,
                (
                    *back,
                    DrilldownLink(str(year), link(year)),
                    DrilldownLink(_month(month), link(year, month)),
                    shown,
                ),
                (),
            )
    return None


def _month(month: int) -> str:
    return str(MONTHS.get(month, month))


def _length(year: int, month: int) -> int:
    if not 1 <= month <= 12 or not 1 <= year < 9999:
        return 0
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - date(year, month, 1)).days


def _years(changelist: Any, name: str) -> list[int]:
    """The years between the company's first and last row, newest first; without an index for that, the last five."""
    field = changelist.model._meta.get_field(name)
    if not _has_index(changelist.model, name):
        this = timezone.localdate().year
        return list(range(this, this - _WITHOUT_INDEX_YEARS, -1))
    # Two ends by the index. `min` and `max` over a list with joins would read every row.
    rows = changelist.root_queryset.filter(**{f"{name}__isnull": False})
    ends = (
        rows.order_by(name)
        .values_list(name)[:1]
        .union(rows.order_by(f"-{name}").values_list(name)[:1], all=True)
    )
    years = sorted(_year(day, isinstance(field, DateTimeField)) for (day,) in ends)
    if not years:
        return []
    first, *_, last = years
    return list(range(last, max(first, last - _MAX_YEARS + 1) - 1, -1))


def _year(value: date | datetime, is_instant: bool) -> int:
    return timezone.localtime(value).year if is_instant and isinstance(value, datetime) else value.year


def _has_index(model: Any, name: str) -> bool:
    return any(
        list(index.fields[:2]) == ["company", name] and not index.condition for index in model._meta.indexes
    )
