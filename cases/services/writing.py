"""How a change of a case is written: its row, the event, what was created, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import orjson
from django.db import models

from batconnect.core.database.rows import Change, execute_batch
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.json import decimal_text
from cases.flow import CreatedEntity
from cases.models import Case, CaseEntity, CaseEvent
from cases.states import FINAL_STATES, State

SUBJECT_LENGTH: Final = 200

# A case that moves on to a step which its assignee may not take is unassigned: otherwise it would be in nobody's
# basket.
_UPDATE: Final = """
update cases set state = %s, state_before_hold = %s, state_changed_at = %s::timestamptz, current_step = %s,
  draft = %s::jsonb, subject = %s, closed_at = %s::timestamptz,
  assigned_to_id = case when %s::boolean then (
      select m.user_id
      from memberships m
      join case_step_configs s on s.step_id = %s
      left join case_step_overrides o on o.case_step_config_id = s.id and o.company_id = m.company_id
      where m.company_id = %s::uuid and m.user_id = %s::bigint and m.is_active
        and m.groups && coalesce(o.groups, s.groups)
    ) else %s::bigint end,
  action_due_on = case when %s::boolean then %s::timestamptz + (
      select nullif(coalesce(o.sla, s.sla), interval '0')
      from case_step_configs s
      left join case_step_overrides o on o.case_step_config_id = s.id and o.company_id = %s::uuid
      where s.step_id = %s
    ) else %s::timestamptz end,
  version = version + 1
where company_id = %s::uuid and id = %s::bigint
returning action_due_on, assigned_to_id
"""


@dataclass(frozen=True, slots=True)
class CaseEventDraft:
    """One thing that happens to a case, as its event records it."""

    kind: CaseEvent.Kind
    trigger: str = ""
    step_id: str = ""
    reason: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    entities: Sequence[CreatedEntity] = ()


@reads
def event_row(*, actor: Actor, case: Case, event_draft: CaseEventDraft, to_state: str) -> CaseEvent:
    """The event, unsaved."""
    return CaseEvent(
        company_id=actor.company_id,
        case_id=case.pk,
        kind=event_draft.kind.value,
        step_id=event_draft.step_id,
        trigger=event_draft.trigger,
        from_state=case.state,
        to_state=to_state,
        user_id=actor.user_id,
        actor=actor.name,
        reason=event_draft.reason,
        payload=_exact(event_draft.payload),
        created=[
            {"entity": created.entity, "id": created.id, "url": created.url}
            for created in event_draft.entities
        ],
        request_id=actor.request_id,
    )


def _exact(value: Any) -> Any:
    """The value with its amounts as JSON numbers, whose decimals the column keeps and the model reads exactly."""
    if isinstance(value, Decimal):
        return orjson.Fragment(decimal_text(value))
    if isinstance(value, Mapping):
        return {name: _exact(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(held) for held in value]
    return value


@reads
def entity_rows(*, actor: Actor, case: Case, entities: Sequence[CreatedEntity]) -> list[CaseEntity]:
    """What the case created, unsaved."""
    return [
        CaseEntity(
            company_id=actor.company_id,
            case_id=case.pk,
            entity=created.entity,
            entity_id=created.id,
            url=created.url,
        )
        for created in entities
    ]


@joins_transaction
def write_change(
    *,
    actor: Actor,
    case: Case,
    event_draft: CaseEventDraft,
    to_state: str,
    current_step: str | None = None,
    draft: dict[str, Any] | None = None,
    subject: str | None = None,
    assigned_to_id: int | None = None,
    unassigns: bool = False,
    rows: Sequence[Sequence[models.Model]] = (),
) -> Case:
    """Write the locked case's change with its event, entities and the app's own rows, in one statement.

    None leaves what the case has; `unassigns` leaves it to whoever may take its step. A case at another step gets that
    step's time limit; time on hold does not count. Returns the same instance, brought up to date.
    """
    now = clock.now()
    event = event_row(actor=actor, case=case, event_draft=event_draft, to_state=to_state)
    _apply(case, now=now, to_state=to_state, draft=draft, subject=subject, assigned_to_id=assigned_to_id)
    if unassigns:
        case.assigned_to_id = None
    moved_on = current_step is not None and current_step != case.current_step
    if current_step is not None:
        case.current_step = current_step
    hands_on = moved_on and case.current_step != "" and case.assigned_to_id is not None
    update = Change(
        _UPDATE,
        [
            *(case.state, case.state_before_hold, case.state_changed_at, case.current_step),
            *(orjson.dumps(case.draft, default=str).decode(), case.subject, case.closed_at),
            *(hands_on, case.current_step, actor.company_id, case.assigned_to_id, case.assigned_to_id),
            *(moved_on, now, actor.company_id, case.current_step, case.action_due_on),
            *(actor.company_id, case.pk),
        ],
    )
    entities = entity_rows(actor=actor, case=case, entities=event_draft.entities)
    written = execute_batch(*rows, [event], entities, changes=[update])
    ((case.action_due_on, case.assigned_to_id),) = written
    case.version += 1
    return case


def _apply(
    case: Case,
    *,
    now: Any,
    to_state: str,
    draft: dict[str, Any] | None,
    subject: str | None,
    assigned_to_id: int | None,
) -> None:
    if draft is not None:
        case.draft = draft
    if subject is not None:
        case.subject = subject[:SUBJECT_LENGTH]
    if assigned_to_id is not None:
        case.assigned_to_id = assigned_to_id
    if to_state == case.state:
        return
    if case.state == State.ON_HOLD.value and case.action_due_on is not None:
        case.action_due_on += now - case.state_changed_at
    case.state_before_hold = case.state if to_state == State.ON_HOLD.value else ""
    case.closed_at = now if to_state in FINAL_STATES else None
    case.state = to_state
    case.state_changed_at = now
