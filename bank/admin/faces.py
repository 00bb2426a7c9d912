"""Pages of rows that show first what they are, and keep their columns folded away."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest

from batconnect.core.console.base import ReadOnlyAdmin


class FaceAdmin(ReadOnlyAdmin):
    """A page with a face: `change_form_outer_before_template` shows what `face_of` says, with the row's links, and
    `sections` the columns that people look for, each under its title.

    Every other column stays on the page, below, under *All that is kept of it*.
    """

    sections: ClassVar[tuple[tuple[str | None, tuple[str, ...]], ...]] = ()

    def face_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the template takes, `face` among it."""
        return {}

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        shown = {name for _, names in self.sections for name in names}
        rest = [each for each in self.get_fields(request, obj) if each not in shown]
        return [
            *((title, {"fields": list(names)}) for title, names in self.sections),
            ("All that is kept of it", {"classes": ["collapse"], "fields": rest}),
        ]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: models.Model | None = None,
    ) -> Any:
        if obj is not None:
            context.update(self.face_of(request, obj))
        return super().render_change_form(request, context, add, change, form_url, obj)
