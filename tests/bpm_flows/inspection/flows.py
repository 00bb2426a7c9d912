"""A small workflow for the engine's own tests: it knows no business and fails on request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from batconnect.core.kernel.errors import NotFound
from batconnect.core.kernel.permissions import Group
from cases.flow import MANAGED, CreatedEntity, Flow, Step, StepContext, StepGroup, StepResult, Transition
from cases.states import State

_STAFF = "the step's groups"


class LedgerDown(Exception):
    """Stands for a fault of ours in the middle of a step."""


def find_vehicle(context: StepContext) -> Mapping[str, Any]:
    """Shows the vehicle asked for."""
    vehicle = context.params.get("vehicle", "")
    if vehicle == "unknown":
        raise NotFound("There is no such vehicle.")
    return {"vehicle": vehicle or None, "noted": context.case.draft}


def note_report(context: StepContext) -> StepResult:
    """Keeps what was entered as the draft."""
    return StepResult(
        message="Report noted.", draft=context.data, subject=f"Vehicle {context.data['vehicle']}"
    )


def decide(context: StepContext) -> StepResult:
    """Closes the case and creates a certificate."""
    if context.data["vehicle"] == "explode":
        raise LedgerDown
    number = f"CERT-{context.case.case_no}"
    return StepResult(
        message="Inspection decided.",
        payload={"certificate": number},
        entities=[CreatedEntity("certificate", number, f"/certificates/{number}")],
        summary={"findings": len(context.data["findings"])},
    )


def archive(context: StepContext) -> StepResult:
    """A step without a form."""
    return StepResult(message="Archived.")


class Inspection(Flow):
    """Report, then decide; a closed one can be reopened by another app."""

    code = "TSTINS"
    name = "Test inspection"
    prefix = "TSTINS"
    steps = (
        StepGroup(
            "Report",
            (
                Step(
                    "TSTINS-001",
                    "Fetch - Report",
                    operation="fetch",
                    schema="inspection/schemas/report.json",
                    sla=timedelta(hours=4),
                    fetch=find_vehicle,
                    parameters=("vehicle",),
                    submit=note_report,
                ),
            ),
        ),
        StepGroup(
            "Decide",
            (
                Step(
                    "TSTINS-002",
                    "Decide",
                    groups=frozenset({Group.FINANCE_MANAGER.value}),
                    schema="inspection/schemas/decide.json",
                    sla=timedelta(days=1),
                    submit=decide,
                    uses_draft=True,
                ),
                Step("TSTINS-003", "Archive", submit=archive),
                Step("TSTINS-004", "Look only", fetch=find_vehicle),
            ),
        ),
    )
    transitions = (
        Transition("TSTINS-001", State.OPEN, State.IN_PROGRESS, _STAFF, "a vehicle", "draft stored"),
        Transition("TSTINS-001", State.IN_PROGRESS, State.IN_PROGRESS, _STAFF, "a vehicle", "draft replaced"),
        Transition("TSTINS-002", State.OPEN, State.CLOSED, _STAFF, "the payload is whole", "certificate"),
        Transition(
            "TSTINS-002", State.IN_PROGRESS, State.CLOSED, _STAFF, "the payload is whole", "certificate"
        ),
        Transition("TSTINS-003", State.IN_PROGRESS, State.CLOSED, _STAFF),
        Transition("reopened", State.CLOSED, State.IN_PROGRESS, "another app"),
        *MANAGED,
    )


class Imported(Flow):
    """A type whose cases nobody opens by hand."""

    code = "TSTIMP"
    name = "Test import"
    prefix = "TSTIMP"
    creatable = False
    steps = (StepGroup("Look", (Step("TSTIMP_LOOK", "Look", operation="fetch", fetch=find_vehicle),)),)
    transitions = (
        Transition("paid", State.OPEN, State.IN_PROGRESS),
        Transition("paid", State.IN_PROGRESS, State.IN_PROGRESS),
        Transition("settled", State.IN_PROGRESS, State.CLOSED),
        Transition("reopened", State.CLOSED, State.IN_PROGRESS),
        *MANAGED,
    )
