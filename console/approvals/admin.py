"""Every request for a second person, waiting or decided: to read, and to decide on by right."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.enums import ActionVariant

from batconnect.core.approvals.kinds import find_kind, visible_kinds
from batconnect.core.approvals.services import Decision, approve, reject
from batconnect.core.console.base import ReadOnlyAdmin, actor_of, has_permission
from batconnect.core.console.confirmations import OptionalReasonForm, Preview, RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger.previews import posted_by


def _sentence(decision: Decision, title: str) -> str:
    sentence = decision.carried.sentence if decision.carried else title
    return f"{decision.approval.get_status_display()}: {sentence}"


def _approve(actor: Actor, row: Approval, values: dict[str, Any]) -> Preview:
    def run() -> str:
        return _sentence(approve(actor=actor, approval_id=row.id, reason=values["reason"]), row.title)

    return posted_by(actor=actor, run=run)


def _reject(actor: Actor, row: Approval, values: dict[str, Any]) -> Preview:
    def run() -> str:
        return _sentence(reject(actor=actor, approval_id=row.id, reason=values["reason"]), row.title)

    return posted_by(actor=actor, run=run)


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Who asked for what, up to which amount, who decided, when and why; each sees the kinds that they may."""

    list_display = ("requested_at", "title", "amount", "status", "requested_by", "decided_by", "decided_at")
    list_filter = ("status", "kind", "requested_at", "amount")
    date_hierarchy = "requested_at"
    list_select_related = ("requested_by", "decided_by")
    search_fields = ("title",)
    ordering = ("-id",)
    fields = (
        *("title", "kind", "status", "amount", "currency", "limit_then", "counted", "reason"),
        *("requested_by", "requested_at", "decided_by", "decided_at", "decision_reason"),
        *("parameters", "outcome"),
    )
    actions_detail = ("approve", "reject")

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Whether the person may see requests of any kind, or this one's."""
        kinds = visible_kinds(actor_of(request)) if has_permission(request, self.view_permission) else []
        return bool(kinds) if obj is None else isinstance(obj, Approval) and obj.kind in kinds

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As its list."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Those of the kinds that the actor may see: another one's page does not exist."""
        return super().get_queryset(request).filter(kind__in=visible_kinds(actor_of(request)))

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may decide on this kind, and it is not the person's own."""
        row = self.get_object(request, str(object_id)) if object_id else None
        if row is None:
            return False
        return has_permission(request, find_kind(row.kind).permission) and (
            row.requested_by_id != actor_of(request).user_id
        )

    def offers(self, request: HttpRequest, row: Approval) -> tuple[str, ...]:
        """While it waits; a late click gets the answer that it has been decided."""
        return ("approve", "reject") if row.status == Approval.Status.PENDING else ()

    @action(
        description="Approve",
        url_path="approve",
        permissions=["decide"],
        icon="check",
        variant=ActionVariant.PRIMARY,
    )
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Agree, as the second person: it is carried out as it was asked for."""
        return self._decide(request, object_id, "Approve", _approve)

    @action(description="Reject", url_path="reject", permissions=["decide"], icon="close")
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Disagree, as the second person: nothing is done."""
        return self._decide(request, object_id, "Reject", _reject)

    def _decide(self, request: HttpRequest, object_id: str, title: str, run: Any) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        permission = find_kind(row.kind).permission
        return self.carry_out(request, object_id, RowAction(title, permission, OptionalReasonForm, run))
