"""The filters of the lists of payments.

Who and what is asked for by name is resolved to keys first, so that the rows come by an index that is already
in the list's order.
"""

from __future__ import annotations

from typing import Any, Final

import django_filters
from django.db.models import Q, QuerySet

from batconnect.core.api.filters import DayFilter, LabelFilter, ListFilters, MoneyFilter
from batconnect.core.errors import InvalidInput
from batconnect.directory.models import Customer, Driver, Lease
from ledger.chart import Category
from ledger.errors import UNKNOWN_CATEGORY
from ledger.models import Obligation
from ledger.rules.categories import UnknownCategory, parse_category
from payments.models import Allocation
from payments.rules.methods import INTERIM_METHODS, method_label

# More namesakes than this are looked for row by row.
_MOST_KEYS: Final = 500
STATUSES: Final = (
    ("active", "Posted"),
    ("partially_refunded", "Partially refunded"),
    ("refunded", "Refunded"),
    ("voided", "Voided"),
)
_CATEGORIES: Final = [each.value for each in Category]
Rows = QuerySet[Any, Any]


class InterimPaymentFilters(ListFilters):
    """The filters of seed 1 and API.md."""

    payment_id = django_filters.CharFilter(method="by_number", label="Payment number")
    driver_name = django_filters.CharFilter(method="by_driver_name", label="Part of the driver's name")
    tlc_license = django_filters.CharFilter(method="by_license", label="TLC licence")
    lease_id = django_filters.CharFilter(method="by_lease", label="2054 or LS-2054")
    medallion_no = django_filters.CharFilter(method="by_medallion", label="Medallion")
    category = django_filters.CharFilter(method="by_category", label="Label or code, any case")
    reference_id = django_filters.CharFilter(method="by_reference", label="The obligation's reference")
    payment_method = LabelFilter(
        field_name="payment__method",
        choices=[(code, method_label(code)) for code in INTERIM_METHODS],
        aliases={"cheque": "check"},
        label="Cash, Check or ACH",
    )
    payment_date = DayFilter(field_name="payment__payment_date", label="On this day")
    payment_date_from = DayFilter(
        field_name="payment__payment_date", lookup_expr="gte", label="From this day"
    )
    payment_date_to = DayFilter(field_name="payment__payment_date", lookup_expr="lte", label="Up to this day")
    amount_from = MoneyFilter(field_name="amount", lookup_expr="gte", label="At least")
    amount_to = MoneyFilter(field_name="amount", lookup_expr="lte", label="At most")
    status = LabelFilter(field_name="status", choices=STATUSES, label="Posted or Voided")

    class Meta:
        model = Allocation
        fields: list[str] = []

    def by_number(self, rows: Rows, name: str, value: str) -> Rows:
        return rows.filter(payment__number=value.strip().upper())

    def by_driver_name(self, rows: Rows, name: str, value: str) -> Rows:
        named = Customer.objects.filter(name__icontains=value.strip(), drivers__isnull=False)
        keys = list(named.values_list("id", flat=True)[: _MOST_KEYS + 1])
        if len(keys) > _MOST_KEYS:
            return rows.filter(payment__customer__name__icontains=value.strip())
        return rows.filter(payment__customer_id__in=keys)

    def by_license(self, rows: Rows, name: str, value: str) -> Rows:
        held = Driver.objects.filter(tlc_license__iexact=value.strip())
        return rows.filter(payment__customer_id__in=list(held.values_list("customer_id", flat=True)))

    def by_lease(self, rows: Rows, name: str, value: str) -> Rows:
        text = value.strip()
        by_number = Q(lease_id__iexact=text)
        key = by_number | Q(id=int(text)) if text.isascii() and text.isdecimal() else by_number
        return rows.filter(payment__lease_id__in=list(Lease.objects.filter(key).values_list("id", flat=True)))

    def by_medallion(self, rows: Rows, name: str, value: str) -> Rows:
        leases = Lease.objects.filter(medallion__medallion_no__iexact=value.strip())
        return rows.filter(payment__lease_id__in=list(leases.values_list("id", flat=True)))

    def by_category(self, rows: Rows, name: str, value: str) -> Rows:
        try:
            category = parse_category(value)
        except UnknownCategory as error:
            raise InvalidInput(str(error), code=UNKNOWN_CATEGORY, field="category") from error
        return rows.filter(obligation__category=category.value)

    def by_reference(self, rows: Rows, name: str, value: str) -> Rows:
        # Every category is named, so that the unique index on (category, reference) serves.
        held = Obligation.objects.filter(category__in=_CATEGORIES, reference_id=value.strip())
        return rows.filter(obligation_id__in=list(held.values_list("id", flat=True)))
