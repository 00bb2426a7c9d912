"""The console's page on files of DTRs: requested, watched, retried, downloaded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSingleDateWidget

from batconnect.core.console.base import HeldAdmin, has_permission
from batconnect.core.console.confirmations import Preview, RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from ledger.models import DtrExport
from ledger.settlement.services.exports import HELD_AS, request_export, retry_export


class WeekForm(forms.Form):
    """Which week."""

    week = forms.DateField(
        widget=UnfoldAdminSingleDateWidget, label="Week", help_text="Any day of the week; its Sunday is used."
    )

    def clean_week(self) -> date:
        """The Sunday on or before the day."""
        day: date = self.cleaned_data["week"]
        return day - timedelta(days=day.isoweekday() % 7)


def _ask(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    export = request_export(actor=actor, week=values["week"])
    # A second click would find one more than the first.
    earlier = DtrExport.objects.filter(company_id=actor.company_id).count()
    return Preview(
        f"{export.total} DTRs of the week of {export.week} are written into one ZIP, in the background.",
        state=str(earlier),
    )


def _retry(actor: Actor, row: DtrExport, values: dict[str, Any]) -> Preview:
    done = retry_export(actor=actor, export_id=row.id)
    return Preview(f"The {done.total} DTRs of the week of {done.week} are written again, in the background.")


ASK = RowAction(title="Export a week", permission="ledger.export", form=WeekForm, run=_ask)
RETRY = RowAction(title="Try again", permission="ledger.export", form=forms.Form, run=_retry)


@admin.register(DtrExport)
class DtrExportAdmin(HeldAdmin, RowActionAdmin):
    """Files of DTRs: requested, being made, finished."""

    held_as = HELD_AS
    list_display = (
        "week",
        "status",
        "done",
        "total",
        "requested_by",
        "requested_at",
        "completed_at",
        "error",
    )
    list_filter = ("status", "week", "requested_at")
    date_hierarchy = "requested_at"
    list_select_related = ("requested_by",)
    ordering = ("-id",)
    actions_list = ("ask",)
    actions_detail = ("fetch", "retry")

    def has_export_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may export."""
        return has_permission(request, ASK.permission)

    def offers(self, request: HttpRequest, row: DtrExport) -> tuple[str, ...]:
        """Downloading once it is made, retrying when it failed."""
        offered = {DtrExport.Status.COMPLETED: ("fetch",), DtrExport.Status.FAILED: ("retry",)}
        return offered.get(DtrExport.Status(row.status), ())

    @action(description="Export a week", url_path="ask", permissions=["export"], icon="folder_zip")
    def ask(self, request: HttpRequest) -> HttpResponse:
        """Request a week's DTRs as one file."""
        return self.carry_out_on_all(request, ASK)

    @action(
        description="Download",
        url_path="fetch",
        permissions=["export"],
        icon="download",
        variant=ActionVariant.PRIMARY,
    )
    def fetch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The ZIP, from the address where clients fetch it too."""
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return HttpResponseRedirect(reverse("ledger-dtr-download", args=[row.pk]))

    @action(description="Try again", url_path="retry", permissions=["export"], icon="replay")
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Write a file again that could not be made."""
        return self.carry_out(request, object_id, RETRY)
