"""Several lines explained at once by what is certain, as one operation that is taken back at once.

Rule: docs/domain.md#explanations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db import transaction

from bank.errors import ExplanationNotFound, ExplanationUndone
from bank.models import Explanation, LinePart
from bank.querysets.parts import Wanted, wanted_parts
from bank.services.explaining import RIGHT, Decision, Explained, explain_part, undo_explanation
from bank.services.suggesting import Suggestion, suggest
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import Approval
from ledger.rules.reasons import checked_reason

CERTAIN_AT_ONCE: Final = 100
_LOOKED_AT: Final = 500


@dataclass(frozen=True, slots=True)
class Certain:
    """An open part, and the only thing that can be said of it."""

    part: LinePart
    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Left:
    """A part that stays open, and why."""

    part_id: UUID
    why: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The operation, what it explained, and what it left open; what waits for another user is among these. `taken` is
    the suggestion that each part was explained by."""

    operation_id: UUID
    explained: tuple[Explained, ...]
    left: tuple[Left, ...]
    taken: Mapping[UUID, Suggestion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The parts that are open again, and the requests on which another user decides first."""

    operation_id: UUID
    parts: tuple[LinePart, ...]
    waiting: tuple[Approval, ...]


@reads
def find_certain(*, actor: Actor, wanted: Wanted) -> list[Certain]:
    """The oldest CERTAIN_AT_ONCE of the wanted parts of which something is certain, among the oldest 500."""
    return certain_of(actor=actor, parts=list(wanted_parts(actor=actor, wanted=wanted)[:_LOOKED_AT]))


@reads
def certain_of(*, actor: Actor, parts: Sequence[LinePart]) -> list[Certain]:
    """Those of the parts, at most CERTAIN_AT_ONCE, of which something is certain."""
    by_part = suggest(actor=actor, parts=parts)
    found = ((each, _certain(by_part.get(each.id, ()))) for each in parts)
    return [Certain(part, best) for part, best in found if best is not None][:CERTAIN_AT_ONCE]


def _certain(suggestions: Sequence[Suggestion]) -> Suggestion | None:
    return next((each for each in suggestions if each.is_certain), None)


@joins_transaction
def accept_certain(*, actor: Actor, part_ids: Sequence[UUID]) -> Accepted:
    """Explain each of these parts by its certain suggestion, as one operation. What has none, or is refused by now,
    stays open, and the rest goes through. Needs `bank.explain`."""
    actor.require(RIGHT)
    operation_id = uuid7()
    rows = LinePart.objects.filter(company_id=actor.company_id, id__in=list(part_ids))
    parts = list(rows.filter(status=LinePart.Status.OPEN).order_by("id"))
    by_part = suggest(actor=actor, parts=parts)
    explained: list[Explained] = []
    taken: dict[UUID, Suggestion] = {}
    there = {each.id for each in parts}
    left = [Left(each, "It is not open.") for each in dict.fromkeys(part_ids) if each not in there]
    for part in parts:
        certain = _certain(by_part.get(part.id, ()))
        done = _accept(actor, part, certain, operation_id) if certain else "Nothing is certain of it."
        if isinstance(done, str):
            left.append(Left(part.id, done))
        elif certain:
            explained.append(done)
            taken[part.id] = certain
    return Accepted(operation_id, tuple(explained), tuple(left), taken)


def _accept(actor: Actor, part: LinePart, certain: Suggestion, operation_id: UUID) -> Explained | str:
    """The part explained, or why it stays open."""
    decision = Decision(rule_id=certain.rule_id, because=certain.because, operation_id=operation_id)
    try:
        with transaction.atomic():
            done = explain_part(
                actor=actor,
                part_id=part.id,
                pieces=certain.pieces,
                decision=decision,
                version=part.version,
            )
    except (Conflict, InvalidInput) as refused:
        return refused.message
    return f"{done.waiting.title}: another user decides." if done.waiting else done


@joins_transaction
def undo_operation(*, actor: Actor, operation_id: UUID, reason: str) -> TakenBack:
    """Take back all that the operation explained and that still stands, part by part; where another user has to decide
    first, that part waits. Needs `bank.explain`, what the kinds need, and a reason of 10 to 500 characters. Raises
    ExplanationNotFound (404), ExplanationUndone (409), and what the kinds refuse: then nothing is taken back."""
    actor.require(RIGHT)
    reason = checked_reason(reason)
    rows = Explanation.objects.filter(company_id=actor.company_id, operation_id=operation_id)
    if not rows.exists():
        raise ExplanationNotFound(f"There is no operation {operation_id}.")
    firsts: dict[UUID, UUID] = {}
    for part_id, explanation_id in (
        rows.filter(status=Explanation.Status.LIVE).order_by("part_id", "id").values_list("part_id", "id")
    ):
        firsts.setdefault(part_id, explanation_id)
    if not firsts:
        raise ExplanationUndone("This operation is undone already.")
    done = [undo_explanation(actor=actor, explanation_id=each, reason=reason) for each in firsts.values()]
    return TakenBack(
        operation_id,
        tuple(each for each in done if isinstance(each, LinePart)),
        tuple(each for each in done if isinstance(each, Approval)),
    )
