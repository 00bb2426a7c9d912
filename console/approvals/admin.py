"""Every request for a second person, waiting or decided: to read, and to decide on by right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant

from batconnect.core.approvals.kinds import decidable_kinds, find_kind, visible_kinds
from batconnect.core.approvals.services import Decision, approve, reject
from batconnect.core.console.base import ReadOnlyAdmin, actor_of, has_permission
from batconnect.core.console.bulk.actions import BulkAction
from batconnect.core.console.bulk.lists import BulkActionAdmin
from batconnect.core.console.confirmations import OptionalReasonForm, Preview
from batconnect.core.console.row_actions import RowAction
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from console.approvals.faces import APPROVAL_FACE
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


def _may_decide(actor: Actor, row: Approval | None) -> bool:
    """Whether the person may decide on this kind, and it is not the person's own."""
    return (
        row is not None and actor.can(find_kind(row.kind).permission) and row.requested_by_id != actor.user_id
    )


APPROVE: Final = RowAction(
    name="approve",
    title="Approve",
    permission="core.view",
    permitted=_may_decide,
    icon="check",
    variant=ActionVariant.PRIMARY,
    form=OptionalReasonForm,
    run=_approve,
    offered=lambda actor, row: row.status == Approval.Status.PENDING,
)
REJECT: Final = replace(
    APPROVE, name="reject", title="Reject", icon="close", variant=ActionVariant.DEFAULT, run=_reject
)


def _decides(actor: Actor) -> bool:
    return bool(decidable_kinds(actor))


BULK: Final = (
    BulkAction(of=APPROVE, title="Approve requests", amount="amount", opens=_decides),
    BulkAction(of=REJECT, title="Reject requests", amount="amount", opens=_decides),
)


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin, BulkActionAdmin):
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
    row_actions = (APPROVE, REJECT)
    bulk_actions = BULK
    face = APPROVAL_FACE

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
