"""The console's pages on the settlement: DTRs and payouts, earnings and their import, the weekly runs."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import HeldAdmin, ReadOnlyAdmin
from batconnect.core.console.bulk.documents import mail_many, print_many
from batconnect.core.console.bulk.lists import BulkActionAdmin
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.imports import ImportingAdmin
from batconnect.core.console.lists.sorting import Order
from batconnect.core.console.row_actions import RowAction, RowActionAdmin, RowLink
from batconnect.core.console.sending import send_action
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_day
from batconnect.core.models import Approval
from ledger.admin_filters import CurrencyFilter
from ledger.models import Dtr, LeaseEarning, WeeklyRun
from ledger.previews import posted_by
from ledger.settlement.admin_filters import PayoutFilter
from ledger.settlement.faces import DTR_FACE, EARNING_FACE, RUN_FACE
from ledger.settlement.printed import DTR_KIND
from ledger.settlement.querysets import find_dtr
from ledger.settlement.services.documents import dtr_pdf
from ledger.settlement.services.earnings_file import EARNINGS
from ledger.settlement.services.lease_fees import post_due_lease_fees, preview_lease_fees
from ledger.settlement.services.payouts import pay_dtrs, return_payout
from ledger.settlement.services.runs import HELD_AS, held_subject, latest_week


class PayoutForm(forms.Form):
    """How it is paid out."""

    method = forms.ChoiceField(choices=Dtr.Method.choices, widget=UnfoldAdminSelectWidget)
    reference_number = forms.CharField(max_length=60, required=False, widget=UnfoldAdminTextInputWidget)
    paid_on = DayField()


def _pay(actor: Actor, row: Dtr, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = pay_dtrs(actor=actor, numbers=[row.number], **values)
        if isinstance(done, Approval):
            return describe_waiting(done)
        return f"{format_amount(row.due_to_driver)} {row.currency} of {row.number} is paid out."

    return posted_by(actor=actor, run=run)


def _return(actor: Actor, row: Dtr, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = return_payout(actor=actor, number=row.number, reason=values["reason"])
        return f"{format_amount(done.due_to_driver)} {done.currency} of {done.number} is due to the driver again."

    return posted_by(actor=actor, run=run)


def _statement(actor: Actor, row: Dtr) -> HttpResponse:
    """The PDF that the driver is handed."""
    dtr = find_dtr(actor=actor, number=row.number)
    if dtr is None:
        raise PermissionDenied
    answer = HttpResponse(dtr_pdf(actor=actor, dtr=dtr), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{dtr.number}.pdf"'
    return answer


PAY: Final = RowAction(
    name="pay_out",
    path="pay",
    title="Pay out",
    permission="ledger.pay_out",
    icon="payments",
    variant=ActionVariant.PRIMARY,
    form=PayoutForm,
    run=_pay,
    initial=lambda actor, row: {"paid_on": today(actor.company)},
    offered=lambda actor, row: row.status == Dtr.Status.FINALIZED and row.due_to_driver > 0,
)
RETURN: Final = RowAction(
    name="return_payout",
    path="return-payout",
    title="Payout came back",
    permission="ledger.return_payout",
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_return,
    offered=lambda actor, row: row.status == Dtr.Status.PAID,
)
STATEMENT: Final = RowLink(
    name="statement",
    title="Statement",
    permission="ledger.view",
    icon="picture_as_pdf",
    leads_to=_statement,
)


def _dtr_of(actor: Actor, row: Dtr) -> tuple[str, str]:
    return DTR_KIND.code, row.number


SEND: Final = send_action(_dtr_of)


def _post_lease_fees(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    week = latest_week(actor=actor)
    report = post_due_lease_fees(actor=actor, week=week)
    amount = format_amount(report.amount)
    return Preview(
        f"{report.posted} lease fees of the week of {format_day(week)}, {amount} {actor.company.base_currency} in all.",
        ("fees", "amount"),
        ((str(report.posted), amount),),
    )


POST_LEASE_FEES: Final = RowAction(
    name="post_lease_fees",
    title="Post lease fees",
    permission="ledger.post_due",
    icon="receipt_long",
    form=forms.Form,
    run=_post_lease_fees,
    asks=False,
    heading=lambda actor: f"Post lease fees of the week of {format_day(latest_week(actor=actor))}",
    offered=lambda actor, row: preview_lease_fees(actor=actor, week=latest_week(actor=actor)).leases > 0,
)


@admin.register(Dtr)
class DtrAdmin(ReadOnlyAdmin, BulkActionAdmin):
    """The result of each lease's week; paying out takes the permission."""

    list_display = (
        "number",
        "week",
        "customer",
        "lease",
        "gross",
        "owed",
        "due_to_driver",
        "carried_forward",
        "status",
    )
    list_filter = ("status", PayoutFilter, CurrencyFilter, "customer", "lease", "week", "due_to_driver")
    date_hierarchy = "week"
    totals = ("gross", "owed", "due_to_driver", "carried_forward")
    list_select_related = ("customer", "lease")
    told_with = ("lease__medallion", "lease__vehicle")
    search_fields = ("^number", "customer__name", "lease__lease_id")
    ordering = ("-week", "-number_order")
    face = DTR_FACE
    sorts = (
        Order("Largest payout first", "-due_to_driver"),
        Order("Largest debt first", "-carried_forward"),
        Order("Oldest first", "number_order"),
        Order("By customer", "customer"),
    )
    row_actions = (PAY, RETURN, STATEMENT, SEND)
    bulk_actions = (
        print_many(_dtr_of, title="Print DTRs as one PDF", permission="ledger.view"),
        mail_many(_dtr_of, title="Mail DTRs"),
    )


@admin.register(LeaseEarning)
class LeaseEarningAdmin(ImportingAdmin, ReadOnlyAdmin):
    """What drivers earned; importing takes the permission."""

    imports = EARNINGS
    list_display = ("week", "customer", "lease", "kind", "reference", "gross", "status", "dtr", "imported_by")
    list_filter = ("status", "kind", "customer", "week", "gross")
    date_hierarchy = "week"
    totals = ("gross",)
    list_select_related = ("customer", "lease", "dtr")
    search_fields = ("customer__name", "lease__lease_id", "reference")
    ordering = ("-week", "-id")
    face = EARNING_FACE


@admin.register(WeeklyRun)
class WeeklyRunAdmin(HeldAdmin, RowActionAdmin):
    """How far each Sunday is; the fees of the last week can be raised from here, which takes the permission."""

    list_display = ("week", "job", "status", "attempts", "started_at", "completed_at", "error")
    list_filter = ("status", "job", "week")
    date_hierarchy = "week"
    ordering = ("-week", "id")
    list_actions = (POST_LEASE_FEES,)
    held_as = HELD_AS
    face = RUN_FACE

    @staticmethod
    def held_subject(row: WeeklyRun) -> str:
        """A run is held under its week and job."""
        return held_subject(row.week, row.job)


from ledger.settlement import exports_admin  # noqa: E402, F401 - its page is registered by being imported
