"""What the console's lists of payments are narrowed to, beside their columns."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from batconnect.core.console.lists.filters import ListedFilter
from ledger.chart import METHODS
from payments.models import Payment


class CashFilter(ListedFilter):
    """Whether some of the money is not applied yet."""

    title = "unallocated cash"
    parameter_name = "cash"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("left", "Some is left"), ("none", "None")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        match self.value():
            case "left":
                return queryset.filter(unallocated__gt=0)
            case "none":
                return queryset.filter(unallocated=0)
        return queryset


class MethodFilter(ListedFilter):
    """How it was paid: the methods there are, without asking every payment."""

    title = "method"
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(METHODS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        return queryset.filter(method=self.value()) if self.value() else queryset
