"""The filters of the list of loans (docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from batconnect.core.api.filters import DayFilter, MoneyFilter, NameFilter
from ledger.repayment.filters import DocumentFilters


class LoanFilters(DocumentFilters):
    """By number, principal and the loan's date, besides the debtor."""

    loan_id = NameFilter(field_name="number", label="DLN-2026-001, or its beginning")
    min_principal = MoneyFilter(field_name="amount", lookup_expr="gte", label="At least")
    max_principal = MoneyFilter(field_name="amount", lookup_expr="lte", label="At most")
    loan_date_from = DayFilter(field_name="loan_date", lookup_expr="gte", label="From this day")
    loan_date_to = DayFilter(field_name="loan_date", lookup_expr="lte", label="Up to this day")
