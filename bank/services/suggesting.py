"""What an open part may be, with the evidence in words (docs/domain.md#matching)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from bank.models import LinePart
from bank.rules.evidence import MAX_SUGGESTIONS
from bank.services.evidence.incoming import Incoming, look_at_incoming
from bank.services.evidence.outgoing import suggest_outgoing
from bank.services.evidence.suggestion import Suggestion
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor

__all__ = ["LookedAt", "Suggestion", "look_at", "suggest"]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Parts that were looked at together: what each may be, best first, and what was found about those of money in."""

    best: Mapping[UUID, list[Suggestion]]
    incoming: Incoming | None

    def again(self, *, actor: Actor, part: LinePart) -> list[Suggestion]:
        """What the part may be after others of them were booked (`Incoming.now_open`)."""
        if self.incoming is None or part.direction != "in" or not self.incoming.is_stale(part):
            return self.best[part.id]
        return _best(actor, self.incoming.suggestions(part))


@reads
def suggest(*, actor: Actor, parts: Sequence[LinePart]) -> Mapping[UUID, list[Suggestion]]:
    """For each open part the likeliest explanations, best first, at most five; a fixed number of statements.

    At most the first is certain: that is what may be booked without a person. Below the company's `match_suggest_at`
    nothing is suggested. A part of which nothing is left has none.
    """
    return look_at(actor=actor, parts=parts).best


@reads
def look_at(*, actor: Actor, parts: Sequence[LinePart]) -> LookedAt:
    """The same, to be asked again while the parts are booked one after another."""
    wanted = [each for each in parts if each.left > 0]
    incoming, coming = look_at_incoming(
        actor=actor, parts=[each for each in wanted if each.direction == "in"]
    )
    going = suggest_outgoing(actor=actor, parts=[each for each in wanted if each.direction == "out"])
    made = {**coming, **going}
    return LookedAt({each.id: _best(actor, made.get(each.id, ())) for each in parts}, incoming)


def _best(actor: Actor, made: Sequence[Suggestion]) -> list[Suggestion]:
    enough = [each for each in made if each.points >= actor.company.match_suggest_at]
    return sorted(enough, key=lambda each: (-each.points, each.title))[:MAX_SUGGESTIONS]
