"""The filters that lists of loans and of repairs share.

Who and what is asked for by name is resolved to keys first, so that the rows come by an index that is already in
the list's order.
"""

from __future__ import annotations

from typing import Any, Final

import django_filters
from django.db.models import Q, QuerySet

from batconnect.core.api.filters import DayFilter, LabelFilter, ListFilters, MoneyFilter
from batconnect.directory.models import Customer, Driver, Lease
from ledger.repayment.models import RepaidDocument

# More namesakes than this are looked for row by row.
_MOST_KEYS: Final = 500
Rows = QuerySet[Any, Any]


class DocumentFilters(ListFilters):
    """Whose, which lease, which status, from when; a subclass adds its own number, amounts and dates."""

    status = LabelFilter(choices=RepaidDocument.Status.choices, label="Open, Hold, Closed or Cancelled")
    driver_name = django_filters.CharFilter(method="by_driver_name", label="Part of the driver's name")
    tlc_license = django_filters.CharFilter(method="by_license", label="TLC licence")
    lease_id = django_filters.CharFilter(method="by_lease", label="2054 or LS-2054")
    medallion_no = django_filters.CharFilter(method="by_medallion", label="Medallion")
    start_week_from = DayFilter(field_name="start_week", lookup_expr="gte", label="From this day")
    start_week_to = DayFilter(field_name="start_week", lookup_expr="lte", label="Up to this day")

    def by_number(self, rows: Rows, name: str, value: str) -> Rows:
        """Documents of this number, in any case."""
        return rows.filter(number=value.strip().upper())

    def by_driver_name(self, rows: Rows, name: str, value: str) -> Rows:
        """Documents of drivers whose name contains the text."""
        named = Customer.objects.filter(name__icontains=value.strip(), drivers__isnull=False)
        keys = list(named.values_list("id", flat=True)[: _MOST_KEYS + 1])
        if len(keys) > _MOST_KEYS:
            return rows.filter(customer__name__icontains=value.strip())
        return rows.filter(customer_id__in=keys)

    def by_license(self, rows: Rows, name: str, value: str) -> Rows:
        """Documents of the driver with this licence."""
        held = Driver.objects.filter(tlc_license__iexact=value.strip())
        return rows.filter(customer_id__in=list(held.values_list("customer_id", flat=True)))

    def by_lease(self, rows: Rows, name: str, value: str) -> Rows:
        """Documents of the lease with this key or number."""
        text = value.strip()
        key = Q(lease_id__iexact=text)
        if text.isascii() and text.isdecimal() and len(text) <= 18:
            key |= Q(id=int(text))
        return rows.filter(lease_id__in=list(Lease.objects.filter(key).values_list("id", flat=True)))

    def by_medallion(self, rows: Rows, name: str, value: str) -> Rows:
        """Documents of every lease of the medallion."""
        leases = Lease.objects.filter(medallion__medallion_no__iexact=value.strip())
        return rows.filter(lease_id__in=list(leases.values_list("id", flat=True)))


__all__ = ["DayFilter", "DocumentFilters", "LabelFilter", "MoneyFilter", "Rows"]
