"""The console's page on payments: to read. They change through their actions alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminRadioSelectWidget

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline, has_permission
from batconnect.core.console.confirmations import (
    AmountReasonForm,
    Preview,
    ReasonForm,
    RowAction,
    RowActionAdmin,
    reason_field,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval
from ledger.admin_filters import CurrencyFilter
from payments.admin.previews import describe_refund, preview_on
from payments.admin_filters import CashFilter, MethodFilter
from payments.models import Allocation, Payment
from payments.querysets import Operation, how_applied, operations_of
from payments.services.refunds import refund_unallocated
from payments.services.undo import Undone, undo_operation
from payments.services.voids import void_payment


class AllocationInline(ReadOnlyInline):
    """What a payment was applied to."""

    model = Allocation
    view_permission = "payments.view"
    fields = (
        "obligation",
        "amount",
        "discount_amount",
        "refunded_amount",
        "status",
        "allocation_date",
        "strategy",
        "outstanding_after",
    )
    ordering = ("operation_id", "line")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("obligation")


def _void(actor: Actor, row: Payment, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, Payment]:
        done = void_payment(actor=actor, payment_id=row.id, reason=values["reason"])
        if isinstance(done, Approval):
            return describe_waiting(done), Payment.objects.get(company_id=actor.company_id, id=row.id)
        return (
            f"{done.number} for {format_amount(done.amount)} {done.currency} is voided with everything it paid.",
            done,
        )

    return preview_on(actor=actor, run=run)


def _refund(actor: Actor, row: Payment, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, Payment]:
        done = refund_unallocated(
            actor=actor, payment_id=row.id, amount=values["amount"], reason=values["reason"]
        )
        return describe_refund(actor=actor, refunded=done), done.payment

    return preview_on(actor=actor, run=run)


def describe_undone(done: Undone) -> str:
    """How many lines, and what returns to which payments."""
    back = ", ".join(
        f"{each.number} has {format_amount(each.unallocated)} {each.currency} unallocated again"
        for each in done.payments
    )
    lines = len(done.allocations)
    return f"{lines} {'line is' if lines == 1 else 'lines are'} taken back; {back}."


def describe_operation(operation: Operation) -> str:
    """`2 lines, 300.00 in cash, by overdue items first, Mara, 2026-01-31 14:05 UTC`."""
    how = how_applied(operation.strategy)
    won = f" and {format_amount(operation.discount)} discount" if operation.discount else ""
    return (
        f"{operation.live_lines} of {operation.lines} lines, {format_amount(operation.cash)} in cash{won}: "
        f"{how.lower()}, {operation.by or 'by a job'}, {operation.applied_at:%Y-%m-%d %H:%M} UTC"
    )


def undo_action(payment: Payment, chosen: str = "") -> RowAction:
    """Take back what was applied together from the payment; the person says which."""
    undoable = [each for each in operations_of(payment) if each.is_undoable]

    class UndoForm(ReasonForm):
        operation = forms.ChoiceField(
            choices=[(str(each.id), describe_operation(each)) for each in undoable],
            widget=UnfoldAdminRadioSelectWidget,
            label="What is taken back",
        )
        reason = reason_field()
        field_order = ("operation", "reason")

    def run(actor: Actor, row: Payment, values: dict[str, Any]) -> Preview:
        def undo() -> tuple[str, Payment]:
            done = undo_operation(
                actor=actor, operation_id=UUID(values["operation"]), reason=values["reason"]
            )
            return describe_undone(done), done.payments[0]

        return preview_on(actor=actor, run=undo)

    first = chosen or (str(undoable[0].id) if undoable else "")
    return RowAction(
        "Undo an allocation",
        "payments.void_allocation",
        UndoForm,
        run,
        initial=lambda row: {"operation": first},
    )


VOID = RowAction(title="Void", permission="payments.void", form=ReasonForm, run=_void)
REFUND = RowAction(
    title="Refund unallocated cash",
    permission="payments.refund",
    form=AmountReasonForm,
    run=_refund,
    initial=lambda row: {"amount": row.available},
)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Money received: allocated, refunded and voided by right."""

    list_display = (
        "number",
        "payment_date",
        "customer",
        "lease",
        "amount",
        "unallocated",
        "method",
        "status",
        "cashier",
    )
    list_filter = (
        "status",
        "kind",
        MethodFilter,
        CashFilter,
        CurrencyFilter,
        "customer",
        "lease",
        "payment_date",
        "amount",
        "unallocated",
        "reference_number",
        "case_no",
    )
    date_hierarchy = "payment_date"
    totals = ("amount", "unallocated")
    list_select_related = ("customer", "lease")
    search_fields = ("^number", "customer__name")
    ordering = ("-number_order", "-id")
    exclude = ("number_order", "version")
    inlines = (AllocationInline,)
    actions_detail = ("allocate", "refund", "undo", "void")

    def has_allocate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may allocate."""
        return has_permission(request, "payments.allocate")

    def has_refund_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may pay back."""
        return has_permission(request, REFUND.permission)

    def has_undo_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may take allocations back."""
        return has_permission(request, "payments.void_allocation")

    def has_void_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may void payments."""
        return has_permission(request, VOID.permission)

    def offers(self, request: HttpRequest, row: Payment) -> list[str]:
        """What its status and its cash allow."""
        if row.status != Payment.Status.POSTED:
            return []
        offered = ["allocate", "refund"] if row.available else []
        if any(each.is_undoable for each in operations_of(row)):
            offered.append("undo")
        return offered if row.refunded else [*offered, "void"]

    @action(
        description="Allocate",
        url_path="allocate",
        permissions=["allocate"],
        icon="call_split",
        variant=ActionVariant.PRIMARY,
    )
    def allocate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Over to the workbench."""
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return HttpResponseRedirect(reverse("admin:workbench", args=[row.pk]))

    @action(description="Refund cash", url_path="refund", permissions=["refund"], icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Pay unallocated cash back."""
        return self.carry_out(request, object_id, REFUND)

    @action(
        description="Undo an allocation",
        url_path="undo",
        permissions=["undo"],
        icon="settings_backup_restore",
    )
    def undo(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take back what was applied together."""
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self.carry_out(request, object_id, undo_action(row, request.GET.get("operation", "")))

    @action(
        description="Void", url_path="void", permissions=["void"], icon="block", variant=ActionVariant.DANGER
    )
    def void(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the payment back with all it paid."""
        return self.carry_out(request, object_id, VOID)
