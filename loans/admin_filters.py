"""The filters of the console's list of loans, besides those on its columns."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from batconnect.core.console.base import actor_of
from batconnect.core.console.lists.filters import ListedFilter
from batconnect.core.kernel.clock import today
from loans.querysets import handed_over, to_hand_over


class HandOverFilter(ListedFilter):
    """Whose money has been given, is to be given, and is late."""

    title = "hand-over"
    parameter_name = "hand_over"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("given", "Handed over"),
            ("open", "To be handed over"),
            ("late", "Not handed over by the first due date"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "given":
                return handed_over(queryset)
            case "open":
                return to_hand_over(queryset)
            case "late":
                return to_hand_over(queryset).filter(start_week__lte=today(actor_of(request).company))
        return queryset
