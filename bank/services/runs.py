"""Parts that the system explains together: worked out one after another in memory, written by one statement.

Rule: docs/domain.md#matching, docs/adr/0062-lines-are-decided-by-the-chunk.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db import transaction

from bank.models import Explanation, LinePart
from bank.services.applying import apply_new
from bank.services.kinds import kind_of
from bank.services.kinds.payments import Payers
from bank.services.learning import count_hits
from bank.services.parts import moved, part_event
from bank.services.suggesting import Suggestion
from bank.services.writing_pieces import Composed, Decision, compose_piece, write_pieces
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from payments.models import Payment
from payments.services.allocation import NewAllocations
from payments.services.debts import Debts

TOGETHER: Final = frozenset(
    {Explanation.Kind.PAYMENT, Explanation.Kind.CHARGES, Explanation.Kind.INTEREST, Explanation.Kind.ACCOUNT}
)
"""Kinds that read and lock nothing of their own: what they become can be worked out before anything is written."""


def decision_of(suggestion: Suggestion, operation_id: UUID) -> Decision:
    """What the system says, by evidence or by a rule, and why."""
    is_rule = suggestion.rule_id is not None and suggestion.customer_id is None
    return Decision(
        by=(Explanation.DecidedBy.RULE if is_rule else Explanation.DecidedBy.SYSTEM).value,
        rule_id=suggestion.rule_id,
        because=suggestion.because,
        operation_id=operation_id,
    )


@dataclass(slots=True)
class Run:
    """Parts that wait to be written. With `debts` new payments are applied by the strategy."""

    actor: Actor
    operation_id: UUID
    strategy: str
    payers: Payers
    debts: Debts | None
    composed: list[Composed] = field(default_factory=list)
    applied: list[NewAllocations] = field(default_factory=list)

    def add(self, part: LinePart, suggestion: Suggestion) -> bool:
        """Work out one more part, its whole amount; False where its kind refuses. The caller holds its lock, and those
        of everything that its customer has open.

        A payment that cannot be applied stays unallocated: whose money it is does not depend on it.
        """
        (piece,) = suggestion.pieces
        try:
            made = compose_piece(
                actor=self.actor,
                part=part,
                piece=piece,
                kind=kind_of(piece.kind),
                locked=self.payers,
                decision=decision_of(suggestion, self.operation_id),
                operation_id=self.operation_id,
            )
        except Refusal:
            # A closed account, a customer who is gone: a person will see the line.
            return False
        self.composed.append(made)
        for payment in made.applied.payments:
            self._apply(payment, suggestion)
        return True

    def _apply(self, payment: Payment, suggestion: Suggestion) -> None:
        if self.debts is None:
            return
        before = payment.version
        try:
            self.applied += apply_new(
                actor=self.actor,
                payment=payment,
                suggestion=suggestion,
                strategy=self.strategy,
                debts=self.debts,
            )
        except Refusal:
            if payment.version != before:
                raise

    def forget(self) -> None:
        """Nothing waits any more."""
        self.composed, self.applied = [], []

    @joins_transaction
    def write(self) -> None:
        """Write what waits, as one statement: explanations and payments with their allocations, entries, the parts, the
        trail; then the rules that were right. Raises what the database or a source of an obligation refuses."""
        if not self.composed:
            return
        written, self.composed = self.composed, []
        applied, self.applied = self.applied, []
        with transaction.atomic():
            write_pieces(
                actor=self.actor,
                pieces=written,
                drafts=[draft for each in applied for draft in each.drafts],
                rows=[
                    [allocation for each in applied for allocation in each.allocations],
                    [
                        *(
                            part_event(self.actor, "bank.line_explained", each.part, [each.explanation])
                            for each in written
                        ),
                        *(each.event for each in applied),
                    ],
                ],
                changes=[moved(self.actor, {each.part.id: each.explanation.amount for each in written})],
            )
            count_hits(actor=self.actor, explanations=[each.explanation for each in written])
