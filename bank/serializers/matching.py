"""What the calls on suggestions and match rules accept, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from rest_framework import serializers

from bank.models import Explanation, LinePart, MatchRule
from bank.models.lines import Direction
from bank.services.kinds.interface import Piece
from bank.services.suggesting import Suggestion
from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import LabeledChoice, StrictBoolean, StrictSerializer


class MatchRuleInput(StrictSerializer):
    """A rule to write by hand: it names the customer, or the account of the chart."""

    on = LabeledChoice(MatchRule.On.choices)
    pattern = serializers.CharField(
        max_length=200, help_text="The account's number, the payer's name, or words in a row; in any case."
    )
    direction = LabeledChoice(Direction.choices, required=False, default=Direction.IN.value)
    customer_id = serializers.UUIDField(required=False, allow_null=True)
    account_code = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    bank_account_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="Only for lines of this account; of every one unless given.",
    )
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class MatchRuleChange(StrictSerializer):
    """What of a rule changes; what is left out stays."""

    pattern = serializers.CharField(max_length=200, required=False)
    is_active = StrictBoolean(required=False, help_text="false switches it off.")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class MatchRuleRow(Answer):
    """What lines are that say `pattern`; hits and misses count how often that was right and wrong."""

    id = Id("b7")
    on = Choice(MatchRule.On)
    pattern = Text("DE89370400440532013000")
    direction = Choice(Direction)
    bank_account_id = Id("ba", null=True)
    customer_id = Id("c1", null=True)
    customer_name = Text("Acme Insurance", null=True)
    account_code = Text(help_text="The account of the chart, where it names no customer.")
    is_active = Flag(True)
    is_learned = Flag(True, help_text="From what a person confirmed; else written by hand.")
    hits = Whole(3)
    misses = Whole(0)
    last_hit_at = Instant(null=True)
    note = Text()
    created_by = Text("Mara")
    created_at = Instant()
    version = Whole(1)


class SuggestedPiece(Answer):
    """A piece as the part can be explained with it."""

    kind = Choice(Explanation.Kind)
    amount = Money("120.00")
    customer_id = Id("c1", null=True)
    payment_id = Id("d4", null=True)
    disbursement_id = Id("d5", null=True)
    account_code = Text()
    source_type = Text()
    source_id = Text()


class SuggestionRow(Answer):
    """What a part may be, with what speaks for it and against it."""

    rank = Whole(1)
    title = Text("Payment of Acme Insurance")
    points = Whole(150)
    because = Listed(Text("its text names invoice INV-2026-001"))
    contradicts = Text(help_text="What speaks against it; then nothing is booked without a person.")
    is_certain = Flag(True, help_text="It would be booked without a person.")
    customer_id = Id("c1", null=True)
    rule_id = Id("b7", null=True)
    pieces = Listed(SuggestedPiece)


class SuggestedPart(Answer):
    """A part of the line that is open, with what it may be."""

    part_id = Id("b2")
    part_no = Whole(1)
    direction = Choice(Direction)
    amount = Money("120.00")
    left = Money("120.00", help_text="What is not explained of it.")
    currency = Text("USD")
    payment_date = Day("2026-11-20")
    version = Whole(1)
    suggestions = Listed(SuggestionRow)


class LineSuggestions(Answer):
    """The open parts of a line."""

    line_id = Id("b1")
    parts = Listed(SuggestedPart)


def line_suggestions_document(
    line_id: UUID, parts: Sequence[LinePart], suggested: Mapping[UUID, Sequence[Suggestion]]
) -> dict[str, Any]:
    """The line's open parts as `LineSuggestions` shows them."""
    return {
        "line_id": line_id,
        "parts": [
            {
                "part_id": each.id,
                "part_no": each.part_no,
                "direction": each.direction,
                "amount": each.amount,
                "left": each.left,
                "currency": each.currency,
                "payment_date": each.payment_date,
                "version": each.version,
                "suggestions": [
                    suggestion_row(rank, one) for rank, one in enumerate(suggested[each.id], start=1)
                ],
            }
            for each in parts
        ],
    }


def suggestion_row(rank: int, suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as `SuggestionRow` shows it."""
    return {
        "rank": rank,
        "title": suggestion.title,
        "points": suggestion.points,
        "because": list(suggestion.because),
        "contradicts": suggestion.contradicts,
        "is_certain": suggestion.is_certain,
        "customer_id": suggestion.customer_id,
        "rule_id": suggestion.rule_id,
        "pieces": [_piece(each) for each in suggestion.pieces],
    }


def _piece(piece: Piece) -> dict[str, Any]:
    return {
        "kind": piece.kind,
        "amount": piece.amount,
        "customer_id": piece.customer_id,
        "payment_id": piece.payment_id,
        "disbursement_id": piece.disbursement_id,
        "account_code": piece.account_code,
        "source_type": piece.source_type,
        "source_id": piece.source_id,
    }
