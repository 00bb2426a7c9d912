"""The filters of the console's settlement lists, besides those on their columns."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from batconnect.core.console.lists.filters import ListedFilter
from ledger.settlement.models import Dtr


class PayoutFilter(ListedFilter):
    """Whether something is due to the driver, and whether it is paid out."""

    title = "payout"
    parameter_name = "payout"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "To be paid out"), ("paid", "Paid out"), ("nothing", "Nothing is due")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dtr]) -> QuerySet[Dtr]:
        match self.value():
            case "waiting":
                return queryset.filter(status=Dtr.Status.FINALIZED, due_to_driver__gt=0)
            case "paid":
                return queryset.filter(status=Dtr.Status.PAID)
            case "nothing":
                return queryset.filter(due_to_driver=0)
        return queryset
