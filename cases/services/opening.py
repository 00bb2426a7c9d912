"""Opening a case: by a person, or by an app that imports what the case is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import orjson
from django.db import connection

from batconnect.core.database.numbers import take
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from cases.errors import UnknownCaseType
from cases.models import Case, CaseEvent, as_stored
from cases.querysets import TypeSteps, creatable_types, steps_of
from cases.services.writing import SUBJECT_LENGTH
from cases.states import State
from cases.subjects import case_series

_OPEN: Final = """
with made as (
  insert into cases (company_id, case_type_id, case_no, state, state_before_hold, state_changed_at, current_step,
                     draft, subject, created_by_id, created_by_name, created_on, action_due_on, version)
  values (%s::uuid, %s, %s, 'Open', '', %s::timestamptz, %s, %s::jsonb, %s, %s::bigint, %s, %s::timestamptz,
          %s::timestamptz, 1)
  returning company_id, id
), told as (
  insert into case_events (company_id, case_id, id, kind, step_id, trigger, from_state, to_state, user_id, actor,
                           reason, payload, created, request_id)
  select company_id, id, %s::uuid, %s, '', '', '', 'Open', %s::bigint, %s, '', '{}', '[]', %s from made
)
select id from made
"""
_OPEN_AS: Final = _OPEN.replace("(company_id,", "(id, company_id,", 1).replace(
    "values (%s::uuid,", "values (%s::bigint, %s::uuid,", 1
)


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A new case with the steps of its type."""

    case: Case
    type: TypeSteps


@joins_transaction
def create_case(*, actor: Actor, case_type: str) -> OpenedCase:
    """Open a case of a type that people open; its first step's time limit begins.

    Raises UnknownCaseType (400) listing the types, also for types whose cases come from imports;
    NotAllowed without `cases.work`.
    """
    actor.require("cases.work")
    type_steps = steps_of(company_id=actor.company_id, type_code=case_type)
    if type_steps is None or not type_steps.is_creatable:
        offered = ", ".join(creatable_types())
        what = "comes from imports and is not opened by hand" if type_steps else "is not a case type"
        raise UnknownCaseType(f"{case_type[:40]!r} {what}. Case types: {offered}.", field="case_type")
    return _open(actor=actor, type_steps=type_steps, subject="", draft={})


@joins_transaction
def open_case(
    *,
    actor: Actor,
    case_type: str,
    subject: str = "",
    draft: dict[str, Any] | None = None,
    case_id: int | None = None,
) -> OpenedCase:
    """Open a case of any type, for an app that imports or makes what the case is about (RENEWAL).

    `case_id` gives the case an id that was kept free (the demo's). The caller has checked the right to do so. Raises
    UnknownCaseType.
    """
    type_steps = steps_of(company_id=actor.company_id, type_code=case_type)
    if type_steps is None:
        raise UnknownCaseType(f"{case_type[:40]!r} is not a case type.", field="case_type")
    return _open(actor=actor, type_steps=type_steps, subject=subject, draft=draft or {}, case_id=case_id)


def _open(
    *, actor: Actor, type_steps: TypeSteps, subject: str, draft: dict[str, Any], case_id: int | None = None
) -> OpenedCase:
    now = clock.now()
    due = now + timedelta(seconds=type_steps.first_sla_seconds) if type_steps.first_sla_seconds else None
    first_step = type_steps.steps[0].step_id
    subject = subject[:SUBJECT_LENGTH]
    (number,) = take(case_series(type_steps.prefix), company_id=actor.company_id, day=now.date())
    stored_draft = orjson.dumps(draft, default=str).decode()
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN if case_id is None else _OPEN_AS,
            [
                *([] if case_id is None else [case_id]),
                *(actor.company_id, type_steps.id, number.text, now, first_step, stored_draft, subject),
                *(actor.user_id, actor.name, now, due),
                *(uuid7(), CaseEvent.Kind.CREATED.value, actor.user_id, actor.name, actor.request_id),
            ],
        )
        (case_id,) = cursor.fetchone()
    case = as_stored(
        id=case_id,
        company_id=actor.company_id,
        case_type_id=type_steps.id,
        case_no=number.text,
        state=State.OPEN.value,
        state_changed_at=now,
        current_step=first_step,
        draft=orjson.loads(stored_draft),
        subject=subject,
        created_by_id=actor.user_id,
        created_by_name=actor.name,
        created_on=now,
        action_due_on=due,
    )
    return OpenedCase(case=case, type=type_steps)
