"""The console's pages on renewal cases, their plans, payments and reminders: read-only except for ending a plan."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from unfold.enums import ActionVariant

from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline
from batconnect.core.console.confirmations import Preview
from batconnect.core.console.imports import ImportingAdmin
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import format_amount
from outstanding.admin_filters import KeptFilter
from outstanding.models import (
    CustomerInstallment,
    CustomerPayment,
    CustomerPaymentItem,
    PaymentPlan,
    PaymentReminder,
    PaymentSchedule,
    RenewalCase,
)
from outstanding.services import cancel_plan
from outstanding.services.imports import RENEWALS


class InstallmentInline(ReadOnlyInline):
    """The installments of the policy's premium; the obligation says what is left of each."""

    model = CustomerInstallment
    view_permission = "outstanding.view"
    fields = ("id", "period", "due_date", "amount", "obligation", "description")
    ordering = ("due_date", "id")
    show_change_link = False


class PlanInline(ReadOnlyInline):
    """The case's plans."""

    model = PaymentPlan
    view_permission = "outstanding.view"
    fields = ("status", "installment_count", "frequency", "start_date", "total_amount", "method")
    ordering = ("-id",)


class PaymentInline(ReadOnlyInline):
    """The case's payments."""

    model = CustomerPayment
    view_permission = "outstanding.view"
    fields = ("transaction_id", "mode", "amount", "status", "payment", "failure_reason")
    ordering = ("-id",)


class ScheduleInline(ReadOnlyInline):
    """A plan's rows."""

    model = PaymentSchedule
    view_permission = "outstanding.view"
    fields = ("id", "number", "due_date", "amount", "failed_attempts", "next_attempt_on")
    ordering = ("number",)
    show_change_link = False


class ItemInline(ReadOnlyInline):
    """What a payment is for."""

    model = CustomerPaymentItem
    view_permission = "outstanding.view"
    fields = ("place", "row_id", "obligation", "amount", "is_open")
    ordering = ("place",)
    show_change_link = False


@admin.register(RenewalCase)
class RenewalCaseAdmin(ImportingAdmin, ReadOnlyAdmin):
    """Policies to be renewed; importing them takes the permission."""

    imports = RENEWALS
    import_title = "Import policies"
    list_display = ("case", "policy_number", "customer", "policy_type", "premium", "currency")
    list_filter = ("policy_type", "customer", "created_at", "premium")
    date_hierarchy = "created_at"
    totals = ("premium",)
    list_select_related = ("case", "customer")
    search_fields = ("policy_number", "case__case_no", "customer__name")
    ordering = ("-case",)
    inlines = (InstallmentInline, PlanInline, PaymentInline)


def _cancel(actor: Actor, row: PaymentPlan, values: dict[str, Any]) -> Preview:
    done = cancel_plan(actor=actor, case=row.renewal_case_id)
    if done.pk != row.pk:
        raise Conflict("This plan is no longer the active one.")
    return Preview(
        f"The plan over {format_amount(row.total_amount)} {row.renewal_case.currency} ends: its installments are owed "
        f"as "
        "before, by their own due dates. Nothing is posted; the debt stays the same."
    )


CANCEL: Final = RowAction(
    name="cancel",
    title="Cancel the plan",
    permission="outstanding.plan",
    icon="block",
    variant=ActionVariant.DANGER,
    form=forms.Form,
    run=_cancel,
    offered=lambda actor, row: row.status == PaymentPlan.Status.ACTIVE,
)


@admin.register(PaymentPlan)
class PaymentPlanAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Payment plans; cancelling one takes the permission."""

    list_display = (
        "renewal_case",
        "made_on",
        "installment_count",
        "frequency",
        "total_amount",
        "method",
        "auto_payment_enabled",
        "status",
    )
    list_filter = ("status", KeptFilter, "frequency", "auto_payment_enabled", "made_on", "total_amount")
    date_hierarchy = "made_on"
    totals = ("total_amount",)
    totals_currency = "renewal_case__currency"
    list_select_related = ("renewal_case",)
    search_fields = ("renewal_case__policy_number",)
    ordering = ("-id",)
    inlines = (ScheduleInline,)
    row_actions = (CANCEL,)


@admin.register(CustomerPayment)
class CustomerPaymentAdmin(ReadOnlyAdmin):
    """Payments of outstanding amounts, including those in progress."""

    list_display = ("transaction_id", "created_at", "renewal_case", "mode", "amount", "status", "payment")
    list_filter = ("status", "mode", "is_automatic", "created_at", "amount")
    date_hierarchy = "created_at"
    totals = ("amount", "settled_amount")
    totals_currency = "renewal_case__currency"
    list_select_related = ("renewal_case", "payment")
    search_fields = ("^transaction_id", "renewal_case__policy_number")
    ordering = ("-id",)
    inlines = (ItemInline,)


@admin.register(PaymentReminder)
class PaymentReminderAdmin(ReadOnlyAdmin):
    """The outbox."""

    list_display = ("subject", "recipient", "renewal_case", "stage", "state", "created_at", "sent_at")
    list_filter = ("state", "stage", "created_at", "due_date")
    date_hierarchy = "created_at"
    list_select_related = ("renewal_case",)
    search_fields = ("recipient", "renewal_case__policy_number")
    ordering = ("-id",)
