"""The filters of DTRs and earnings."""

from __future__ import annotations

from batconnect.core.api.filters import DayFilter, LabelFilter, MoneyFilter, NameFilter
from batconnect.directory.filters import WhoseOrWhichFilters
from ledger.settlement.models import Dtr, LeaseEarning


class _WeekFilters(WhoseOrWhichFilters):
    """What both lists filter by: driver, lease, week."""

    week = DayFilter(field_name="week", label="The week's Sunday")
    week_from = DayFilter(field_name="week", lookup_expr="gte", label="From this week")
    week_to = DayFilter(field_name="week", lookup_expr="lte", label="Up to this week")


class DtrFilters(_WeekFilters):
    """DTRs: also by number, status and amount due."""

    dtr_number = NameFilter(field_name="number", label="DTR-2026-000001, or its beginning")
    status = LabelFilter(choices=Dtr.Status.choices, field_name="status", label="Finalized or Paid")
    min_due = MoneyFilter(field_name="due_to_driver", lookup_expr="gte", label="Due, at least")
    min_carried = MoneyFilter(field_name="carried_forward", lookup_expr="gte", label="Carried, at least")


class EarningFilters(_WeekFilters):
    """Earnings: also by status."""

    status = LabelFilter(
        choices=LeaseEarning.Status.choices, field_name="status", label="Credited or applied"
    )
