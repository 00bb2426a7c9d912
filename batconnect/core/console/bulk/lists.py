"""A list whose rows may be chosen: what is done to the chosen ones stands below it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Final

from django.contrib.admin.options import IS_POPUP_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from batconnect.core.console.bulk.actions import BulkAction, Declared
from batconnect.core.console.bulk.services import begin_operation, plan_operation
from batconnect.core.console.refusals import show_error
from batconnect.core.console.rights import actor_of
from batconnect.core.console.row_actions import RowActionAdmin
from batconnect.core.kernel.errors import Refusal

OPERATION: Final = "bulk_operation"
"""The name of the page of an operation."""


class BulkActionAdmin(RowActionAdmin):
    """A page with `bulk_actions`: its list has a box before each row, and the actions that the person may do."""

    bulk_actions: ClassVar[tuple[BulkAction, ...]] = ()

    def get_actions(self, request: HttpRequest) -> dict[str, tuple[Callable[..., Any], str, str]]:
        """What Django offers below the list, and calls with the chosen rows."""
        if IS_POPUP_VAR in request.GET or getattr(request, "counts_nothing", False):
            return {}
        actor = actor_of(request)
        return {
            **super().get_actions(request),
            **{
                each.name: (partial(_begin, each), each.name, each.title)
                for each in self.bulk_actions
                if each.has_permission(actor)
            },
        }


def add_bulk_actions(page: type[BulkActionAdmin], *declared: BulkAction) -> None:
    """Let a page of an app below offer these too; once, beside the admin of the app that declares them."""
    page.bulk_actions = (*page.bulk_actions, *declared)


def _begin(
    action: BulkAction, page: BulkActionAdmin, request: HttpRequest, chosen: QuerySet[Any]
) -> HttpResponse | None:
    """Keep what was chosen and lead to its form; where nothing has to be asked, to the preview."""
    actor = actor_of(request)
    try:
        operation = begin_operation(actor=actor, declared=Declared(page, action), rows=chosen)
        # What asks for nothing that is needed is previewed at once.
        plan_operation(actor=actor, operation_id=operation.id, answers=QueryDict())
    except Refusal as refusal:
        show_error(request, refusal)
        return None
    return HttpResponseRedirect(reverse(f"admin:{OPERATION}", args=[operation.id]))
