"""Copies the declared flows into the flow tables: after every migrate, as the owner; repeatable.

What is no longer declared becomes inactive and is kept: cases and events still refer to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from cases import registry
from cases.flow import Flow, Step
from cases.models import (
    CaseState,
    CaseStep,
    CaseStepConfig,
    CaseStepConfigPath,
    CaseTransition,
    CaseType,
)
from cases.states import FINAL_STATES, State


@dataclass(frozen=True, slots=True)
class Synchronized:
    """How many rows the declared flows now have."""

    types: int
    steps: int
    transitions: int


def synchronize_after_migrate(**_: Any) -> None:
    """The receiver of `post_migrate`; does nothing while the tables are not there (a partial migrate)."""
    if CaseTransition._meta.db_table in connection.introspection.table_names():
        synchronize_flows()


def synchronize_flows() -> Synchronized:
    """Write the registered flows to the flow tables; retire what none of them declares. Runs as the owner."""
    with transaction.atomic():
        declared = registry.flows()
        synchronize_states()
        for flow in declared:
            synchronize_flow(flow)
        CaseType.objects.exclude(code__in=[flow.code for flow in declared]).update(is_active=False)
    return Synchronized(
        types=len(declared),
        steps=sum(len(flow.step_ids) for flow in declared),
        transitions=sum(len(flow.transitions) for flow in declared),
    )


def synchronize_states() -> None:
    """The states that every flow shares."""
    for position, state in enumerate(State):
        CaseState.objects.update_or_create(
            name=state.value, defaults={"position": position, "is_final": state in FINAL_STATES}
        )


def synchronize_flow(flow: Flow) -> None:
    """One flow's type, steps, paths and transitions."""
    case_type, _ = CaseType.objects.update_or_create(
        code=flow.code,
        defaults={
            "name": flow.name,
            "prefix": flow.prefix,
            "is_creatable": flow.creatable,
            "is_active": True,
        },
    )
    for position, group in enumerate(flow.steps):
        heading, _ = CaseStep.objects.update_or_create(
            case_type=case_type, name=group.name, defaults={"position": position, "is_active": True}
        )
        for place, step in enumerate(group.steps):
            _synchronize_step(heading, place, step)
    CaseStep.objects.filter(case_type=case_type).exclude(
        name__in=[group.name for group in flow.steps]
    ).update(is_active=False)
    CaseStepConfig.objects.filter(case_step__case_type=case_type).exclude(step_id__in=flow.step_ids).update(
        is_active=False
    )
    _synchronize_transitions(case_type, flow)


def _synchronize_step(heading: CaseStep, position: int, step: Step) -> None:
    config, _ = CaseStepConfig.objects.update_or_create(
        step_id=step.step_id,
        defaults={
            "case_step": heading,
            "name": step.name,
            "operation": step.operation,
            "position": position,
            "groups": sorted(step.groups),
            "sla": step.sla,
            "is_active": True,
        },
    )
    # The old path goes first: one path of a step is active.
    CaseStepConfigPath.objects.filter(case_step_config=config).exclude(path=step.schema).update(
        is_active=False
    )
    CaseStepConfigPath.objects.update_or_create(
        case_step_config=config, path=step.schema, defaults={"is_active": True}
    )


def _synchronize_transitions(case_type: CaseType, flow: Flow) -> None:
    kept = set()
    CaseTransition.objects.filter(case_type=case_type).update(is_active=False)
    for row in flow.transitions:
        transition, _ = CaseTransition.objects.update_or_create(
            case_type=case_type,
            from_state_id=row.from_state.value,
            trigger=row.trigger,
            to_state_id=row.to_state.value,
            defaults={"who": row.who, "guards": row.guards, "effect": row.effect, "is_active": True},
        )
        kept.add(transition.pk)
    assert len(kept) == len(flow.transitions), f"{flow.code}: a transition is declared twice"
