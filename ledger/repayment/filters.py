"""The filters that lists of loans and of repairs share."""

from __future__ import annotations

from batconnect.core.api.filters import DayFilter, LabelFilter
from batconnect.directory.filters import WhoseFilters
from ledger.repayment.models import RepaidDocument


class DocumentFilters(WhoseFilters):
    """By debtor, lease, status and day; a subclass adds its number, amounts and dates."""

    status = LabelFilter(choices=RepaidDocument.Status.choices, label="Open, Hold, Closed or Cancelled")
    start_week_from = DayFilter(field_name="start_week", lookup_expr="gte", label="From this day")
    start_week_to = DayFilter(field_name="start_week", lookup_expr="lte", label="Up to this day")
