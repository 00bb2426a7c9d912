"""The filters of the list of lease corrections."""

from __future__ import annotations

import django_filters

from batconnect.core.api.filters import DayFilter, LabelFilter, ListFilters, NameFilter
from payments.models import LeaseCorrection


class LeaseCorrectionFilters(ListFilters):
    """The filters of GET /ledger/lease-corrections."""

    number = NameFilter(field_name="number", label="Its number, or its beginning")
    lease_id = django_filters.NumberFilter(field_name="lease_id", label="The lease's key")
    kind = LabelFilter(
        field_name="kind", choices=LeaseCorrection.Kind.choices, label="driver, rate, end, missed"
    )
    day_from = DayFilter(field_name="day", lookup_expr="gte", label="Changed from this day or later")
    day_to = DayFilter(field_name="day", lookup_expr="lte", label="Changed from this day or earlier")

    class Meta:
        model = LeaseCorrection
        fields: list[str] = []
