"""The filters of the lists of remittances, deposits and processors' deposits."""

from __future__ import annotations

import django_filters

from batconnect.core.api.filters import CodeFilter, DayFilter, LabelFilter, ListFilters, SeveralFilter
from batconnect.directory.filters import Rows
from ledger.clearing.models import ProcessorDeposit, Remittance


class RemittanceFilters(ListFilters):
    """By account, status, currency and day."""

    account = SeveralFilter(field_name="account", label="taxes_held:other, tax_payable, …")
    status = LabelFilter(choices=Remittance.Status.choices)
    currency = CodeFilter(field_name="currency")
    paid_from = DayFilter(field_name="paid_on", lookup_expr="gte")
    paid_to = DayFilter(field_name="paid_on", lookup_expr="lte")


class DepositFilters(ListFilters):
    """By lease and customer; `is_held` leaves out those that are used up."""

    lease = SeveralFilter(field_name="lease__lease_id", label="The lease's number")
    customer_id = django_filters.UUIDFilter(field_name="customer")
    is_held = django_filters.BooleanFilter(method="by_held")

    def by_held(self, rows: Rows, name: str, value: bool) -> Rows:
        """Deposits of which something is held, or nothing."""
        return rows.filter(held__gt=0) if value else rows.filter(held=0)


class ProcessorFilters(ListFilters):
    """By processor, status and day."""

    processor = SeveralFilter(field_name="processor")
    status = LabelFilter(choices=ProcessorDeposit.Status.choices)
    deposited_from = DayFilter(field_name="deposited_on", lookup_expr="gte")
    deposited_to = DayFilter(field_name="deposited_on", lookup_expr="lte")
