"""The filters of the console's lists of renewal cases, besides those on their columns."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from batconnect.core.console.base import actor_of
from batconnect.core.console.lists.filters import ListedFilter
from batconnect.core.kernel.clock import today
from outstanding.models import PaymentPlan
from outstanding.querysets import plans_in_default


class KeptFilter(ListedFilter):
    """Plans that are not kept: a row past due is open, or the plan ended by default and nothing followed."""

    title = "in default"
    parameter_name = "default"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "In default today")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PaymentPlan]) -> QuerySet[PaymentPlan]:
        if self.value() != "yes":
            return queryset
        actor = actor_of(request)
        return queryset.filter(pk__in=plans_in_default(actor=actor, day=today(actor.company)))
