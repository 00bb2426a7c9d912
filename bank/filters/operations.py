"""The filters of what was explained together."""

from __future__ import annotations

from typing import Any, Final

import django_filters
from django.db.models import Count, Q, QuerySet

from bank.models import Explanation
from batconnect.core.api.filters import LabelFilter, ListFilters

_STANDING: Final = (("live", "Something of it stands"), ("undone", "All of it is undone"))


class OperationFilters(ListFilters):
    """By who decided, whether it still stands, and whether it explained several parts."""

    decided_by = LabelFilter(
        choices=Explanation.DecidedBy.choices, method="by_decided", label="person, system, rule"
    )
    status = LabelFilter(choices=_STANDING, method="by_status", label="live, undone")
    several = django_filters.BooleanFilter(method="by_several", label="Whether it explained several parts")

    def by_decided(self, rows: QuerySet[Any, Any], name: str, values: list[str]) -> QuerySet[Any, Any]:
        """Operations with an explanation that one of them decided."""
        if not values:
            return rows
        return rows.alias(so_decided=Count("id", filter=Q(decided_by__in=values))).filter(so_decided__gt=0)

    def by_status(self, rows: QuerySet[Any, Any], name: str, values: list[str]) -> QuerySet[Any, Any]:
        """Operations of which something stands, or nothing."""
        if len(values) != 1:
            return rows
        return rows.filter(live__gt=0) if values == ["live"] else rows.filter(live=0)

    def by_several(self, rows: QuerySet[Any, Any], name: str, value: bool) -> QuerySet[Any, Any]:
        """Operations of several parts, or of one."""
        return rows.filter(parts__gt=1) if value else rows.filter(parts=1)
