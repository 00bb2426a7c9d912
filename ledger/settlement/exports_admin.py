"""The console's page on files of DTRs: requested, watched, retried, downloaded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from unfold.enums import ActionVariant

from batconnect.core.console.base import HeldAdmin
from batconnect.core.console.confirmations import Preview
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.row_actions import RowAction, RowActionAdmin, RowLink
from batconnect.core.kernel.actors import Actor
from ledger.models import DtrExport
from ledger.settlement.faces import EXPORT_FACE
from ledger.settlement.services.exports import HELD_AS, request_export, retry_export


class WeekForm(forms.Form):
    """Which week."""

    week = DayField(label="Week", help_text="Any day of the week; its Sunday is used.")

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


ASK: Final = RowAction(
    name="ask",
    title="Export a week",
    permission="ledger.export",
    icon="folder_zip",
    form=WeekForm,
    run=_ask,
)
FETCH: Final = RowLink(
    name="fetch",
    title="Download",
    permission="ledger.export",
    icon="download",
    variant=ActionVariant.PRIMARY,
    # From the address where clients fetch it too.
    leads_to=lambda actor, row: HttpResponseRedirect(reverse("ledger-dtr-download", args=[row.pk])),
    offered=lambda actor, row: row.status == DtrExport.Status.COMPLETED,
)
RETRY: Final = RowAction(
    name="retry",
    title="Try again",
    permission="ledger.export",
    icon="replay",
    form=forms.Form,
    run=_retry,
    offered=lambda actor, row: row.status == DtrExport.Status.FAILED,
)


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
    list_actions = (ASK,)
    row_actions = (FETCH, RETRY)
    face = EXPORT_FACE
