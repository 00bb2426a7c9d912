"""A part of a line is explained, and the explanation taken back (docs/domain.md#explanations).

What a kind of explanation does stands in `bank.services.kinds`. The line's own entry is never touched: an explanation
is an entry of its own, and only that is ever undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from bank.errors import (
    DOES_NOT_ADD_UP,
    UNKNOWN_EXPLANATION,
    WRONG_DIRECTION,
    PartChanged,
    PartNotOpen,
)
from bank.models import Explanation, LinePart
from bank.services.kinds import Kind, codes, kind_of
from bank.services.kinds.batches import expanded
from bank.services.kinds.interface import AsksFirst, LocksDocuments, Piece
from bank.services.kinds.keeping import kept, read_kept
from bank.services.kinds.known import named_payments
from bank.services.learning import learn_from_all
from bank.services.parts import RIGHT, lock_part, moved, part_event
from bank.services.taking_back import undo_explanation
from bank.services.writing_pieces import Decision, compose_piece, write_pieces
from bank.subjects import LINE_PART
from batconnect.core.approvals.kinds import Carried
from batconnect.core.approvals.limits import Excess
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.database.rows import execute_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.field_codes import NOT_POSITIVE
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount, sum_of
from batconnect.core.models import Approval
from ledger.treasury.services.returning import DOCUMENTS
from payments.errors import NAMED_TWICE
from payments.models import Payment
from payments.services.allocation import lock_payments
from payments.services.void_limits import void_kind

__all__ = ["KIND", "Decision", "Explained", "explain_part", "lock_part", "undo_explanation"]


@dataclass(frozen=True, slots=True)
class Explained:
    """A part with what it is now, and what to tell the person. `waiting` is the request on which another user decides:
    until then the part stays open, and nothing is explained."""

    part: LinePart
    explanations: tuple[Explanation, ...]
    warnings: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    waiting: Approval | None = None


@joins_transaction
def explain_part(
    *,
    actor: Actor,
    part_id: UUID,
    pieces: Sequence[Piece],
    decision: Decision | None = None,
    version: int | None = None,
) -> Explained:
    """Say what is left of a part: one piece, or several that sum to it; each becomes an entry of its own, on the bank's
    day or the first open day.

    A piece below zero (what the bank kept) makes the others larger. `version` is the part's when it was read.
    `decision` is a person's unless given; its `operation_id` joins parts to one operation. Where a piece is above a
    limit nothing is explained: `waiting` is the request on which another user decides. Needs `bank.explain`.
    Raises LineNotFound (404), PartNotOpen, PartChanged (409); InvalidInput `does_not_add_up` naming the figures,
    `wrong_direction`, `named_twice`, and what the kinds refuse, with the pieces' fields as `pieces.0.…`.
    """
    actor.require(RIGHT)
    return _explain(actor, part_id, pieces, decision or Decision(), version, None)


def _explain(
    actor: Actor,
    part_id: UUID,
    pieces: Sequence[Piece],
    said: Decision,
    version: int | None,
    approval: Approval | None,
) -> Explained:
    """Explain; where another user has to decide ask, unless one has."""
    pieces = expanded(actor=actor, pieces=pieces)
    kinds = [_kind(each, place) for place, each in enumerate(pieces)]
    _refuse_named_twice(pieces)
    held = _lock_in_order(actor, pieces, kinds)
    part = lock_part(actor=actor, part_id=part_id)
    if version is not None and part.version != version:
        raise PartChanged("Somebody else changed this line since it was read.")
    if part.status != LinePart.Status.OPEN:
        raise PartNotOpen(f"This line is {part.get_status_display().lower()} already.")
    _require_whole(part, pieces, kinds)
    if approval is None and (over := _excess(actor, part, pieces, kinds, held)) is not None:
        asked = _ask(actor, part, pieces, said, over)
        return Explained(part, (), waiting=asked)
    operation_id = said.operation_id or uuid7()
    made: list[Explanation] = []
    warnings: list[str] = []
    for place, (piece, kind, locked) in enumerate(zip(pieces, kinds, held, strict=True)):
        if approval is not None and isinstance(kind, AsksFirst):
            piece = replace(piece, values={**piece.values, "approval": approval})
        with _of_piece(place):
            explanation, told = _apply(actor, part, piece, kind, locked, said, operation_id)
        warnings += told
        made.append(explanation)
    event = part_event(actor, "bank.line_explained", part, made)
    execute_batch([event], changes=[moved(actor, {part.id: part.left})])
    part.refresh_from_db()
    learn_from_all(actor=actor, explanations=made)
    return Explained(part, tuple(made), tuple(warnings))


def _apply(
    actor: Actor,
    part: LinePart,
    piece: Piece,
    kind: Kind,
    locked: Any,
    said: Decision,
    operation_id: UUID,
) -> tuple[Explanation, Sequence[str]]:
    composed = compose_piece(
        actor=actor,
        part=part,
        piece=piece,
        kind=kind,
        locked=locked,
        decision=said,
        operation_id=operation_id,
    )
    write_pieces(actor=actor, pieces=[composed])
    return composed.explanation, composed.applied.warnings


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Explain what another person asked for; refused by now when the line is explained already."""
    said = approval.parameters
    done = _explain(
        actor, UUID(said["part_id"]), read_kept(said["pieces"]), _read_decision(said), None, approval
    )
    part = done.part
    sentence = (
        f"The line of {part.payment_date} over {format_amount(part.amount)} {part.currency} is explained."
    )
    return Carried(sentence, {"part_id": str(part.id)}, done)


KIND: Final = void_kind(
    code="line_return", label="Return on a bank line", trail="bank.line_return", carry_out=_carry_out
)


def _ask(
    actor: Actor, part: LinePart, pieces: Sequence[Piece], said: Decision, over: tuple[Piece, Excess]
) -> Approval:
    piece, excess = over
    assert piece.payment_id is not None, "a payment comes back"
    payment = Payment.objects.get(company_id=actor.company_id, id=piece.payment_id)
    about = About(
        subject_type=LINE_PART,
        subject_id=str(part.id),
        title=f"Return of {payment.number} by the bank's line of {part.payment_date}",
        parameters={
            "part_id": str(part.id),
            "pieces": kept(pieces),
            "by": said.by,
            "rule_id": str(said.rule_id) if said.rule_id else "",
            "because": list(said.because),
        },
        reason=piece.note or f"The bank's line of {part.payment_date}",
        amount=payment.amount,
        currency=part.currency,
        customer_id=payment.customer_id,
        holds=str(part.id),
    )
    return request_approval(actor=actor, kind=KIND, about=about, excess=excess)


def _read_decision(said: Mapping[str, Any]) -> Decision:
    rule = said["rule_id"]
    return Decision(by=said["by"], rule_id=UUID(rule) if rule else None, because=said["because"])


def _excess(
    actor: Actor, part: LinePart, pieces: Sequence[Piece], kinds: Sequence[Kind], held: Sequence[Any]
) -> tuple[Piece, Excess] | None:
    """The first piece for which another user has to decide."""
    for place, (piece, kind, locked) in enumerate(zip(pieces, kinds, held, strict=True)):
        if isinstance(kind, AsksFirst):
            with _of_piece(place):
                excess = kind.excess(actor=actor, part=part, piece=piece, locked=locked)
            if excess is not None:
                return piece, excess
    return None


def _lock_in_order(actor: Actor, pieces: Sequence[Piece], kinds: Sequence[Kind]) -> list[Any]:
    """What each kind locks, in docs/architecture.md#lock-order: payments, documents of what came back, what was
    paid out, slips; each by id."""
    lock_payments(actor=actor, ids=_payments_named(pieces))
    order = sorted(range(len(pieces)), key=lambda place: _order(actor, pieces[place], kinds[place]))
    held: dict[int, Any] = {}
    for place in order:
        with _of_piece(place):
            held[place] = kinds[place].lock(actor=actor, piece=pieces[place])
    return [held[place] for place in range(len(pieces))]


def _order(actor: Actor, piece: Piece, kind: Kind) -> tuple[int, bool, bool, str, str, str]:
    ids = (str(piece.payment_id or ""), str(piece.disbursement_id or ""), piece.source_id)
    place = kind.place(actor=actor, piece=piece) if isinstance(kind, LocksDocuments) else DOCUMENTS
    return place, piece.payment_id is None, piece.disbursement_id is None, *ids


def _payments_named(pieces: Sequence[Piece]) -> list[UUID]:
    single = [each.payment_id for each in pieces if each.payment_id is not None]
    return [*single, *(payment for each in pieces for payment in named_payments(each))]


def _refuse_named_twice(pieces: Sequence[Piece]) -> None:
    named = [str(each) for each in _payments_named(pieces)]
    named += [str(each.disbursement_id) for each in pieces if each.disbursement_id]
    named += [each.source_id for each in pieces if each.source_id]
    twice = sorted({each for each in named if named.count(each) > 1})
    if twice:
        raise InvalidInput(f"{twice[0]} is named twice.", code=NAMED_TWICE, field="pieces")


@contextmanager
def _of_piece(place: int) -> Iterator[None]:
    """What is wrong with a piece is said of its fields."""
    try:
        yield
    except InvalidInput as wrong:
        wrong.errors = [
            FieldError(f"pieces.{place}.{each.field}", each.message, each.code) for each in wrong.errors
        ]
        raise


def _kind(piece: Piece, place: int) -> Kind:
    if piece.kind not in codes():
        names = ", ".join(codes())
        raise InvalidInput(
            f"{piece.kind[:40]!r} is not one of {names}.",
            code=UNKNOWN_EXPLANATION,
            field=f"pieces.{place}.kind",
        )
    if not piece.amount:
        message = "An explanation of 0.00 says nothing."
        raise InvalidInput(message, errors=[FieldError(f"pieces.{place}.amount", message, NOT_POSITIVE)])
    return kind_of(piece.kind)


def _require_whole(part: LinePart, pieces: Sequence[Piece], kinds: Sequence[Kind]) -> None:
    wrong = [
        FieldError(
            f"pieces.{place}.kind",
            f"{Explanation.Kind(piece.kind).label} cannot be money {part.direction}.",
            WRONG_DIRECTION,
        )
        for place, (piece, kind) in enumerate(zip(pieces, kinds, strict=True))
        if part.direction not in kind.directions
    ]
    if wrong:
        raise InvalidInput(wrong[0].message, code=WRONG_DIRECTION, errors=wrong)
    given = sum_of(each.amount for each in pieces)
    if given != part.left:
        raise InvalidInput(
            f"The pieces sum to {format_amount(given)}; {format_amount(part.left)} {part.currency} of the line "
            "is left.",
            code=DOES_NOT_ADD_UP,
            field="pieces",
        )
