"""The steps of a case: shown by a fetch, carried out by a submit (docs/domain.md#cases)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import structlog

from batconnect.core.api.parameters import refuse_parameters
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from cases import forms, registry
from cases.errors import (
    IllegalTransition,
    NoStepAccess,
    StepFormUnavailable,
    StepNotFound,
    StepNotSubmittable,
    UnknownStep,
)
from cases.flow import Flow, Step, StepContext, StepResult
from cases.models import Case, CaseEvent
from cases.querysets import CaseContext, find_case_context
from cases.services.writing import CaseEventDraft, write_change
from cases.states import FINAL_STATES


@dataclass(frozen=True, slots=True)
class SubmittedStep:
    """The case after the step, and what the step answers."""

    case: Case
    result: StepResult


@reads
def may_take(*, actor: Actor, groups: frozenset[str]) -> bool:
    """Whether one of the actor's groups may take a step of these groups; a job may take all."""
    return actor.is_job or not actor.groups.isdisjoint(groups)


@reads
def fetch_step(*, actor: Actor, case_no: str, step_id: str, params: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what the step shows; allowed in every state of the case, and changes nothing (docs/domain.md#cases).

    Raises CaseNotFound and StepNotFound (404), NoStepAccess (403), InvalidInput `unknown_parameter` for a parameter
    that the step does not take, and what the step itself refuses.
    """
    actor.require("cases.view")
    context = find_case_context(actor=actor, case=case_no, trigger=step_id, step_id=step_id)
    flow, step = _declared(context, step_id)
    if flow is None or step is None:
        raise StepNotFound(_no_such_step(context, step_id, flow))
    _require_access(actor, context, step_id)
    refuse_parameters(params, known=step.parameters)
    if step.fetch is None:
        return {}
    return step.fetch(StepContext(actor=actor, case=context.case, flow=flow, step=step, params=params))


@joins_transaction
def submit_step(
    *,
    actor: Actor,
    case_no: str,
    step_id: str,
    data: dict[str, Any],
    known: Mapping[str, Any] | None = None,
) -> SubmittedStep:
    """Carry out a step: lock the case, check state and form, run, move the case, write the event.

    `known` is what the caller has found out beside the data, under names that the step gives; never from a client.
    The lock is held until the transaction ends, so that of two submits at once the second finds the
    case where the first left it. Raises CaseNotFound (404), UnknownStep and InvalidInput (400), NoStepAccess (403),
    IllegalTransition, StepNotSubmittable and StepFormUnavailable (409), and what the step itself refuses.
    """
    actor.require("cases.work")
    context = find_case_context(actor=actor, case=case_no, trigger=step_id, step_id=step_id, lock=True)
    structlog.contextvars.bind_contextvars(case=context.case.case_no)
    flow, step = _declared(context, step_id)
    if flow is None or step is None:
        raise UnknownStep(_no_such_step(context, step_id, flow), field="step_id")
    _require_access(actor, context, step_id)
    if step.submit is None:
        raise StepNotSubmittable(f"{step_id} is read-only and takes no data.")
    if context.to_state is None:
        raise IllegalTransition(
            f"{context.case.case_no} is {context.case.state}: {step_id} cannot be carried out.",
            extra={"case_status": context.case.state},
        )
    whole = {**context.case.draft, **data} if step.uses_draft else data
    _require_form(flow=flow, context=context, step_id=step_id, data=whole)
    result = step.submit(
        StepContext(
            actor=actor, case=context.case, flow=flow, step=step, data=whole, sent=data, known=known or {}
        )
    )
    return SubmittedStep(case=_write(actor, flow, context, step_id, data, result), result=result)


def _write(
    actor: Actor, flow: Flow, context: CaseContext, step_id: str, sent: dict[str, Any], result: StepResult
) -> Case:
    case, to_state = context.case, context.to_state
    if result.waits:
        to_state = find_case_context(actor=actor, case=case.case_no, trigger=result.waits).to_state
    assert to_state is not None, f"{flow.code} has no transition {result.waits} from {case.state}"
    is_nobodys = bool(result.waits) or to_state in FINAL_STATES
    form = _form_of(flow, context)
    payload: dict[str, Any] = {"data": forms.with_amounts(form, sent) if form else sent}
    if case.draft:
        payload["draft"] = forms.with_amounts(form, case.draft) if form else case.draft
    if result.summary:
        payload["summary"] = dict(result.summary)
    return write_change(
        actor=actor,
        case=case,
        event_draft=CaseEventDraft(
            kind=CaseEvent.Kind.STEP,
            trigger=result.waits or step_id,
            step_id=step_id,
            payload=payload,
            entities=result.entities,
        ),
        to_state=to_state,
        current_step="" if is_nobodys else result.next_step or flow.following(step_id),
        draft=result.draft,
        subject=result.subject,
        rows=result.rows,
    )


def _form_of(flow: Flow, context: CaseContext) -> Path | None:
    """The file of the step's active form; None for a step without one."""
    return flow.forms_folder() / context.path if context.path else None


def _declared(context: CaseContext, step_id: str) -> tuple[Flow | None, Step | None]:
    """The flow and the step; the step is None unless the flow tables have it too."""
    flow = registry.find(context.type_code)
    return flow, flow.step(step_id) if flow and context.step_known else None


def _no_such_step(context: CaseContext, step_id: str, flow: Flow | None) -> str:
    known = ", ".join(flow.step_ids) if flow else "none"
    return f"{context.type_code} has no step {step_id[:60]}. Its steps: {known}."


def _require_access(actor: Actor, context: CaseContext, step_id: str) -> None:
    if not may_take(actor=actor, groups=context.groups):
        raise NoStepAccess(f"{step_id} is for {', '.join(sorted(context.groups)) or 'nobody at present'}.")


def _require_form(*, flow: Flow, context: CaseContext, step_id: str, data: dict[str, Any]) -> None:
    """Check the data against the step's active form; a blank path is a step without one."""
    if context.path is None:
        what = "its schema path is inactive" if context.paths else "it has no schema path"
        raise StepFormUnavailable(f"Step {step_id} cannot be carried out: {what}.")
    if context.path == "":
        if data:
            raise InvalidInput(
                f"{step_id} takes no data.",
                errors=[FieldError(str(name)[:60], "Unknown field.", "unknown_field") for name in data],
            )
        return
    if ".." in PurePosixPath(context.path).parts or context.path.startswith("/"):
        raise StepFormUnavailable(f"Step {step_id} cannot be carried out: its schema path leaves bpm_flows.")
    source = _form_of(flow, context)
    if source is None or not source.is_file():
        raise StepFormUnavailable(f"Step {step_id} cannot be carried out: there is no {context.path}.")
    if errors := forms.check(source, data):
        message = "; ".join(
            f"{error.field}: {error.message}" if error.field else error.message for error in errors[:5]
        )
        raise InvalidInput(message, errors=errors)
