"""The console's pages on cases: where each one stands and how it got there. Cases change through their actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from batconnect.core.console.base import BaseAdmin, ReadOnlyAdmin, ReadOnlyInline, actor_of
from batconnect.core.console.bulk.actions import BEFORE, BulkAction
from batconnect.core.console.bulk.lists import BulkActionAdmin
from batconnect.core.console.confirmations import Preview, reason_field
from batconnect.core.console.row_actions import RowAction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.permissions import PERMISSIONS
from batconnect.core.kernel.words import describe_code
from cases.admin_filters import BasketFilter, OverdueFilter
from cases.case_page import CASE_FACE, COLORS, time_limit
from cases.errors import NotGivenBack
from cases.faces import OVERRIDE_FACE, STEP_FACE, TYPE_FACE, describe_limit, describe_operation
from cases.models import (
    Case,
    CaseStepConfig,
    CaseStepOverride,
    CaseTransition,
    CaseType,
)
from cases.querysets import latest_move, may_be_given_back, may_withdraw, members, who_may_take
from cases.services import cancel_case, give_back_case, hold_case, reassign_case, release_case
from cases.states import CANCEL, GIVE_BACK, HOLD, REASSIGN, RELEASE

MANAGE = "cases.manage"


class CaseReasonForm(forms.Form):
    """Why."""

    reason = reason_field(shortest=3)


class ReassignForm(forms.Form):
    """To whom, and why."""

    username = forms.ChoiceField(
        label="To whom",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Only people who may take the current step are listed.",
    )
    reason = reason_field(shortest=3)


def _offer_people(request: HttpRequest, row: Case, form: ReassignForm) -> None:
    field = form.fields["username"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", "Myself"), *who_may_take(actor=actor_of(request), case=row)]


def _preview(before: Case, after: Case) -> Preview:
    moved = before.state != after.state
    rows = [("status", before.state, after.state)] if moved else []
    if before.assigned_to_id != after.assigned_to_id:
        rows.append(("assigned to", str(before.assigned_to or "-"), str(after.assigned_to or "-")))
    said = (
        f"{after.case_no}: {after.state}."
        if moved
        else f"{after.case_no} is assigned to {after.assigned_to or 'whoever may take its step'}."
    )
    return Preview(said, ("what", "before", "after"), tuple(rows), state=str(after.version))


def _calling(service: Any) -> Callable[[Actor, Case, dict[str, Any]], Preview]:
    def run(actor: Actor, row: Case, values: dict[str, Any]) -> Preview:
        return _preview(row, service(actor=actor, case_no=row.case_no, reason=values["reason"]))

    return run


def _reassign(actor: Actor, row: Case, values: dict[str, Any]) -> Preview:
    after = reassign_case(
        actor=actor, case_no=row.case_no, reason=values["reason"], username=values["username"] or None
    )
    return _preview(row, after)


def _give_back(actor: Actor, row: Case, values: dict[str, Any]) -> Preview:
    """The latest reassignment taken back, or the one that the operation which is undone has made."""
    kept = values.get(BEFORE)
    if kept is not None and "event" not in kept:
        raise NotGivenBack(f"It is not known any more who had {row.case_no}.")
    event_id = UUID(kept["event"]) if kept is not None else None
    after = give_back_case(actor=actor, case_no=row.case_no, reason=values["reason"], event_id=event_id)
    return _preview(row, after)


def _reassigned_by(actor: Actor, row: Case) -> dict[str, str]:
    """The reassignment that has just been made, for the operation that takes it back."""
    event = latest_move(company_id=actor.company_id, case_id=row.pk)
    assert event is not None, "it has just been written"
    return {"event": str(event.pk)}


def _may_cancel(actor: Actor, row: Case | None) -> bool:
    """Managers any case, others their own as long as nothing was done in it."""
    return actor.can(MANAGE) or (row is not None and may_withdraw(actor=actor, case=row))


# Each has the name of the transition that it triggers; who gives back reassigns.
ROW_ACTIONS: Final = (
    RowAction(
        name=HOLD,
        title="Put on hold",
        label="Hold",
        permission=MANAGE,
        icon="pause",
        form=CaseReasonForm,
        run=_calling(hold_case),
    ),
    RowAction(
        name=RELEASE,
        title="Release",
        permission=MANAGE,
        icon="play_arrow",
        form=CaseReasonForm,
        run=_calling(release_case),
    ),
    RowAction(
        name=REASSIGN,
        title="Reassign",
        permission=MANAGE,
        icon="person",
        form=ReassignForm,
        prepare=_offer_people,
        run=_reassign,
    ),
    RowAction(
        name=GIVE_BACK,
        title="Give back",
        permission=MANAGE,
        icon="undo",
        form=CaseReasonForm,
        run=_give_back,
        offered=lambda actor, row: may_be_given_back(actor=actor, case=row),
    ),
    RowAction(
        name=CANCEL,
        title="Cancel the case",
        label="Cancel",
        permission="cases.work",
        permitted=_may_cancel,
        icon="cancel",
        variant=ActionVariant.DANGER,
        form=CaseReasonForm,
        run=_calling(cancel_case),
    ),
)


def _offer_members(actor: Actor, form: ReassignForm) -> None:
    field = form.fields["username"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", "Myself"), *members(actor=actor)]
    field.help_text = "A case whose step the person may not take is left out."


_HOLD, _RELEASE, _REASSIGN, _GIVE_BACK, _ = ROW_ACTIONS
BULK: Final = (
    BulkAction(of=_HOLD, title="Put cases on hold", undo=RELEASE),
    BulkAction(of=_RELEASE, title="Release cases", undo=HOLD),
    BulkAction(
        of=_REASSIGN, title="Reassign cases", prepare=_offer_members, undo=GIVE_BACK, keeps=_reassigned_by
    ),
    BulkAction(of=_GIVE_BACK, title="Give cases back", undo=GIVE_BACK, keeps=_reassigned_by, restores=True),
)


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin, BulkActionAdmin):
    """Every case of the company, with its timeline; managing takes the permission and a transition that allows it."""

    list_display = (
        "case_no",
        "case_type",
        "state",
        "subject",
        "current_step",
        "created_by_name",
        "created_on",
        "limit",
        "action_due_on",
    )
    list_filter = (BasketFilter, OverdueFilter, "state", "case_type", "created_on", "action_due_on")
    date_hierarchy = "created_on"
    list_select_related = ("case_type", "assigned_to")
    search_fields = ("^case_no", "^subject")
    ordering = ("-id",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("case_type", "state_before_hold", "subject", "current_step", "assigned_to"),
                    *("created_by_name", "created_on", "action_due_on", "escalated_at", "closed_at"),
                )
            },
        ),
        ("Noted for later steps", {"fields": ("draft",), "classes": ("collapse",)}),
    )
    face = CASE_FACE
    row_actions = ROW_ACTIONS
    bulk_actions = BULK

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The buttons of the transitions that lead on from the case's state."""
        case = self.get_object(request, object_id)
        if not isinstance(case, Case):
            return []
        moves = CaseTransition.objects.filter(
            case_type=case.case_type_id, from_state=case.state, is_active=True
        )
        allowed = set(moves.values_list("trigger", flat=True))
        allowed |= {GIVE_BACK} if REASSIGN in allowed else set()
        return [each for each in super().get_actions_detail(request, object_id) if each.path in allowed]

    @display(description="time limit", label=COLORS, ordering="action_due_on")
    def limit(self, case: Case) -> tuple[str, str]:
        """How close its step is to the time limit, in color and in words."""
        return time_limit(case, now=clock.now())


class TransitionInline(ReadOnlyInline):
    """The transitions that exist."""

    model = CaseTransition
    view_permission = "cases.view"
    fields = ("what", "from_state", "to_state", "by_whom", "guards", "effect")
    readonly_fields = ("what", "by_whom")
    ordering = ("id",)
    show_change_link = False

    @admin.display(description="trigger")
    def what(self, row: CaseTransition) -> str:
        """The step or the action, in words."""
        return describe_code(row.trigger)

    @admin.display(description="who")
    def by_whom(self, row: CaseTransition) -> str:
        """Whom the flow names; a right by what it allows."""
        named, _, rest = row.who.partition("; ")
        allowed = PERMISSIONS.get(named)
        named = f"who may: {allowed.lower()}" if allowed else named
        return f"{named}; {rest}" if rest else named

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).filter(is_active=True).select_related("from_state", "to_state")


@admin.register(CaseType)
class CaseTypeAdmin(ReadOnlyAdmin):
    """The workflows as declared in code; read-only here."""

    list_display = ("code", "name", "prefix", "is_creatable", "is_active")
    ordering = ("code",)
    fields = ("code", "name", "prefix", "is_creatable", "is_active")
    face = TYPE_FACE
    inlines = (TransitionInline,)


@admin.register(CaseStepConfig)
class CaseStepConfigAdmin(ReadOnlyAdmin):
    """The steps as declared in code, with what they ask for."""

    list_display = ("name", "number", "case_step", "what_it_does", "default_groups", "may_wait", "is_active")
    list_select_related = ("case_step",)
    search_fields = ("step_id", "name")
    told_with = ("case_step__case_type",)
    ordering = ("step_id",)
    face = STEP_FACE

    @admin.display(description="number", ordering="step_id")
    def number(self, step: CaseStepConfig) -> str:
        """What cases and clients call it."""
        return step.step_id

    @admin.display(description="what it does", ordering="operation")
    def what_it_does(self, step: CaseStepConfig) -> str:
        """Whether it takes something, in words."""
        return describe_operation(step)

    @admin.display(description="groups")
    def default_groups(self, step: CaseStepConfig) -> str:
        """Who may take it unless the company says otherwise."""
        return ", ".join(step.groups)

    @admin.display(description="SLA", ordering="sla")
    def may_wait(self, step: CaseStepConfig) -> str:
        """How long a case may wait at it, in words."""
        return describe_limit(step.sla)


@admin.register(CaseStepOverride)
class CaseStepOverrideAdmin(BaseAdmin):
    """What the company decides for itself: who may take a step, and how long it may wait."""

    add_permission = "core.manage_settings"
    change_permission = "core.manage_settings"
    delete_permission = "core.manage_settings"
    list_display = ("step_name", "own_groups", "may_wait")
    list_select_related = ("case_step_config",)
    face = OVERRIDE_FACE
    ordering = ("case_step_config__step_id",)

    @admin.display(description="groups")
    def own_groups(self, override: CaseStepOverride) -> SafeString | str:
        """The company's own groups."""
        if override.groups is None:
            return format_html("<em>{}</em>", "as declared")
        return ", ".join(override.groups) or "nobody"

    @admin.display(description="SLA", ordering="sla")
    def may_wait(self, override: CaseStepOverride) -> str:
        """How long a case may wait at the step, in words."""
        return "as declared" if override.sla is None else describe_limit(override.sla)

    @admin.display(description="step", ordering="case_step_config__name")
    def step_name(self, override: CaseStepOverride) -> str:
        """The step by its name."""
        return override.case_step_config.name

    @admin.display(description="step")
    def step(self, override: CaseStepOverride) -> str:
        """The step; the card links it for those who may open it, which an administrator alone may not."""
        return str(override.case_step_config)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ("case_step_config" if obj is None else "step", "groups", "sla")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return () if obj is None else ("step",)
