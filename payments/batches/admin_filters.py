"""What the console's list of batches is narrowed to, beside its columns."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from batconnect.core.console.base import actor_of
from batconnect.core.console.lists.filters import ListedFilter
from payments.batches.models import PaymentBatch
from payments.batches.querysets import with_failed_rows, with_held_rows


class FailedRowsFilter(ListedFilter):
    """Batches of late some of whose rows failed: to retry, or to enter otherwise."""

    title = "failed rows"
    parameter_name = "failed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("recent", "Some, in the last 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PaymentBatch]) -> QuerySet[PaymentBatch]:
        return with_failed_rows(queryset, actor=actor_of(request)) if self.value() == "recent" else queryset


class HeldRowsFilter(ListedFilter):
    """Batches some of whose rows wait for somebody to say whether they are paid."""

    title = "held rows"
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("some", "Some")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PaymentBatch]) -> QuerySet[PaymentBatch]:
        return with_held_rows(queryset, actor=actor_of(request)) if self.value() == "some" else queryset
