"""The page of what was explained together: each operation, and the way to take it back."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse

from bank.models import Explanation
from bank.querysets.operations import operations
from batconnect.core.console.base import has_permission
from console.pages import ConsolePage, register_page

_PER_PAGE: Final = 50
_DEEPEST: Final = 1_000


@register_page
class Operations(ConsolePage):
    """Operations of several lines, the latest first; those of one line are taken back on the line."""

    route = "bank/operations/"
    url_name = "bank_operations"
    title = "Explained together"
    icon = "library_add_check"
    permission = "bank.view"
    template_name = "admin/bank/operations.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        text = request.GET.get("page", "1")
        page = min(int(text[:6]), _DEEPEST) if text.isdecimal() and int(text[:6]) > 0 else 1
        first = (page - 1) * _PER_PAGE
        rows = list(operations(actor=self.actor).filter(parts__gt=1)[first : first + _PER_PAGE + 1])
        labels = dict(Explanation.DecidedBy.choices)
        return self.page(
            rows=[
                {**row, "by": ", ".join(labels[each].lower() for each in row["deciders"])}
                for row in rows[:_PER_PAGE]
            ],
            previous_page=page - 1,
            next_page=page + 1 if len(rows) > _PER_PAGE else 0,
            may_explain=has_permission(request, "bank.explain"),
        )
