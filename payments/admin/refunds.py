"""The console's page on refunds: what was paid back, and what waits for a second person (DOMAIN 8)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.enums import ActionVariant

from batconnect.core.actors import Actor
from batconnect.core.base_admin import ReadOnlyAdmin, actor_of, may
from batconnect.core.confirmations import Effect, OptionalReasonForm, Verb, VerbAdmin
from batconnect.core.money import in_words
from payments.admin.effects import effect_on, refund_in_words
from payments.models import Payment, Refund
from payments.services.refunds import approve_refund, reject_refund


def _approve(actor: Actor, row: Refund, values: dict[str, Any]) -> Effect:
    def run() -> tuple[str, Payment]:
        done = approve_refund(actor=actor, request_id=row.id, reason=values["reason"])
        return f"Approved: {refund_in_words(actor=actor, refunded=done)}", done.payment

    return effect_on(actor=actor, run=run)


def _reject(actor: Actor, row: Refund, values: dict[str, Any]) -> Effect:
    def run() -> tuple[str, Payment]:
        done = reject_refund(actor=actor, request_id=row.id, reason=values["reason"])
        return f"Rejected: {in_words(row.amount)} of {done.payment.number} are not paid back.", done.payment

    return effect_on(actor=actor, run=run)


APPROVE = Verb(title="Approve", permission="payments.approve_refund", form=OptionalReasonForm, run=_approve)
REJECT = Verb(title="Reject", permission="payments.approve_refund", form=OptionalReasonForm, run=_reject)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin, VerbAdmin):
    """Refunds; those above the company's limit are decided on by another person than who asked."""

    view_permission = "payments.view"
    list_display = ("requested_at", "payment", "amount", "status", "requested_by", "decided_by", "reason")
    list_filter = ("status", "requested_at", "amount")
    date_hierarchy = "requested_at"
    totals = ("amount",)
    totals_currency = "payment__currency"
    list_select_related = ("payment", "requested_by", "decided_by")
    search_fields = ("payment__number", "payment__customer__name")
    ordering = ("-id",)
    actions_detail = ("approve", "reject")

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may decide on what others asked for, and this is not the person's own."""
        if not may(request, APPROVE.permission):
            return False
        row = self.get_object(request, str(object_id)) if object_id else None
        return row is None or row.requested_by_id != actor_of(request).user_id

    def offers(self, request: HttpRequest, row: Refund) -> tuple[str, ...]:
        """While it waits."""
        return ("approve", "reject") if row.status == Refund.Status.PENDING else ()

    @action(
        description="Approve",
        url_path="approve",
        permissions=["decide"],
        icon="check",
        variant=ActionVariant.PRIMARY,
    )
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Agree, as the second person: it is posted."""
        return self.carry_out(request, object_id, APPROVE)

    @action(description="Reject", url_path="reject", permissions=["decide"], icon="close")
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Disagree, as the second person: the amount is free again."""
        return self.carry_out(request, object_id, REJECT)
