"""The bodies that say what a statement's line is, or take it back, and the answer (docs/api.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rest_framework import serializers

from bank.serializers.lines import StatementLineDetail
from bank.services.kinds import codes
from bank.services.kinds.interface import Piece
from batconnect.core.api.answers import Listed, Text
from batconnect.core.api.fields import BoundedList, MoneyInput, StrictSerializer

MAX_PIECES: Final = 200
_VALUES: Final = ("reason_code", "fee", "payment_ids", "processor", "report", "gross", "credit_id")


class PieceInput(StrictSerializer):
    """What the line, or an amount of it, is; which members are needed depends on its kind."""

    kind = serializers.CharField(max_length=20, help_text="One of the kinds of explanations.")
    amount = MoneyInput(signed=True, help_text="In the line's direction; below zero for what the bank kept.")
    customer_id = serializers.UUIDField(required=False, allow_null=True)
    payment_id = serializers.UUIDField(required=False, allow_null=True)
    payment_ids = BoundedList(
        child=serializers.UUIDField(),
        max_length=MAX_PIECES,
        required=False,
        help_text="Of a gateway's deposit.",
    )
    disbursement_id = serializers.UUIDField(required=False, allow_null=True)
    account_code = serializers.CharField(max_length=60, required=False, allow_blank=True)
    source_id = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        help_text="The other document that it is: a transfer with one side, a slip, …",
    )
    source_type = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        help_text="As a suggestion says it, so that its pieces are sent back as they are: the kind decides it.",
    )
    reason_code = serializers.CharField(
        max_length=20,
        required=False,
        allow_blank=True,
        help_text="The bank's, of a return. Default: the line's.",
    )
    fee = MoneyInput(
        required=False,
        allow_null=True,
        allow_zero=True,
        help_text="Of a deposit, what the gateway or processor kept; of a return, what the customer is charged.",
    )
    processor = serializers.CharField(max_length=60, required=False, allow_blank=True)
    report = serializers.CharField(max_length=60, required=False, allow_blank=True)
    gross = MoneyInput(
        required=False, allow_null=True, help_text="Of a processor's deposit: net and fee agree with it."
    )
    credit_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="What the vendor owed us, and pays back."
    )
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)


class ResolveInput(StrictSerializer):
    """What is left of a part of a line: one piece, or several that sum to it."""

    pieces = BoundedList(child=PieceInput(), min_length=1, max_length=MAX_PIECES)
    part_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Default: the line's only part, or its only open one."
    )
    version = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, help_text="The part's, as it was read."
    )


class UndoLineInput(StrictSerializer):
    """Why, and which explanation; what was explained together with it goes too."""

    reason = serializers.CharField(allow_blank=True, help_text="10 to 500 characters.")
    explanation_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Default: all of it, where it was explained at once."
    )


class ResolvedLine(StatementLineDetail):
    """The line with its parts and explanations, and what to tell the person."""

    warnings = Listed(Text(), example=[])


def read_pieces(given: Sequence[Mapping[str, Any]]) -> list[Piece]:
    """The pieces of a checked body."""
    return [
        Piece(
            kind=each["kind"].strip(),
            amount=each["amount"],
            customer_id=each.get("customer_id"),
            payment_id=each.get("payment_id"),
            disbursement_id=each.get("disbursement_id"),
            account_code=each.get("account_code", "").strip(),
            source_id=each.get("source_id", "").strip(),
            note=each.get("note", "").strip(),
            values={name: each[name] for name in _VALUES if each.get(name) not in (None, "")},
        )
        for each in given
    ]


def kinds_in_words() -> str:
    """What a line can be, for the description of the call."""
    return ", ".join(f"`{code}`" for code in codes())
