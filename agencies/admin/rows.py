"""The console's pages of rows of agencies, what changed of them, and remembered tags and plates."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from agencies.faces import CHANGE_FACE, KNOWN_FACE, ROW_FACE
from agencies.models import AgencyChange, AgencyRow, KnownVehicle
from agencies.services.assigning import RIGHT, assign_rows, set_aside
from agencies.services.changes import decide_change
from agencies.services.known import end_known_vehicle
from agencies.services.proposing import propose_for
from batconnect.core.console.base import ReadOnlyAdmin, actor_of
from batconnect.core.console.confirmations import OptionalReasonForm, Preview, ReasonForm
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from ledger.previews import posted_by


class AssignForm(OptionalReasonForm):
    """To whom the row belongs, of those that something of it points at."""

    to = forms.ChoiceField(label="Lease and driver", widget=UnfoldAdminSelectWidget)
    remember = forms.BooleanField(
        label="Remember the tag or plate", required=False, initial=True, widget=UnfoldBooleanSwitchWidget
    )
    field_order = ("to", "remember", "reason")


def _offer(request: HttpRequest, row: AgencyRow, form: Any) -> None:
    proposals = propose_for(actor=actor_of(request), rows=[row]).get(row.id, [])
    form.fields["to"].choices = [
        (f"{each.lease.pk}/{each.driver.pk}", f"{each.lease}: {each.driver} ({each.because})")
        for each in proposals
    ]


def _assign(actor: Actor, row: AgencyRow, values: dict[str, Any]) -> Preview:
    lease, driver = (int(each) for each in values["to"].split("/"))

    def run() -> str:
        done = assign_rows(
            actor=actor,
            rows=[row.id],
            lease_id=lease,
            driver_id=driver,
            remember_marks=values["remember"],
            reason=values["reason"],
        )
        told = f" {done.remembered[0]} is remembered." if done.remembered else ""
        return f"{row} is {'done' if done.done else 'waiting again'}.{told}"

    return posted_by(actor=actor, run=run)


def _set_aside(actor: Actor, row: AgencyRow, values: dict[str, Any]) -> Preview:
    set_aside(actor=actor, rows=[row.id], reason=values["reason"])
    return Preview(f"{row} is set aside: nobody is charged or credited for it.")


def _waits(actor: Actor, row: AgencyRow) -> bool:
    return row.state == AgencyRow.State.WAITING


@admin.register(AgencyRow)
class AgencyRowAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Trips, tolls, violations and summonses, each with what it became."""

    list_display = (
        *(
            "day",
            "kind",
            "reference",
            "plate",
            "tag",
            "medallion",
            "license",
            "amount",
            "state",
            "why",
            "lease",
        ),
        *("driver", "agency"),
    )
    list_filter = ("kind", "state", "why", "is_late", "day")
    list_select_related = ("lease", "driver__customer")
    date_hierarchy = "day"
    search_fields = ("reference", "plate", "tag", "medallion", "license")
    ordering = ("-id",)
    face = ROW_FACE
    row_actions = (
        RowAction(
            name="assign",
            title="Assign",
            permission=RIGHT,
            icon="person_add",
            variant=ActionVariant.PRIMARY,
            form=AssignForm,
            prepare=_offer,
            run=_assign,
            offered=_waits,
        ),
        RowAction(
            name="set_aside",
            title="Set aside",
            permission=RIGHT,
            icon="block",
            variant=ActionVariant.DANGER,
            form=ReasonForm,
            run=_set_aside,
            offered=_waits,
        ),
    )


def _take(actor: Actor, row: AgencyChange, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = decide_change(actor=actor, change_id=row.id, take=True, reason=values["reason"])
        waits = " A second person decides on the credit memo." if done.approval_id else ""
        return f"{row.row} costs {row.after:,.2f} now.{waits}"

    return posted_by(actor=actor, run=run)


def _dismiss(actor: Actor, row: AgencyChange, values: dict[str, Any]) -> Preview:
    decide_change(actor=actor, change_id=row.id, take=False, reason=values["reason"])
    return Preview(f"{row.row} stays at {row.before:,.2f}.")


def _is_open(actor: Actor, row: AgencyChange) -> bool:
    return row.status == AgencyChange.Status.OPEN


@admin.register(AgencyChange)
class AgencyChangeAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Penalties, reductions and conflicts: what agencies say of amounts later."""

    list_display = (
        *("created_at", "row", "before", "after", "raised", "lowered", "is_conflict", "status", "message"),
    )
    list_filter = ("status", "is_conflict", "created_at")
    list_select_related = ("row",)
    search_fields = ("row__reference",)
    told_with = ("row__driver__customer",)
    ordering = ("-id",)
    face = CHANGE_FACE
    row_actions = (
        RowAction(
            name="take",
            title="Take it",
            permission=RIGHT,
            icon="task_alt",
            variant=ActionVariant.PRIMARY,
            form=ReasonForm,
            run=_take,
            offered=_is_open,
        ),
        RowAction(
            name="dismiss",
            title="Dismiss it",
            permission=RIGHT,
            icon="block",
            variant=ActionVariant.DANGER,
            form=ReasonForm,
            run=_dismiss,
            offered=_is_open,
        ),
    )


class EndForm(forms.Form):
    """The last day, or none while it lasts."""

    until_on = DayField(label="Last day", required=False)


def _end(actor: Actor, row: KnownVehicle, values: dict[str, Any]) -> Preview:
    known = end_known_vehicle(actor=actor, known_id=row.id, until_on=values["until_on"])
    until = f"until {known.until_on}" if known.until_on else "and still is"
    return Preview(f"{known} was in {known.vehicle} from {known.from_on} {until}.")


_NAMED: Final = ("mark", "text", "vehicle", "from_on", "until_on", "created_by", "created_at")


@admin.register(KnownVehicle)
class KnownVehicleAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Tags and plates that were remembered when rows were assigned."""

    list_display = _NAMED
    list_filter = ("mark", "from_on")
    list_select_related = ("vehicle",)
    search_fields = ("text", "vehicle__plate_no")
    ordering = ("-id",)
    face = KNOWN_FACE
    row_actions = (
        RowAction(
            name="end",
            title="Say until when",
            permission=RIGHT,
            icon="event_busy",
            form=EndForm,
            run=_end,
            initial=lambda actor, row: {"until_on": row.until_on},
        ),
    )
