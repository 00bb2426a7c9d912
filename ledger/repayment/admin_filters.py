"""The filters of the console's lists of installments, besides those on their columns."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from batconnect.core.console.base import actor_of
from batconnect.core.console.lists.filters import ListedFilter
from batconnect.core.kernel.clock import today
from ledger.repayment.models import Installment


class DueFilter(ListedFilter):
    """What would be posted today, and what falls due later or is on hold."""

    title = "posting"
    parameter_name = "posting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("due", "Due, not posted"),
            ("held", "Due, but on hold"),
            ("later", "Due later"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        waiting = queryset.filter(status=Installment.Status.SCHEDULED)
        day = today(actor_of(request).company)
        match self.value():
            case "due":
                return waiting.filter(is_suspended=False, due_date__lte=day)
            case "held":
                return waiting.filter(is_suspended=True, due_date__lte=day)
            case "later":
                return waiting.filter(due_date__gt=day)
        return queryset
