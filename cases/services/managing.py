"""What is done to a case rather than in it: hold, release, cancel, reassign, and what other apps report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import connection

from batconnect.core.database.rows import insert_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.codes import PERMISSION_DENIED
from batconnect.core.kernel.errors import InvalidInput, NotAllowed
from batconnect.core.kernel.permissions import PERMISSIONS, permissions_of
from batconnect.core.models import Notice
from batconnect.core.notices import full_name, notify
from cases import registry
from cases.errors import CannotTakeCase, IllegalTransition, NotGivenBack
from cases.flow import CreatedEntity
from cases.models import Case, CaseEvent
from cases.querysets import CaseContext, find_case_context, latest_move, may_withdraw
from cases.services.writing import CaseEventDraft, entity_rows, event_row, write_change
from cases.states import APPROVED, CANCEL, FINAL_STATES, HOLD, REASSIGN, REJECTED, RELEASE

MANAGE: Final = "cases.manage"
SHORTEST_REASON: Final = 3
LONGEST_REASON: Final = 500
_TRIGGER_LABELS: Final = {
    HOLD: "put on hold",
    RELEASE: "released",
    CANCEL: "cancelled",
    REASSIGN: "reassigned",
    APPROVED: "approved; release it first, or reject the request if it is cancelled",
    REJECTED: "open again; release it first",
}


@joins_transaction
def hold_case(*, actor: Actor, case_no: str, reason: str) -> Case:
    """Put an open case on hold; its time limit is suspended.

    Needs `cases.manage` and a reason of 3 to 500 characters. Raises CaseNotFound, IllegalTransition (409).
    """
    return _manage(actor=actor, case_no=case_no, trigger=HOLD, kind=CaseEvent.Kind.HELD, reason=reason)


@joins_transaction
def release_case(*, actor: Actor, case_no: str, reason: str) -> Case:
    """Release a case from hold to the state it was in; its time limit goes on from where it stopped.

    Needs `cases.manage` and a reason of 3 to 500 characters. Raises CaseNotFound, IllegalTransition (409).
    """
    return _manage(actor=actor, case_no=case_no, trigger=RELEASE, kind=CaseEvent.Kind.RELEASED, reason=reason)


@joins_transaction
def cancel_case(*, actor: Actor, case_no: str, reason: str) -> Case:
    """Cancel an open case or one on hold, for good.

    Needs `cases.manage`; for a case that the actor opened and in which nothing was done yet, `cases.work`. Needs a
    reason of 3 to 500 characters. Raises CaseNotFound, NotAllowed, IllegalTransition (409).
    """
    actor.require("cases.work")
    reason = checked_reason(reason)
    context = _locked(actor=actor, case=case_no, trigger=CANCEL)
    if not actor.can(MANAGE) and not may_withdraw(actor=actor, case=context.case):
        raise NotAllowed(
            f"You may cancel a case that you opened yourself and in which nothing was done; {case_no} is not one. "
            f"For any other this needs the permission {MANAGE} ({PERMISSIONS[MANAGE]}).",
            code=PERMISSION_DENIED,
        )
    return _change(actor=actor, context=context, trigger=CANCEL, kind=CaseEvent.Kind.CANCELLED, reason=reason)


@joins_transaction
def reassign_case(*, actor: Actor, case_no: str, reason: str, username: str | None = None) -> Case:
    """Give the case to a member of the company who may take its current step; without a name, to the actor.

    Needs `cases.manage` and a reason of 3 to 500 characters. Raises CaseNotFound, CannotTakeCase (400),
    IllegalTransition (409).
    """
    actor.require(MANAGE)
    reason = checked_reason(reason)
    context = _locked(actor=actor, case=case_no, trigger=REASSIGN)
    user_id, name = _member_who_may(actor=actor, username=username, context=context)
    if user_id != actor.user_id:
        notify(
            company_id=actor.company_id,
            user_ids=[user_id],
            kind=Notice.Kind.REASSIGNED,
            text=f"{full_name(actor)} gave you {context.case.case_no}: {reason}",
            subject_model=Case._meta.label,
            subject_key=context.case.pk,
        )
    return write_change(
        actor=actor,
        case=context.case,
        event_draft=CaseEventDraft(
            kind=CaseEvent.Kind.REASSIGNED,
            trigger=REASSIGN,
            reason=reason,
            payload={
                "assigned_to": name,
                "assigned_to_id": user_id,
                "assigned_from_id": context.case.assigned_to_id,
            },
        ),
        to_state=context.case.state,
        assigned_to_id=user_id,
    )


@joins_transaction
def give_back_case(*, actor: Actor, case_no: str, reason: str, event_id: UUID | None = None) -> Case:
    """Take the case's latest reassignment back: it goes to whom it was assigned before; if that was nobody, to whoever
    may take its step. `event_id` names the reassignment that is meant, if it has to be this one.

    Needs `cases.manage` and a reason of 3 to 500 characters. Raises CaseNotFound, IllegalTransition (409),
    CannotTakeCase (400) for a person who may not take the step by now, and NotGivenBack (409) when a step was taken or
    the case was moved or reassigned since. Rule: docs/domain.md#cases.
    """
    actor.require(MANAGE)
    reason = checked_reason(reason)
    context = _locked(actor=actor, case=case_no, trigger=REASSIGN)
    case = context.case
    moved = latest_move(company_id=actor.company_id, case_id=case.pk)
    if moved is None or "assigned_from_id" not in moved.payload:
        raise NotGivenBack(f"{case.case_no} was not reassigned, or something was done in it since.")
    if moved.payload["assigned_to_id"] != case.assigned_to_id or event_id not in (None, moved.id):
        raise NotGivenBack(f"{case.case_no} was reassigned once more since: it stays where it is.")
    before: int | None = moved.payload["assigned_from_id"]
    name = ""
    if before is not None:
        before, name = _member_who_may(actor=actor, user_id=before, context=context)
    if before not in (None, actor.user_id):
        notify(
            company_id=actor.company_id,
            user_ids=[before],
            kind=Notice.Kind.REASSIGNED,
            text=f"{full_name(actor)} gave you {case.case_no} back: {reason}",
            subject_model=Case._meta.label,
            subject_key=case.pk,
        )
    payload = {"assigned_to": name, "assigned_to_id": before, "assigned_from_id": case.assigned_to_id}
    return write_change(
        actor=actor,
        case=case,
        event_draft=CaseEventDraft(
            kind=CaseEvent.Kind.REASSIGNED,
            trigger=REASSIGN,
            reason=reason,
            payload={**payload, "takes_back": str(moved.id)},
        ),
        to_state=case.state,
        assigned_to_id=before,
        unassigns=before is None,
    )


@joins_transaction
def move_case(
    *,
    actor: Actor,
    case: str | int,
    trigger: str,
    reason: str = "",
    payload: Mapping[str, Any] | None = None,
    entities: Sequence[CreatedEntity] = (),
    next_step: str | None = None,
) -> Case:
    """Fire a named transition for an app whose event moves the case (paid, settled, reopened).

    `next_step` is the step that the case then waits for, if that changes. The caller has checked the right
    to do so and holds the locks that come before the case's in the lock order, or none. Raises CaseNotFound,
    IllegalTransition (409) when no row leads on.
    """
    context = _locked(actor=actor, case=case, trigger=trigger)
    assert context.to_state is not None
    # A reopened case waits for a step again: the first in its flow's order.
    reopened = context.case.state in FINAL_STATES and context.to_state not in FINAL_STATES
    step = _first_step(context) if reopened else ("" if context.to_state in FINAL_STATES else next_step)
    return write_change(
        actor=actor,
        case=context.case,
        event_draft=CaseEventDraft(
            kind=CaseEvent.Kind.MOVED,
            trigger=trigger,
            reason=reason,
            payload=payload or {},
            entities=entities,
        ),
        to_state=context.to_state,
        current_step=step,
    )


@joins_transaction
def lock_case(*, actor: Actor, case: str | int, trigger: str) -> Case:
    """Lock a case for a transition that is about to be fired, before what comes later in the lock order.

    Raises CaseNotFound, IllegalTransition (409) when the case's state does not allow it.
    """
    return _locked(actor=actor, case=case, trigger=trigger).case


@joins_transaction
def note_on_case(
    *,
    actor: Actor,
    case: str | int,
    trigger: str,
    reason: str = "",
    payload: Mapping[str, Any] | None = None,
    entities: Sequence[CreatedEntity] = (),
) -> CaseEvent:
    """Add an event that moves nothing, in any state: what happened to something the case created (a void).

    The caller has checked the right to do so. Raises CaseNotFound.
    """
    noted_case = find_case_context(actor=actor, case=case, trigger=trigger).case
    event = event_row(
        actor=actor,
        case=noted_case,
        event_draft=CaseEventDraft(
            kind=CaseEvent.Kind.NOTED,
            trigger=trigger,
            reason=reason,
            payload=payload or {},
            entities=entities,
        ),
        to_state=noted_case.state,
    )
    insert_batch([event], entity_rows(actor=actor, case=noted_case, entities=entities))
    return event


def checked_reason(reason: str) -> str:
    """The reason, trimmed. Raises InvalidInput unless it has 3 to 500 characters (docs/domain.md#cases)."""
    trimmed = reason.strip()
    if not SHORTEST_REASON <= len(trimmed) <= LONGEST_REASON:
        raise InvalidInput(
            f"Give a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters; this one has {len(trimmed)}.",
            field="reason",
        )
    return trimmed


def _manage(*, actor: Actor, case_no: str, trigger: str, kind: CaseEvent.Kind, reason: str) -> Case:
    actor.require(MANAGE)
    reason = checked_reason(reason)
    context = _locked(actor=actor, case=case_no, trigger=trigger)
    return _change(actor=actor, context=context, trigger=trigger, kind=kind, reason=reason)


def _change(*, actor: Actor, context: CaseContext, trigger: str, kind: CaseEvent.Kind, reason: str) -> Case:
    assert context.to_state is not None
    return write_change(
        actor=actor,
        case=context.case,
        event_draft=CaseEventDraft(kind=kind, trigger=trigger, reason=reason),
        to_state=context.to_state,
        current_step="" if context.to_state in FINAL_STATES else None,
    )


def _locked(*, actor: Actor, case: str | int, trigger: str) -> CaseContext:
    context = find_case_context(actor=actor, case=case, trigger=trigger, lock=True)
    structlog.contextvars.bind_contextvars(case=context.case.case_no)
    if context.to_state is None:
        raise IllegalTransition(
            f"{context.case.case_no} is {context.case.state}: it cannot be {_TRIGGER_LABELS.get(trigger, trigger)}."
            + _advice(context, trigger),
            extra={"case_status": context.case.state},
        )
    return context


def _advice(context: CaseContext, trigger: str) -> str:
    """What the case's flow has in the place of the action, as a sentence that follows."""
    flow = registry.find(context.type_code)
    advice = flow.advice(trigger, context.case.state) if flow else ""
    return f" {advice.format(case_id=context.case.pk, case_no=context.case.case_no)}" if advice else ""


def _first_step(context: CaseContext) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "select s.step_id from case_step_configs s join case_steps h on h.id = s.case_step_id "
            "where h.case_type_id = %s and s.is_active and h.is_active order by h.position, s.position limit 1",
            [context.case.case_type_id],
        )
        row = cursor.fetchone()
    return row[0] if row else ""


def _member_who_may(
    *, actor: Actor, context: CaseContext, username: str | None = None, user_id: int | None = None
) -> tuple[int, str]:
    """The id and name of the active member to whom the case goes: of that name or key, else the actor."""
    wanted = user_id or actor.user_id
    with connection.cursor() as cursor:
        cursor.execute(
            "select u.id, coalesce(nullif(u.first_name, ''), u.username), m.groups "
            "from memberships m join users u on u.id = m.user_id and u.is_active "
            "where m.company_id = %s::uuid and m.is_active "
            "and case when %s::text is null then u.id = %s::bigint else u.username = %s::text end",
            [actor.company_id, username, wanted, username],
        )
        row = cursor.fetchone()
    if row is None:
        called = username or (actor.name if user_id is None else "Who had it")
        raise CannotTakeCase(f"{called[:150]} is not an active member of the company.", field="username")
    found, name, groups = row
    if context.groups.isdisjoint(groups) or "cases.work" not in permissions_of(groups):
        raise CannotTakeCase(
            f"{name} may not take {context.step_name or 'this case'}: it is for {', '.join(sorted(context.groups))}.",
            field="username",
        )
    return found, name
