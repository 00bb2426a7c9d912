"""What the calls on cases accept, and how cases look to clients: exactly the shapes of the guides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Anything, Choice, Flag, Instant, Listed, Text, Whole
from batconnect.core.api.fields import StrictSerializer
from batconnect.core.kernel.actors import Actor
from cases.models import Case, CaseEntity, CaseEvent
from cases.querysets import KnownStep, StepRow, is_overdue
from cases.services.opening import OpenedCase
from cases.services.steps import may_take
from cases.states import State


class CaseOpening(StrictSerializer):
    """Which case to open."""

    case_type = serializers.CharField(max_length=200, help_text="`INTPAY`, `DRLNS`, `RPRINV`")


class StepSubmission(StrictSerializer):
    """A step with its data, whose form is the step's JSON Schema."""

    step_id = serializers.CharField(max_length=60, help_text="`INTPAY-002`")
    data = serializers.DictField(  # type: ignore[assignment]  # DRF takes the field out of the class body
        required=False, default=dict, help_text="What the step's form asks for."
    )


class Nothing(StrictSerializer):
    """A body without fields."""


class Reasoned(StrictSerializer):
    """Why."""

    reason = serializers.CharField(max_length=2000, allow_blank=True, help_text="3 to 500 characters.")


class Reassignment(Reasoned):
    """Why, and to whom; without a name, to the caller."""

    username = serializers.CharField(max_length=150, required=False, allow_null=True, default=None)


class _StepRow(Answer):
    """A step as the caller may take it."""

    step_name = Text("Fetch - Search Driver & Enter Payment Details")
    step_id = Text("INTPAY-001")
    operation = Text("fetch")
    is_current_step = Flag(True)
    has_already_been_used = Flag()
    has_access = Flag(True)


class _StepHeading(Answer):
    """Steps under their heading."""

    step_name = Text("Search Driver & Enter Payment Details")
    sub_steps = Listed(_StepRow)


class CaseOpened(Answer):
    """A new case."""

    case_no = Text("INTPAY000123")
    created_by = Text("Merly")
    case_created_on = Instant()
    case_status = Choice(State, "Open")
    steps = Listed(_StepHeading)


class _CaseInfo(Answer):
    """The head of a case's page."""

    case_no = Text("INTPAY000123")
    case_type = Text("INTPAY")
    created_by = Text("Merly")
    case_created_on = Instant()
    case_status = Choice(State, "Open")
    action_due_on = Instant(null=True)
    id = Whole(123)
    subject = Text("John Doe")
    overdue = Flag()
    assigned_to = Text(null=True)
    escalated_at = Instant(null=True)
    closed_at = Instant(null=True)


class _CaseEntity(Answer):
    """What a case created."""

    entity = Text("interim_payment")
    id = Text("INTPAY-2024-00012")
    url = Text("/payments/interim-payments/INTPAY-2024-00012")


class _CaseEvent(Answer):
    """What happened to a case."""

    at = Instant()
    kind = Text("created")
    step_id = Text()
    trigger = Text()
    from_status = Text()
    to_status = Text("Open")
    by = Text("Merly")
    reason = Text()
    payload = Anything(help_text="What was sent, by step.")
    created = Listed(Anything(), [], help_text="What the step created.")
    request_id = Text("4f9c0a6de0f34d0c9b8f0b5f6c2a1e77")


class CaseDocument(Answer):
    """A case: its state, its steps, what it created, what happened."""

    case_info = _CaseInfo()
    steps = Listed(_StepHeading)
    entities = Listed(_CaseEntity)
    events = Listed(_CaseEvent)


class CaseMoved(Answer):
    """What an action made of a case."""

    message = Text("Case INTPAY000123 put on hold.")
    case_no = Text("INTPAY000123")
    case_status = Choice(State, "Open")


class CaseReassigned(CaseMoved):
    """Whose it is now."""

    assigned_to = Text("Merly", null=True)


class StepDone(CaseMoved):
    """What a step did; what it created stands beside these, as its guide says."""

    is_open = True


class StepShown(Answer):
    """What a step's screen shows: the step's own members, as its guide says."""

    is_open = True


class CaseCreated(Answer):
    """A case that was opened by its own endpoint."""

    message = Text("Case INTPAY000123 created.")
    case_no = Text("INTPAY000123")


class _CurrentStep(Answer):
    """The step that is next."""

    step_id = Text("INTPAY-001")
    step_name = Text("Fetch - Search Driver & Enter Payment Details")


class BasketRow(Answer):
    """A case in a list."""

    id = Whole(123)
    case_no = Text("INTPAY000123")
    case_type = Text("INTPAY")
    case_type_name = Text("Interim payment")
    case_status = Choice(State, "Open")
    subject = Text("John Doe")
    created_by = Text("Merly")
    case_created_on = Instant()
    current_step = _CurrentStep(null=True)
    action_due_on = Instant(null=True)
    overdue = Flag()
    assigned_to = Text(null=True)
    escalated_at = Instant(null=True)


def opened_case(*, actor: Actor, opened: OpenedCase) -> dict[str, Any]:
    """The answer to a new case (docs/seeds.md#interim-payments)."""
    case = opened.case
    return {
        "case_no": case.case_no,
        "created_by": case.created_by_name,
        "case_created_on": case.created_on,
        "case_status": case.state,
        "steps": step_headings(actor=actor, case=case, steps=opened.type.steps),
    }


def step_headings(*, actor: Actor, case: Case, steps: Iterable[StepRow]) -> list[dict[str, Any]]:
    """The steps under their headings, in order, as the actor may take them."""
    headings: dict[str, list[dict[str, Any]]] = {}
    for step in steps:
        headings.setdefault(step.heading, []).append(
            {
                "step_name": step.name,
                "step_id": step.step_id,
                "operation": step.operation,
                "is_current_step": step.step_id == case.current_step,
                "has_already_been_used": step.used,
                "has_access": may_take(actor=actor, groups=step.groups),
            }
        )
    return [{"step_name": name, "sub_steps": sub_steps} for name, sub_steps in headings.items()]


def case_info(*, case: Case, type_code: str, assigned_to: str | None, now: datetime) -> dict[str, Any]:
    """The head of a case's page."""
    return {
        "case_no": case.case_no,
        "case_type": type_code,
        "created_by": case.created_by_name,
        "case_created_on": case.created_on,
        "case_status": case.state,
        "action_due_on": case.action_due_on,
        "id": case.pk,
        "subject": case.subject,
        "overdue": is_overdue(state=case.state, action_due_on=case.action_due_on, now=now),
        "assigned_to": assigned_to,
        "escalated_at": case.escalated_at,
        "closed_at": case.closed_at,
    }


def entity_shape(entity: CaseEntity) -> dict[str, Any]:
    """What a case created."""
    return {"entity": entity.entity, "id": entity.entity_id, "url": entity.url}


def event_shape(event: CaseEvent) -> dict[str, Any]:
    """What happened to a case."""
    return {
        "at": event.at,
        "kind": event.kind,
        "step_id": event.step_id,
        "trigger": event.trigger,
        "from_status": event.from_state,
        "to_status": event.to_state,
        "by": event.actor,
        "reason": event.reason,
        "payload": event.payload,
        "created": event.created,
        "request_id": event.request_id,
    }


def basket_shape(row: Mapping[str, Any], *, steps: Mapping[str, KnownStep], now: datetime) -> dict[str, Any]:
    """A case in a list."""
    step_id = row["current_step"]
    return {
        "id": row["id"],
        "case_no": row["case_no"],
        "case_type": row["case_type__code"],
        "case_type_name": row["case_type__name"],
        "case_status": row["state"],
        "subject": row["subject"],
        "created_by": row["created_by_name"],
        "case_created_on": row["created_on"],
        "current_step": {"step_id": step_id, "step_name": steps[step_id].name} if step_id in steps else None,
        "action_due_on": row["action_due_on"],
        "overdue": is_overdue(state=row["state"], action_due_on=row["action_due_on"], now=now),
        "assigned_to": row["assigned_to__first_name"] or row["assigned_to__username"],
        "escalated_at": row["escalated_at"],
    }
