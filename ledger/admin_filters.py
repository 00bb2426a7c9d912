"""The filters of the console's ledger lists, besides those on their columns."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from batconnect.core.console.base import actor_of
from batconnect.core.console.lists.filters import ListedFilter
from batconnect.core.kernel.clock import today
from ledger.aging import of_age
from ledger.models import Account, Obligation
from ledger.rules.aging import BUCKETS, OVERDUE, bucket_named


class AgeFilter(ListedFilter):
    """Open items by the days since their effective due date, as of the company's today."""

    title = "age"
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(bucket.key, bucket.label) for bucket in (*BUCKETS, OVERDUE)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Obligation]) -> QuerySet[Obligation]:
        bucket = bucket_named(self.value())
        if bucket is None:
            return queryset
        actor = actor_of(request)
        return of_age(queryset, actor=actor, bucket=bucket, day=today(actor.company))


class CurrencyFilter(ListedFilter):
    """One of the currencies in which the company keeps accounts; `path` leads to the row's currency."""

    title = "currency"
    parameter_name = "currency"
    path = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        accounts = Account.objects.filter(company_id=actor_of(request).company_id).order_by("currency")
        return [(code, code) for code in accounts.values_list("currency", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset
