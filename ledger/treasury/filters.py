"""The filters of what was paid out."""

from __future__ import annotations

import django_filters

from batconnect.core.api.filters import CodeFilter, DayFilter, LabelFilter, ListFilters, NameFilter
from ledger.chart import METHODS
from ledger.treasury.models import Disbursement


class DisbursementFilters(ListFilters):
    """By kind, status, place, method, day, customer and reference."""

    kind = LabelFilter(choices=Disbursement.Kind.choices, label="payout, refund, …")
    status = LabelFilter(choices=Disbursement.Status.choices, label="in_transit, cleared, paid, stopped")
    bank_account_id = django_filters.UUIDFilter(field_name="bank_account")
    drawer_id = django_filters.UUIDFilter(field_name="drawer")
    customer_id = django_filters.UUIDFilter(field_name="customer")
    method = LabelFilter(choices=list(METHODS.items()), label="check, ach, cash, …")
    currency = CodeFilter(field_name="currency", label="USD")
    reference = NameFilter(field_name="reference", label="A check's number, …, or its beginning")
    date_from = DayFilter(field_name="paid_on", lookup_expr="gte", label="Paid on or after")
    date_to = DayFilter(field_name="paid_on", lookup_expr="lte", label="Paid on or before")
