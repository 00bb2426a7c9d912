"""The filters of the console's list of cases, besides those on its columns."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from batconnect.core.console.base import actor_of
from batconnect.core.console.lists.filters import ListedFilter
from batconnect.core.kernel import clock
from cases.models import Case
from cases.querysets import in_basket, known_steps, overdue


class BasketFilter(ListedFilter):
    """The work basket: open cases whose step the user may take and which are not assigned to somebody else.

    Rule: docs/domain.md#cases.
    """

    title = "work basket"
    parameter_name = "basket"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mine", "Mine")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        if self.value() != "mine":
            return queryset
        actor = actor_of(request)
        return queryset.filter(in_basket(actor=actor, steps=known_steps(company_id=actor.company_id)))


class OverdueFilter(ListedFilter):
    """Cases that have waited longer than their step allows; one on hold does not wait."""

    title = "time limit"
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Overdue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        return queryset.filter(overdue(now=clock.now())) if self.value() == "yes" else queryset
