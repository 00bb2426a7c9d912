"""The page of a row: which columns it has, and its row, read once with the rows that it names."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cached_property
from typing import Any, ClassVar, Final

from django.db import models
from django.http import HttpRequest

from batconnect.core.console.lists.page import ListAdmin
from batconnect.core.console.rights import actor_of
from batconnect.core.database.local_settings import joins_as_written

_MANY: Final = 4
"""From so many joined tables on, planning takes longer than to say that nothing is to be weighed."""


class RecordAdmin(ListAdmin):
    """What `BaseAdmin` gives to the page of every row."""

    named_with: ClassVar[tuple[str, ...]] = ()
    """The columns by which a row is named that are rows themselves."""
    told_with: ClassVar[tuple[str, ...]] = ()
    """Rows behind those that it names which its document tells of."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """The company's rows. Row-level security says the same; this lets the planner begin with the company."""
        rows = super().get_queryset(request)
        if "company" in {field.name for field in self.model._meta.concrete_fields}:
            rows = rows.filter(company_id=actor_of(request).company_id)
        if getattr(request, "reads_a_page", False) and self.shown_with:
            rows = rows.select_related(*self.shown_with)
        return rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row of that key, or None. Where a request only shows it, buttons, card and page share one reading."""
        if request.method not in ("GET", "HEAD"):
            return super().get_object(request, object_id, from_field)
        kept: dict[Any, Any] = request.__dict__.setdefault("rows_read", {})
        key = (self.model, object_id, from_field)
        if key not in kept:
            request.reads_a_page = True  # type: ignore[attr-defined]  # read by get_queryset
            joining = joins_as_written() if len(self.shown_with) >= _MANY else nullcontext()
            try:
                with joining:
                    kept[key] = super().get_object(request, object_id, from_field)
            finally:
                request.reads_a_page = False  # type: ignore[attr-defined]
        return kept[key]

    @cached_property
    def shown_with(self) -> list[str]:
        """The rows that a row's page names: read with it, where each would be read by a statement of its own."""
        names = list(self.told_with)
        for field in self.model._meta.concrete_fields:
            if not isinstance(field, models.ForeignKey) or field.name == "company":
                continue
            names.append(field.name)
            page = self.admin_site._registry.get(field.related_model)
            names += [f"{field.name}__{each}" for each in getattr(page, "named_with", ())]
        return names

    @cached_property
    def _fields_read(self) -> dict[tuple[Any, ...], list[Any]]:
        """The columns of pages to read, by those of them that are computed."""
        return {}

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """The columns of the page. Where nobody may type, they are found once: Django makes a form to see which."""
        if self.fields or obj is None or self.has_change_permission(request, obj):
            return super().get_fields(request, obj)
        key = tuple(self.get_readonly_fields(request, obj))
        if key not in self._fields_read:
            self._fields_read[key] = list(super().get_fields(request, obj))
        return self._fields_read[key]
