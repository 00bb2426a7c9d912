"""The filters of the list of loans (API.md)."""

from __future__ import annotations

import django_filters

from ledger.repayment.filters import DayFilter, DocumentFilters, MoneyFilter


class LoanFilters(DocumentFilters):
    """By number, principal and the loan's date, beside whose it is."""

    loan_id = django_filters.CharFilter(method="by_number", label="DLN-2026-001")
    min_principal = MoneyFilter(field_name="amount", lookup_expr="gte", label="At least")
    max_principal = MoneyFilter(field_name="amount", lookup_expr="lte", label="At most")
    loan_date_from = DayFilter(field_name="loan_date", lookup_expr="gte", label="From this day")
    loan_date_to = DayFilter(field_name="loan_date", lookup_expr="lte", label="Up to this day")
