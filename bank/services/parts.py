"""A part of a line: locked, moved on, and what the trail says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from bank.errors import LineNotFound
from bank.models import Explanation, LinePart
from bank.subjects import LINE_PART
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import AuditEvent

RIGHT: Final = "bank.explain"
_MOVE: Final = """
update bank_line_parts p set explained = p.explained + d.more, version = p.version + 1,
  status = case when p.explained + d.more = p.amount then 'explained' else 'open' end
from unnest(%s::uuid[], %s::numeric[]) as d(id, more)
where p.company_id = %s::uuid and p.id = d.id
"""


@joins_transaction
def lock_part(*, actor: Actor, part_id: UUID) -> LinePart:
    """The part, locked until the transaction ends, after payments and obligations. Raises LineNotFound (404)."""
    # Without the order of lists, for which the planner may read every part of the company.
    rows = LinePart.objects.select_for_update(no_key=True, of=("self",)).order_by()
    found = rows.select_related("bank_account").filter(company_id=actor.company_id, id=part_id)
    part = next(iter(found), None)
    if part is None:
        raise LineNotFound(f"There is no part of a statement's line {part_id}.")
    return part


@joins_transaction
def moved(actor: Actor, amounts: Mapping[UUID, Decimal]) -> Change:
    """The update that explains so much more of each part, by its id; below zero so much less."""
    ids = sorted(amounts)
    return Change(_MOVE, [ids, [amounts[key] for key in ids], actor.company_id])


@joins_transaction
def part_event(
    actor: Actor, action: str, part: LinePart, made: Sequence[Explanation], *, reason: str = ""
) -> AuditEvent:
    """The line of the trail on what a part was explained as, or no longer is."""
    return audit_event(
        actor=actor,
        action=action,
        subject_type=LINE_PART,
        subject_id=part.id,
        reason=reason,
        details={
            "amount": str(part.amount),
            "direction": part.direction,
            "pieces": [{"kind": each.kind, "amount": str(each.amount)} for each in made],
        },
    )
