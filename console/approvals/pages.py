"""The page of what waits for a second person: one list for every kind, with the way to decide beside each line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from batconnect.core.approvals.kinds import all_kinds, visible_kinds
from batconnect.core.console.rights import actor_of
from batconnect.core.kernel.money import format_amount
from console.approval_requests import Waiting, approvals_waiting
from console.approvals import admin  # noqa: F401 - registers the list of all requests
from console.pages import ConsolePage, register_page
from console.related import address_of_subject


@register_page
class Approvals(ConsolePage):
    """Everything that waits until another person than who asked decides."""

    route = "approvals/"
    url_name = "approvals"
    title = "Approvals"
    icon = "how_to_reg"
    permission = "core.view"
    template_name = "admin/approvals/waiting.html"

    @classmethod
    def lets_in(cls, request: HttpRequest) -> bool:
        """Whether the actor may see requests of any kind."""
        return super().lets_in(request) and bool(visible_kinds(actor_of(request)))

    def get(self, request: HttpRequest) -> HttpResponse:
        """The oldest first; one's own say that another person decides."""
        here = reverse("admin:approvals")
        rows = [self._row(each, here) for each in approvals_waiting(actor=self.actor)]
        return self.page(
            rows=rows,
            decides=any(each["decide"] for each in rows),
            limits=[
                (kind.label, _limit(kind.limit_of(self.actor.company)))
                for kind in all_kinds()
                if kind.limit and not kind.counts_as and self.actor.can(kind.view_permission)
            ],
            decided=reverse("admin:core_approval_changelist"),
        )

    def _row(self, waiting: Waiting, here: str) -> dict[str, Any]:
        approval = waiting.approval
        may_decide = self.actor.can(waiting.kind.permission)
        is_own = approval.requested_by_id == self.actor.user_id
        return {
            "approval": approval,
            "kind": waiting.kind.label,
            "customer": waiting.customer,
            "address": address_of_subject(self.request, approval.subject_type, approval.subject_id),
            "page": reverse("admin:core_approval_change", args=[approval.pk]),
            "is_own": is_own,
            "decide": {
                row_action: f"{reverse(f'admin:core_approval_{row_action}', args=[approval.pk])}?next={here}"
                for row_action in ("approve", "reject")
            }
            if may_decide and not is_own
            else {},
        }


def _limit(limit: Decimal | None) -> str:
    return "no limit" if limit is None else f"above {format_amount(limit)}"
