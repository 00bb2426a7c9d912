"""Cases that waited longer than their step allows are escalated, once each (docs/domain.md#cases)."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from batconnect.core.database.rows import insert_many
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from cases.models import CaseEvent

CHUNK: Final = 500

# Rows that somebody is working on are left to the next run.
_MARK: Final = """
with late as materialized (
  select c.id from cases c
  where c.company_id = %s::uuid and c.closed_at is null and c.escalated_at is null
    and c.action_due_on < %s::timestamptz and c.state <> 'On Hold'
  order by c.action_due_on limit %s for update skip locked
)
update cases c set escalated_at = %s::timestamptz, version = c.version + 1
from late where c.company_id = %s::uuid and c.id = late.id
returning c.id, c.state, c.current_step, c.action_due_on
"""

_MARK_ONE: Final = """
update cases set escalated_at = %s::timestamptz, version = version + 1
where company_id = %s::uuid and id = %s::bigint and closed_at is null and escalated_at is null
returning state, current_step
"""


@transaction.atomic
def escalate_case(*, actor: Actor, case_id: int, reason: str) -> bool:
    """Escalate one case for its app's reason, once in its life; True unless it was escalated before.

    The caller has checked the right to do so.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_MARK_ONE, [now, actor.company_id, case_id])
        row = cursor.fetchone()
    if row is None:
        return False
    state, step_id = row
    insert_many(
        [
            CaseEvent(
                company_id=actor.company_id,
                case_id=case_id,
                kind=CaseEvent.Kind.ESCALATED.value,
                step_id=step_id,
                from_state=state,
                to_state=state,
                user_id=actor.user_id,
                actor=actor.name,
                reason=reason,
                request_id=actor.request_id,
            )
        ]
    )
    return True


@joins_transaction
def escalate_overdue(*, actor: Actor) -> int:
    """Mark every overdue case of the company as escalated, each with an event; returns how many there were.

    Cases on hold wait. Running it again finds nothing: a case is escalated once.
    """
    total = 0
    while True:
        now = clock.now()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_MARK, [actor.company_id, now, CHUNK, now, actor.company_id])
            late = cursor.fetchall()
            insert_many(
                [
                    CaseEvent(
                        company_id=actor.company_id,
                        case_id=case_id,
                        kind=CaseEvent.Kind.ESCALATED.value,
                        step_id=step_id,
                        from_state=state,
                        to_state=state,
                        user_id=actor.user_id,
                        actor=actor.name,
                        payload={"action_due_on": due},
                        request_id=actor.request_id,
                    )
                    for case_id, state, step_id, due in late
                ]
            )
        total += len(late)
        if len(late) < CHUNK:
            return total
