"""What is certain accepted at once, and operations: what the calls accept, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from bank.models import Explanation, LinePart
from bank.models.lines import Direction
from bank.querysets.parts import MAX_TEXT
from bank.serializers.lines import LineExplanation, explanation_row
from bank.services.operations import CERTAIN_AT_ONCE, Accepted, Certain
from bank.services.suggesting import Suggestion
from batconnect.core.api.answers import Answer, Choice, Day, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import BoundedList, LabeledChoice, StrictBoolean, StrictSerializer
from batconnect.core.api.waiting import Waiting
from batconnect.core.approvals.messages import waiting_document
from batconnect.core.models import Approval


class AcceptCertainInput(StrictSerializer):
    """Which open parts: those that are named, or the oldest that the filters let through."""

    part_ids = BoundedList(
        child=serializers.UUIDField(),
        required=False,
        max_length=CERTAIN_AT_ONCE,
        help_text="These alone, as a preview showed them; without filters.",
    )
    bank_account_id = serializers.UUIDField(required=False, allow_null=True)
    direction = LabeledChoice(Direction.choices, required=False)
    text = serializers.CharField(
        max_length=MAX_TEXT, required=False, allow_blank=True, help_text="In name, words or reference."
    )
    preview = StrictBoolean(
        required=False, default=False, help_text="true: say what it would be, and write nothing."
    )


class CertainRow(Answer):
    """A part, and what it became, or would."""

    part_id = Id("f3")
    line_id = Id("f2", null=True)
    payment_date = Day("2026-11-20")
    direction = Choice(Direction)
    amount = Money("120.00")
    currency = Text("USD")
    title = Text("Payment of Acme Insurance")
    because = Listed(Text("its text names invoice INV-2026-001"))


class LeftOpen(Answer):
    """A part that stays open."""

    part_id = Id("f4")
    why = Text("Nothing is certain of it.")


class CertainAccepted(Answer):
    """The operation, null where nothing was explained; what it explained, and what it left open."""

    operation_id = Id("b5", null=True)
    explained = Listed(CertainRow)
    left = Listed(LeftOpen, [])


class ExplanationOperationRow(Answer):
    """What was explained together. `live` of its `explanations`, on `live_parts` of its `parts`, still stand."""

    operation_id = Id("b5")
    parts = Whole(2)
    explanations = Whole(2)
    live = Whole(2)
    live_parts = Whole(2)
    deciders = Listed(Choice(Explanation.DecidedBy))
    made_by = Text("Mara")
    created_at = Instant()


class ExplanationOperationPart(Answer):
    """A part that it explained, and as what."""

    part_id = Id("f3")
    line_id = Id("f2", null=True)
    payment_date = Day("2026-11-20")
    direction = Choice(Direction)
    amount = Money("120.00")
    currency = Text("USD")
    status = Choice(LinePart.Status)
    explanations = Listed(LineExplanation)


class ExplanationOperation(ExplanationOperationRow):
    """An operation with a page of its parts."""

    results = Listed(ExplanationOperationPart)
    limit = Whole(50)
    offset = Whole(0, null=True)
    next = Text(null=True)


class ExplanationOperationUndone(ExplanationOperationRow):
    """The operation afterwards: the parts that are open again, and the requests on which another user decides first."""

    reopened = Listed(Id("f3"))
    waiting = Listed(Waiting, [])


def certain_document(rows: Sequence[Certain]) -> dict[str, Any]:
    """What would be explained."""
    return {
        "operation_id": None,
        "explained": [_certain_row(each.part, each.suggestion) for each in rows],
        "left": [],
    }


def accepted_document(done: Accepted) -> dict[str, Any]:
    """What was explained, and what was left."""
    return {
        "operation_id": done.operation_id if done.explained else None,
        "explained": [_certain_row(each.part, done.taken[each.part.id]) for each in done.explained],
        "left": [{"part_id": each.part_id, "why": each.why} for each in done.left],
    }


def operation_part(part: LinePart, explanations: Sequence[Explanation]) -> dict[str, Any]:
    """A part as `ExplanationOperationPart` has it."""
    return {
        **_named(part),
        "amount": part.amount,
        "status": part.status,
        "explanations": [explanation_row(each) for each in explanations],
    }


def undone_document(
    row: Mapping[str, Any], parts: Sequence[LinePart], waiting: Sequence[Approval]
) -> dict[str, Any]:
    """The operation once it is taken back."""
    return {
        **row,
        "reopened": [each.id for each in parts],
        "waiting": [waiting_document(each) for each in waiting],
    }


def _certain_row(part: LinePart, suggestion: Suggestion) -> dict[str, Any]:
    return {
        **_named(part),
        "amount": sum(piece.amount for piece in suggestion.pieces),
        "title": suggestion.title,
        "because": list(suggestion.because),
    }


def _named(part: LinePart) -> dict[str, Any]:
    return {
        "part_id": part.id,
        "line_id": part.line_id,
        "payment_date": part.payment_date,
        "direction": part.direction,
        "currency": part.currency,
    }
