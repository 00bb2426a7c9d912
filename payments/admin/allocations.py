"""The console's page on what payments were applied to: to read. They change through their actions alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.enums import ActionVariant

from batconnect.core.console.base import ReadOnlyAdmin, has_permission
from batconnect.core.console.confirmations import (
    AmountReasonForm,
    Preview,
    ReasonForm,
    RowAction,
    RowActionAdmin,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import format_amount
from payments.admin.payments import describe_undone
from payments.admin.previews import describe_refund, preview_on
from payments.batches.services.undo import find_batch_operation
from payments.errors import ALREADY_UNDONE
from payments.models import Allocation, Payment
from payments.services.refunds import refund_allocation
from payments.services.undo import undo_operation
from payments.services.voids import LIVE, rest_of, void_allocation


def _void(actor: Actor, row: Allocation, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, Payment]:
        void_allocation(actor=actor, allocation_id=row.id, reason=values["reason"])
        payment = Payment.objects.get(company_id=actor.company_id, id=row.payment_id)
        cash, _ = rest_of(row)
        return (
            f"{format_amount(cash)} {payment.currency} returns to {payment.number}, which then has "
            f"{format_amount(payment.unallocated)} unallocated.",
            payment,
        )

    return preview_on(actor=actor, run=run)


def _refund(actor: Actor, row: Allocation, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, Payment]:
        done = refund_allocation(
            actor=actor,
            payment_id=row.payment_id,
            allocation_id=row.id,
            amount=values["amount"],
            reason=values["reason"],
        )
        return describe_refund(actor=actor, refunded=done), done.payment

    return preview_on(actor=actor, run=run)


def _undo(actor: Actor, row: Allocation, values: dict[str, Any]) -> Preview:
    batch = find_batch_operation(actor=actor, operation_id=row.operation_id)
    if batch is not None:
        raise Conflict(
            f"It was applied by {batch.number}: undo the batch on its own page, or void this line alone.",
            code=ALREADY_UNDONE,
        )

    def run() -> tuple[str, Payment]:
        done = undo_operation(actor=actor, operation_id=row.operation_id, reason=values["reason"])
        return describe_undone(done), done.payments[0]

    return preview_on(actor=actor, run=run)


VOID = RowAction(
    title="Void the allocation", permission="payments.void_allocation", form=ReasonForm, run=_void
)
REFUND = RowAction(
    title="Refund",
    permission="payments.refund",
    form=AmountReasonForm,
    run=_refund,
    initial=lambda row: {"amount": rest_of(row)[0]},
)
UNDO = RowAction(
    title="Undo the whole operation",
    permission="payments.void_allocation",
    form=ReasonForm,
    run=_undo,
)


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Payments applied to obligations: voided, refunded and undone by right."""

    list_display = ("allocation_date", "payment", "obligation", "amount", "status", "strategy")
    list_filter = ("status", "strategy", "payment", "obligation", "allocation_date", "amount")
    date_hierarchy = "allocation_date"
    totals = ("amount", "discount_amount", "refunded_amount")
    totals_currency = "payment__currency"
    list_select_related = ("payment", "obligation")
    search_fields = ("^payment__number", "^obligation__reference_id")
    ordering = ("-id",)
    actions_detail = ("refund", "undo", "void")

    def has_refund_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may pay back."""
        return has_permission(request, REFUND.permission)

    def has_void_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may take allocations back."""
        return has_permission(request, VOID.permission)

    def offers(self, request: HttpRequest, row: Allocation) -> tuple[str, ...]:
        """While something of it is left; a line that went alone, or was refunded, is not undone with others."""
        if row.status not in LIVE:
            return ()
        together = Allocation.objects.filter(company_id=row.company_id, operation_id=row.operation_id)
        is_one_of_many = together.exclude(id=row.id).exists() and not row.refunded_amount
        return ("refund", "undo", "void") if is_one_of_many else ("refund", "void")

    @action(description="Refund", url_path="refund", permissions=["refund"], icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Pay back a part or all of its cash."""
        return self.carry_out(request, object_id, REFUND)

    @action(
        description="Undo with its others",
        url_path="undo",
        permissions=["void"],
        icon="settings_backup_restore",
    )
    def undo(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take back everything that was applied together with it."""
        return self.carry_out(request, object_id, UNDO)

    @action(
        description="Void", url_path="void", permissions=["void"], icon="block", variant=ActionVariant.DANGER
    )
    def void(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give back what is left of it."""
        return self.carry_out(request, object_id, VOID)
