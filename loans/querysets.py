"""Reads of loans: which have not been handed over (docs/domain.md#hand-over)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from batconnect.core.kernel.actors import Actor
from ledger.repayment.models import RepaidDocument
from loans.models import DriverLoan


def to_hand_over(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Those whose principal is still payable."""
    return rows.filter(handed_over__isnull=True, is_opening=False).exclude(
        status=RepaidDocument.Status.CANCELLED
    )


def handed_over(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Those whose principal was given, also before the books were opened."""
    return rows.filter(Q(handed_over__isnull=False) | Q(is_opening=True))


def late_to_hand_over(*, actor: Actor, day: date) -> QuerySet[DriverLoan, DriverLoan]:
    """Loans that have not been handed over by their first due date, as of the day; the oldest first."""
    rows = DriverLoan.objects.select_related("customer", "lease").filter(
        company_id=actor.company_id, start_week__lte=day
    )
    late: QuerySet[DriverLoan, DriverLoan] = to_hand_over(rows).order_by("start_week", "id")
    return late
