"""The console's pages on the settlement: DTRs and payouts, earnings and their import, the weekly runs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import HeldAdmin, ReadOnlyAdmin, ReadOnlyInline, actor_of, has_permission
from batconnect.core.console.confirmations import Preview, RowAction, RowActionAdmin
from batconnect.core.console.imports import ImportingAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval
from ledger.admin_filters import CurrencyFilter
from ledger.models import Dtr, DtrLine, LeaseEarning, WeeklyRun
from ledger.previews import posted_by
from ledger.settlement.admin_filters import PayoutFilter
from ledger.settlement.querysets import find_dtr
from ledger.settlement.services.documents import dtr_pdf
from ledger.settlement.services.earnings_file import EARNINGS
from ledger.settlement.services.lease_fees import post_due_lease_fees
from ledger.settlement.services.payouts import pay_dtrs
from ledger.settlement.services.runs import HELD_AS, held_subject, latest_week


class PayoutForm(forms.Form):
    """How it is paid out."""

    method = forms.ChoiceField(choices=Dtr.Method.choices, widget=UnfoldAdminSelectWidget)
    reference_number = forms.CharField(max_length=60, required=False, widget=UnfoldAdminTextInputWidget)
    paid_on = forms.DateField(widget=UnfoldAdminSingleDateWidget)


def _pay(actor: Actor, row: Dtr, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = pay_dtrs(actor=actor, numbers=[row.number], **values)
        if isinstance(done, Approval):
            return describe_waiting(done)
        return f"{format_amount(row.due_to_driver)} {row.currency} of {row.number} is paid out."

    return posted_by(actor=actor, run=run)


PAY = RowAction(title="Pay out", permission="ledger.pay_out", form=PayoutForm, run=_pay)


class DtrLineInline(ReadOnlyInline):
    """What the DTR covers."""

    model = DtrLine
    view_permission = "ledger.view"
    fields = ("kind", "category", "obligation", "amount", "is_delayed", "entry")
    ordering = ("kind", "category", "id")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("obligation", "entry")


@admin.register(Dtr)
class DtrAdmin(ReadOnlyAdmin, RowActionAdmin):
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
    search_fields = ("^number", "customer__name", "lease__lease_id")
    ordering = ("-week", "-number_order")
    inlines = (DtrLineInline,)
    actions_detail = ("pay_out", "statement")

    def has_pay_out_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may pay out."""
        return has_permission(request, PAY.permission)

    def offers(self, request: HttpRequest, row: Dtr) -> tuple[str, ...]:
        """Paying out while something is due, printing at any time."""
        waits = row.status == Dtr.Status.FINALIZED and row.due_to_driver > 0
        return ("pay", "statement") if waits else ("statement",)

    def has_statement_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Anyone who may see the DTR may print it."""
        return has_permission(request, self.view_permission)

    @action(
        description="Pay out",
        url_path="pay",
        permissions=["pay_out"],
        icon="payments",
        variant=ActionVariant.PRIMARY,
    )
    def pay_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Form, confirmation, payout."""
        day = today(actor_of(request).company)
        row_action = RowAction(
            PAY.title, PAY.permission, PAY.form, PAY.run, initial=lambda row: {"paid_on": day}
        )
        return self.carry_out(request, object_id, row_action)

    @action(description="Statement", url_path="statement", permissions=["statement"], icon="picture_as_pdf")
    def statement(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The PDF that the driver is handed."""
        row = self.get_object(request, object_id)
        dtr = find_dtr(actor=actor_of(request), number=row.number) if row is not None else None
        if dtr is None:
            raise PermissionDenied
        answer = HttpResponse(dtr_pdf(actor=actor_of(request), dtr=dtr), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{dtr.number}.pdf"'
        return answer


@admin.register(LeaseEarning)
class LeaseEarningAdmin(ImportingAdmin, ReadOnlyAdmin):
    """What drivers earned; importing takes the permission."""

    imports = EARNINGS
    list_display = ("week", "customer", "lease", "gross", "status", "dtr", "imported_by")
    list_filter = ("status", "customer", "week", "gross")
    date_hierarchy = "week"
    totals = ("gross",)
    list_select_related = ("customer", "lease", "dtr")
    search_fields = ("customer__name", "lease__lease_id")
    ordering = ("-week", "-id")


@admin.register(WeeklyRun)
class WeeklyRunAdmin(HeldAdmin, RowActionAdmin):
    """How far each Sunday is; the fees of the last week can be raised from here, which takes the permission."""

    list_display = ("week", "job", "status", "attempts", "started_at", "completed_at", "error")
    list_filter = ("status", "job", "week")
    date_hierarchy = "week"
    ordering = ("-week", "id")
    actions_list = ("post_lease_fees",)
    held_as = HELD_AS

    @staticmethod
    def held_subject(row: WeeklyRun) -> str:
        """A run is held under its week and job."""
        return held_subject(row.week, row.job)

    def has_post_lease_fees_permission(self, request: HttpRequest) -> bool:
        """Whether the person may raise the fees."""
        return has_permission(request, "ledger.post_due")

    @action(
        description="Post lease fees",
        url_path="post-lease-fees",
        permissions=["post_lease_fees"],
        icon="receipt_long",
    )
    def post_lease_fees(self, request: HttpRequest) -> HttpResponse:
        """Show what would be raised, then raise exactly that."""
        week = latest_week(actor=actor_of(request))

        def run(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
            report = post_due_lease_fees(actor=actor, week=week)
            amount = format_amount(report.amount)
            return Preview(
                f"{report.posted} lease fees of the week of {week}, {amount} {actor.company.base_currency} in all.",
                ("fees", "amount"),
                ((str(report.posted), amount),),
            )

        return self.carry_out_on_all(
            request,
            RowAction(
                title="Post lease fees",
                permission="ledger.post_due",
                form=forms.Form,
                run=run,
                asks=False,
                heading=f"Post lease fees of the week of {week}",
            ),
        )


from ledger.settlement import exports_admin  # noqa: E402, F401 - its page is registered by being imported
