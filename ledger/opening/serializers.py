"""What the calls of the opening accept, and the document they return."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import BoundedList, DayInput, MoneyInput, RateInput, StrictSerializer
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from ledger.opening.models import OpeningBatch, OpeningLine
from ledger.opening.services.batch import DAYS, FIGURES, TEXTS, LineGiven, difference_of, opening_day
from ledger.openings import opening_kinds

MAX_LINES: Final = 10_000


class OpeningLineInput(StrictSerializer):
    """A debit or a credit of what its kind opens."""

    kind = serializers.CharField(max_length=24)
    debit = MoneyInput(required=False)
    credit = MoneyInput(required=False)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    account = serializers.CharField(max_length=60, required=False, allow_blank=True)
    category = serializers.CharField(max_length=20, required=False, allow_blank=True)
    reference = serializers.CharField(max_length=60, required=False, allow_blank=True)
    customer = serializers.CharField(max_length=120, required=False, allow_blank=True)
    lease = serializers.CharField(max_length=20, required=False, allow_blank=True)
    vendor = serializers.CharField(max_length=120, required=False, allow_blank=True)
    method = serializers.CharField(max_length=24, required=False, allow_blank=True)
    workshop = serializers.CharField(max_length=40, required=False, allow_blank=True)
    due_date = DayInput(required=False)
    start_week = DayInput(required=False)
    dated = DayInput(required=False)
    rate = RateInput(at_most=Decimal(100), required=False)
    weekly = MoneyInput(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("debit" in attrs) == ("credit" in attrs):
            raise serializers.ValidationError({"debit": "Send either debit or credit."})
        return attrs


class OpeningInput(StrictSerializer):
    """All lines of the opening: they replace those that are there."""

    cut_over_on = DayInput(
        required=False, help_text="Default: the first day of the first week to be settled."
    )
    lines = BoundedList(child=OpeningLineInput(), max_length=MAX_LINES, allow_empty=False)

    def to_lines(self) -> list[LineGiven]:
        """The lines that the validated body describes, numbered from 1."""
        return [_given(place, line) for place, line in enumerate(self.validated_data["lines"], start=1)]


class LockInput(StrictSerializer):
    """A note for the person who decides."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class OpeningKindRow(Answer):
    """What can be opened, and the columns that such a line reads."""

    kind = Text("receivable")
    label_ = Text("What a driver or another customer owes")
    side = Choice(["debit", "credit", ""])
    columns = Listed(Text("category"))


class OpeningLineRow(Answer):
    """A line of the opening."""

    id = Id("b1")
    line = Whole()
    kind = Text("account")
    account = Text("bank:operating")
    name = Text()
    debit = Money("10000.00")
    credit = Money()


class OpeningDocument(Answer):
    """The opening of the company's books: how far it is, and whether it balances."""

    id = Id("e1")
    status = Choice(OpeningBatch.Status)
    cut_over_on = Day("2026-01-04")
    effective_on = Day("2026-01-03")
    version = Whole()
    lines = Whole(3)
    debit = Money("10350.00")
    credit = Money("10350.00")
    difference = Money()
    is_balanced = Flag(True)
    prepared_by = Text("Mara")
    prepared_at = Instant()
    locked_by = Text()
    locked_at = Instant(null=True)
    kinds = Listed(OpeningKindRow)


def _given(place: int, line: dict[str, Any]) -> LineGiven:
    amount = line["debit"] if "debit" in line else -line["credit"]
    values = {name: text for name in TEXTS if (text := (line.get(name) or "").strip())}
    values |= {name: line[name].isoformat() for name in DAYS if line.get(name)}
    values |= {name: str(line[name]) for name in FIGURES if line.get(name) is not None}
    return LineGiven(place, line["kind"].strip().casefold(), amount, values)


def opening_document(*, actor: Actor, batch: OpeningBatch) -> dict[str, Any]:
    """The opening as clients see it."""
    debit, credit = difference_of(actor=actor, batch=batch)
    return {
        "id": batch.id,
        "status": str(batch.status),
        "cut_over_on": batch.cut_over_on,
        "effective_on": opening_day(batch=batch).on,
        "version": batch.version,
        "lines": OpeningLine.objects.filter(company_id=actor.company_id, batch=batch.id).count(),
        "debit": debit,
        "credit": credit,
        "difference": debit - credit,
        "is_balanced": debit == credit,
        "prepared_by": batch.prepared_by,
        "prepared_at": batch.prepared_at,
        "locked_by": batch.locked_by,
        "locked_at": batch.locked_at,
        "kinds": [
            {"kind": each.code, "label": each.label, "side": each.side, "columns": list(each.columns)}
            for each in opening_kinds().values()
        ],
    }


def line_row(row: dict[str, Any]) -> dict[str, Any]:
    """A line as clients see it."""
    amount, place = row.pop("amount"), row.pop("place")
    return {
        **row,
        "line": place,
        "debit": max(amount, ZERO),
        "credit": max(-amount, ZERO),
    }
