"""The filters of the lists of vendors, bills and credits."""

from __future__ import annotations

import django_filters

from batconnect.core.api.filters import (
    CodeFilter,
    DayFilter,
    LabelFilter,
    ListFilters,
    NameFilter,
    WordsFilter,
)
from ledger.vendors.models import Vendor, VendorBill, VendorCredit


class VendorFilters(ListFilters):
    """By number, name, kind, and whether they are bought from."""

    number = NameFilter(field_name="number", label="A vendor's number, or its beginning")
    name = WordsFilter(field_name="name", label="Words of the name")
    kind = LabelFilter(choices=Vendor.Kind.choices)
    is_active = django_filters.BooleanFilter(field_name="is_active")


class BillFilters(ListFilters):
    """By vendor, number, status, currency and dates."""

    vendor_id = django_filters.UUIDFilter(field_name="vendor")
    number = NameFilter(field_name="number", label="A bill's number, or its beginning")
    status = LabelFilter(choices=VendorBill.Status.choices)
    currency = CodeFilter(field_name="currency")
    issue_date_from = DayFilter(field_name="issue_date", lookup_expr="gte")
    issue_date_to = DayFilter(field_name="issue_date", lookup_expr="lte")
    due_date_to = DayFilter(field_name="due_date", lookup_expr="lte")


class CreditFilters(ListFilters):
    """By vendor, kind and status."""

    vendor_id = django_filters.UUIDFilter(field_name="vendor")
    kind = LabelFilter(choices=VendorCredit.Kind.choices)
    status = LabelFilter(choices=VendorCredit.Status.choices)
