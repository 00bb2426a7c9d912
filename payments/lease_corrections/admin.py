"""The console's pages on lease corrections, and the action by which a lease is changed over settled weeks."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline
from batconnect.core.console.confirmations import Preview, ReasonForm, reason_field
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.row_actions import RowAction, RowActionAdmin, add_row_actions
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.field_codes import REQUIRED
from batconnect.core.kernel.money import TypedMoneyField, format_amount
from batconnect.directory.admin import LeaseAdmin
from batconnect.directory.models import Driver, Lease
from payments.lease_corrections.faces import CORRECTION_FACE
from payments.lease_corrections.services.correcting import correct_lease
from payments.lease_corrections.services.proposing import Difference, LeaseChange
from payments.lease_corrections.services.undoing import undo_correction
from payments.models import LeaseCorrection, LeaseCorrectionLine

_NOT_FOUND: Final = "not_found"


class CorrectForm(ReasonForm):
    """What is changed, from which day, and why."""

    kind = forms.ChoiceField(
        choices=LeaseCorrection.Kind.choices, label="What is corrected", widget=UnfoldAdminSelectWidget()
    )
    day = DayField(
        help_text="The first day of the driver, of the rate, or of the weeks that were not charged; or the last day of "
        "the lease."
    )
    driver = forms.CharField(
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="For another driver: the number (DRV-102) or TLC license.",
    )
    weekly_amount = TypedMoneyField(
        required=False, widget=UnfoldAdminTextInputWidget(), help_text="For another rate: what a week costs."
    )
    reason = reason_field()
    field_order = ("kind", "day", "driver", "weekly_amount", "reason")


def _correct(actor: Actor, row: Lease, values: dict[str, Any]) -> Preview:
    done = correct_lease(
        actor=actor, lease_pk=row.pk, change=_change_of(actor, values), reason=values["reason"]
    )
    proposal = done.proposal
    sums = f"{format_amount(proposal.charges)} charged and {format_amount(proposal.credits)} credited, dated today"
    summary = describe_waiting(done.request) if done.request else f"{row.lease_id} is changed: {sums}."
    return Preview(
        summary,
        headings=("Week", "Driver", "Owed so far", "Owes by the change", "What is done"),
        rows=tuple(_told(each) for each in proposal.differences),
        state=proposal.digest,
    )


def _told(each: Difference) -> tuple[str, ...]:
    if each.charge:
        what = f"{format_amount(each.charge)} charged"
    else:
        what = f"{format_amount(each.credited)} credited"
        if each.kept:
            what += f"; {format_amount(each.kept)} was credited or written off before"
    return (
        each.week.isoformat(),
        str(each.driver),
        format_amount(each.was),
        format_amount(each.due),
        what,
    )


def _change_of(actor: Actor, values: dict[str, Any]) -> LeaseChange:
    kind = LeaseCorrection.Kind(values["kind"])
    driver: Driver | None = None
    if kind == LeaseCorrection.Kind.DRIVER:
        driver = _named_driver(actor, values["driver"].strip())
    if kind == LeaseCorrection.Kind.RATE and values["weekly_amount"] is None:
        message = "Say what a week costs."
        raise InvalidInput(message, errors=[FieldError("weekly_amount", message, REQUIRED)])
    return LeaseChange(
        kind=kind,
        day=values["day"],
        driver_id=driver.pk if driver else None,
        weekly_amount=values["weekly_amount"] if kind == LeaseCorrection.Kind.RATE else None,
    )


def _named_driver(actor: Actor, named: str) -> Driver:
    drivers = Driver.objects.filter(company_id=actor.company_id)
    driver = (drivers.filter(driver_id__iexact=named) | drivers.filter(tlc_license=named)).first()
    if driver is None:
        message = f"There is no driver {named}." if named else "Name the driver."
        raise InvalidInput(message, errors=[FieldError("driver", message, _NOT_FOUND)])
    return driver


def _undo(actor: Actor, row: LeaseCorrection, values: dict[str, Any]) -> Preview:
    undone = undo_correction(actor=actor, correction_id=row.id, reason=values["reason"])
    return Preview(
        f"{undone} is undone: {format_amount(undone.charged)} is not charged, {format_amount(undone.credited)} is owed "
        "again, and the lease is as it was.",
        state=str(undone.id),
    )


CORRECT: Final = RowAction(
    name="correct_weeks",
    title="Correct settled weeks",
    permission="payments.credit",
    icon="history",
    form=CorrectForm,
    run=_correct,
    permitted=lambda actor, row: actor.can("directory.change"),
)
UNDO: Final = RowAction(
    name="undo",
    title="Undo",
    permission="payments.credit",
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_undo,
    permitted=lambda actor, row: actor.can("directory.change"),
    offered=lambda actor, row: not row.is_undone,
)


class LeaseCorrectionLineInline(ReadOnlyInline):
    """What the correction charged and credited."""

    model = LeaseCorrectionLine
    view_permission = "payments.view"
    fields = ("week", "driver", "was", "due", "amount", "obligation", "memo")
    ordering = ("place",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("driver__customer", "obligation", "memo")


@admin.register(LeaseCorrection)
class LeaseCorrectionAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Leases that were changed over settled weeks: undone by right."""

    list_display = ("number", "lease", "kind", "day", "charged", "credited", "entered_by", "undone_at")
    list_filter = ("kind", "lease", "created_at", "charged", "credited", "undone_at")
    date_hierarchy = "created_at"
    totals = ("charged", "credited")
    list_select_related = ("lease", "driver__customer")
    search_fields = ("^number", "lease__lease_id")
    ordering = ("-number_order", "-id")
    exclude = ("number_order", "before", "after")
    inlines = (LeaseCorrectionLineInline,)
    row_actions = (UNDO,)
    face = CORRECTION_FACE


add_row_actions(LeaseAdmin, CORRECT)
