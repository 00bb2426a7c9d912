"""The filters of the list of credit memos."""

from __future__ import annotations

import django_filters

from batconnect.core.api.filters import (
    CodeFilter,
    DayFilter,
    LabelFilter,
    ListFilters,
    MoneyFilter,
    NameFilter,
)
from payments.models import CreditMemo


class CreditMemoFilters(ListFilters):
    """The filters of GET /api/accounting/credit-memos."""

    number = NameFilter(field_name="number", label="Its number, or its beginning")
    customer_id = django_filters.UUIDFilter(field_name="customer_id", label="The customer's id")
    obligation_id = django_filters.UUIDFilter(field_name="obligation_id", label="The item that it credits")
    lease_id = django_filters.NumberFilter(field_name="lease_id", label="The lease's key")
    status = LabelFilter(field_name="status", choices=CreditMemo.Status.choices, label="open, used, voided")
    currency = CodeFilter(field_name="currency", label="USD, …")
    issued_on_from = DayFilter(field_name="issued_on", lookup_expr="gte", label="Issued from this day")
    issued_on_to = DayFilter(field_name="issued_on", lookup_expr="lte", label="Issued up to this day")
    amount_from = MoneyFilter(field_name="amount", lookup_expr="gte", label="At least")
    amount_to = MoneyFilter(field_name="amount", lookup_expr="lte", label="At most")

    class Meta:
        model = CreditMemo
        fields: list[str] = []
