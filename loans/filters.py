"""The filters of the list of loans (docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet

from batconnect.core.api.filters import DayFilter, LabelFilter, MoneyFilter, NameFilter
from ledger.repayment.filters import DocumentFilters
from loans.querysets import handed_over, to_hand_over

_GIVEN: Final = (("yes", "Handed over"), ("no", "To be handed over"))


class LoanFilters(DocumentFilters):
    """By number, principal and the loan's date, besides the debtor."""

    loan_id = NameFilter(field_name="number", label="DLN-2026-001, or its beginning")
    min_principal = MoneyFilter(field_name="amount", lookup_expr="gte", label="At least")
    max_principal = MoneyFilter(field_name="amount", lookup_expr="lte", label="At most")
    loan_date_from = DayFilter(field_name="loan_date", lookup_expr="gte", label="From this day")
    loan_date_to = DayFilter(field_name="loan_date", lookup_expr="lte", label="Up to this day")
    handed_over = LabelFilter(
        choices=_GIVEN, method="by_hand_over", label="yes or no: still to be handed over"
    )

    def by_hand_over(self, rows: QuerySet[Any, Any], name: str, values: list[str]) -> QuerySet[Any, Any]:
        """Loans that have been given, or are still to be."""
        if set(values) != {"yes"} and set(values) != {"no"}:
            return rows
        return handed_over(rows) if "yes" in values else to_hand_over(rows)
