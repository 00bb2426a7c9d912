"""The filters of DTRs and earnings."""

from __future__ import annotations

from typing import Any, Final

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict

from batconnect.core.actors import Actor
from batconnect.core.api.filters import DayFilter, LabelFilter, ListFilters, MoneyFilter
from batconnect.directory.models import Driver
from ledger.settlement.models import Dtr, LeaseEarning

Rows = QuerySet[Any, Any]
_MOST_DRIVERS: Final = 1_000


class _WeekFilters(ListFilters):
    """What both lists filter by: week, driver, lease."""

    week = DayFilter(field_name="week")
    week_from = DayFilter(field_name="week", lookup_expr="gte")
    week_to = DayFilter(field_name="week", lookup_expr="lte")
    driver_id = django_filters.NumberFilter(field_name="driver")
    driver_name = django_filters.CharFilter(method="by_driver_name")
    tlc_license = django_filters.CharFilter(method="by_license")
    lease_id = django_filters.CharFilter(method="by_lease")

    def __init__(self, query: QueryDict, *, queryset: Rows, actor: Actor) -> None:
        self.actor = actor
        super().__init__(query, queryset=queryset)

    def by_driver_name(self, rows: Rows, _name: str, value: str) -> Rows:
        return self._of_drivers(rows, customer__name__icontains=value.strip())

    def by_license(self, rows: Rows, _name: str, value: str) -> Rows:
        return self._of_drivers(rows, tlc_license=value.strip())

    def _of_drivers(self, rows: Rows, **wanted: str) -> Rows:
        drivers = Driver.objects.filter(company_id=self.actor.company_id, **wanted)
        return rows.filter(driver__in=list(drivers.values_list("id", flat=True)[:_MOST_DRIVERS]))

    def by_lease(self, rows: Rows, _name: str, value: str) -> Rows:
        """By number (LS-2054) or key (2054)."""
        text = value.strip()
        if text.isascii() and text.isdigit():
            return rows.filter(lease=int(text)) if len(text) <= 18 else rows.none()
        return rows.filter(lease__lease_id__iexact=text)


class DtrFilters(_WeekFilters):
    """DTRs: also by number, status and amount due."""

    dtr_number = django_filters.CharFilter(field_name="number", lookup_expr="iexact")
    status = LabelFilter(choices=Dtr.Status.choices, field_name="status")
    min_due = MoneyFilter(field_name="due_to_driver", lookup_expr="gte")
    min_carried = MoneyFilter(field_name="carried_forward", lookup_expr="gte")
    medallion_no = django_filters.CharFilter(
        field_name="lease__medallion__medallion_no", lookup_expr="iexact"
    )


class EarningFilters(_WeekFilters):
    """Earnings: also by status."""

    status = LabelFilter(choices=LeaseEarning.Status.choices, field_name="status")
