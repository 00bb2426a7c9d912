"""The console's pages on renewal cases, their plans, payments and reminders: to read, and to act on."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline
from batconnect.core.console.confirmations import Preview, ReasonForm, reason_field
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.imports import ImportingAdmin
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.console.sending import send_action
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import TypedMoneyField, format_amount
from cases.states import State
from ledger.previews import posted_by
from ledger.treasury.actions import PaidFromForm, offer_places, paid_from, today_of
from outstanding.actions import PAY, PLAN, REPLACE_PLAN
from outstanding.admin_filters import KeptFilter
from outstanding.faces import CUSTOMER_PAYMENT_FACE, PLAN_FACE, REMINDER_FACE, RENEWAL_FACE
from outstanding.models import (
    CustomerPayment,
    CustomerPaymentItem,
    PaymentPlan,
    PaymentReminder,
    PaymentSchedule,
    RenewalCase,
)
from outstanding.printed import REMINDER
from outstanding.services import cancel_plan, cancel_renewal
from outstanding.services.imports import RENEWALS
from outstanding.services.premiums import remit_premium, take_commission


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


class CancelPolicyForm(ReasonForm):
    """From when on, and what is unearned: the insurer's figure, or by the days that the policy covers."""

    effective_on = DayField(label="Canceled from", help_text="The first day that is not covered any more.")
    unearned = TypedMoneyField(
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="The insurer's figure, if there is one.",
    )
    covers_from = DayField(required=False, help_text="Else by days.")
    covers_until = DayField(required=False)
    reason = reason_field()
    field_order = ("effective_on", "unearned", "covers_from", "covers_until", "reason")


def _cancel_policy(actor: Actor, row: RenewalCase, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = cancel_renewal(actor=actor, case=row.pk, **values)
        made = done.cancellation
        back = (
            f" {format_amount(made.returned)} was paid above what is earned: {done.memo_number} credits it."
            if made.returned
            else ""
        )
        return (
            f"{format_amount(made.unearned)} {row.currency} of {row.policy_number} is unearned; "
            f"{format_amount(done.outstanding)} stays owed.{back}"
        )

    return posted_by(actor=actor, run=run)


class RemitForm(PaidFromForm):
    """How much is passed on, to whom, and how."""

    amount = TypedMoneyField(above_zero=True, widget=UnfoldAdminTextInputWidget())
    payee = forms.CharField(max_length=120, widget=UnfoldAdminTextInputWidget, label="Insurer")
    field_order = ("amount", "payee", "method", "place", "reference_number", "paid_on")


class CommissionForm(forms.Form):
    """How much of the premiums is our income."""

    amount = TypedMoneyField(above_zero=True, widget=UnfoldAdminTextInputWidget())
    note = forms.CharField(max_length=200, required=False, widget=UnfoldAdminTextInputWidget)


def _remit(actor: Actor, row: RenewalCase, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = remit_premium(
            actor=actor,
            case=row.pk,
            amount=values["amount"],
            paid_from=paid_from(values, payee=values["payee"]),
        )
        told = f"{format_amount(values['amount'])} {row.currency} of {row} are passed on."
        return " ".join([told, *done.warnings])

    return posted_by(actor=actor, run=run)


CANCEL_CASE: Final = RowAction(
    name="cancel",
    title="Cancel the policy",
    permission="outstanding.cancel",
    icon="event_busy",
    variant=ActionVariant.DANGER,
    form=CancelPolicyForm,
    run=_cancel_policy,
    offered=lambda actor, row: row.case.state != State.CANCELLED.value,
)


def _take_commission(actor: Actor, row: RenewalCase, values: dict[str, Any]) -> Preview:
    def run() -> str:
        take_commission(actor=actor, case=row.pk, amount=values["amount"], note=values["note"])
        return f"{format_amount(values['amount'])} {row.currency} of {row} are commission."

    return posted_by(actor=actor, run=run)


REMIT: Final = RowAction(
    name="remit",
    title="Pass premiums on",
    permission="outstanding.remit",
    icon="outbound",
    form=RemitForm,
    prepare=offer_places,
    run=_remit,
    initial=today_of,
)
COMMISSION: Final = RowAction(
    name="commission",
    title="Take commission",
    permission="outstanding.remit",
    icon="percent",
    form=CommissionForm,
    run=_take_commission,
)


@admin.register(RenewalCase)
class RenewalCaseAdmin(ImportingAdmin, ReadOnlyAdmin, RowActionAdmin):
    """Policies to be renewed; paying, planning, canceling and passing on their premiums take their permissions."""

    imports = RENEWALS
    import_title = "Import policies"
    list_display = ("case", "policy_number", "customer", "policy_type", "premium", "currency")
    list_filter = ("policy_type", "customer", "created_at", "premium")
    date_hierarchy = "created_at"
    totals = ("premium",)
    list_select_related = ("case", "customer")
    search_fields = ("policy_number", "case__case_no", "customer__name")
    ordering = ("-case",)
    face = RENEWAL_FACE
    row_actions = (PAY, PLAN, REPLACE_PLAN, REMIT, COMMISSION, CANCEL_CASE)


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
    face = PLAN_FACE
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
    told_with = ("renewal_case__customer",)
    ordering = ("-id",)
    inlines = (ItemInline,)
    face = CUSTOMER_PAYMENT_FACE


@admin.register(PaymentReminder)
class PaymentReminderAdmin(ReadOnlyAdmin, RowActionAdmin):
    """The outbox."""

    row_actions = (send_action(lambda actor, row: (REMINDER.code, str(row.pk))),)

    list_display = ("subject", "recipient", "renewal_case", "stage", "state", "created_at", "sent_at")
    list_filter = ("state", "stage", "created_at", "due_date")
    date_hierarchy = "created_at"
    list_select_related = ("renewal_case",)
    search_fields = ("recipient", "renewal_case__policy_number")
    told_with = ("renewal_case__customer",)
    ordering = ("-id",)
    face = REMINDER_FACE
