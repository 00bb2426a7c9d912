"""What pieces of parts become: worked out one by one, written together (docs/domain.md#explanations)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models

from bank.models import Explanation, LinePart
from bank.services.kinds import Kind
from bank.services.kinds.interface import Applied, Ids, Piece
from batconnect.core.database.numbers import take
from batconnect.core.database.rows import Change, execute_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from ledger.postings import EntryDraft
from ledger.services import post_entries
from payments.models import Payment
from payments.subjects import PAYMENT_NUMBERS


@dataclass(frozen=True, slots=True)
class Decision:
    """Who says what a part is: a person, the system by evidence, or a rule; and why, in words."""

    by: str = Explanation.DecidedBy.PERSON.value
    rule_id: UUID | None = None
    because: Sequence[str] = ()
    operation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """A piece of a part, worked out and not written yet."""

    part: LinePart
    explanation: Explanation
    applied: Applied


@joins_transaction
def compose_piece(
    *,
    actor: Actor,
    part: LinePart,
    piece: Piece,
    kind: Kind,
    locked: Any,
    decision: Decision,
    operation_id: UUID,
) -> Composed:
    """The explanation, and what its kind writes with it. Raises what the kind refuses."""
    explanation = _new(actor, part, piece, decision, operation_id)
    ids = Ids(explanation.id, uuid7(), operation_id, decision.by)
    applied = kind.apply(actor=actor, part=part, piece=piece, ids=ids, locked=locked)
    for name, value in applied.names.items():
        setattr(explanation, name, value)
    explanation.entry_id = applied.draft.id if applied.draft else applied.entry_id
    return Composed(part, explanation, applied)


@joins_transaction
def write_pieces(
    *,
    actor: Actor,
    pieces: Sequence[Composed],
    drafts: Sequence[EntryDraft] = (),
    rows: Sequence[Sequence[models.Model]] = (),
    changes: Sequence[Change] = (),
) -> None:
    """Write the explanations with all that belongs to them, in one statement; new payments get their numbers in this
    order. `drafts`, `rows` and `changes` are written along, behind their own."""
    payments = [payment for each in pieces for payment in each.applied.payments]
    _number(actor, payments)
    own = [group for each in pieces for group in each.applied.rows]
    merged = _merged([payments, *own, [each.explanation for each in pieces], *rows])
    every = [*(each.applied.draft for each in pieces if each.applied.draft), *drafts]
    moved = [*(change for each in pieces for change in each.applied.changes), *changes]
    if every:
        post_entries(actor=actor, drafts=every, rows=merged, changes=moved)
    else:
        execute_batch(*merged, changes=moved)
    for payment in payments:
        payment._state.adding = False


def _number(actor: Actor, payments: Sequence[Payment]) -> None:
    """Numbers from one block: after all locks, right before the insert (docs/domain.md#numbers)."""
    if not payments:
        return
    numbers = take(
        PAYMENT_NUMBERS, company_id=actor.company_id, day=today(actor.company), count=len(payments)
    )
    for payment, number in zip(payments, numbers, strict=True):
        payment.number, payment.number_order = number.text, number.order


def _merged(groups: Sequence[Sequence[models.Model]]) -> list[list[models.Model]]:
    """The rows of one model as one group."""
    by_model: dict[type[models.Model], list[models.Model]] = {}
    for group in groups:
        for row in group:
            by_model.setdefault(type(row), []).append(row)
    return list(by_model.values())


def _new(actor: Actor, part: LinePart, piece: Piece, decision: Decision, operation_id: UUID) -> Explanation:
    return Explanation(
        id=uuid7(),
        company_id=actor.company_id,
        part_id=part.id,
        operation_id=operation_id,
        kind=piece.kind,
        amount=piece.amount,
        currency=part.currency,
        customer_id=piece.customer_id,
        payment_id=piece.payment_id,
        disbursement_id=piece.disbursement_id,
        account_code=piece.account_code,
        source_type=piece.source_type,
        source_id=piece.source_id,
        decided_by=decision.by,
        rule_id=decision.rule_id,
        because=list(decision.because),
        note=piece.note,
        made_by=actor.name,
    )
