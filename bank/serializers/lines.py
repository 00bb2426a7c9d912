"""Lines of statements: what the calls accept, and how they are printed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework import serializers

from bank.models import Explanation, LinePart, StatementLine
from bank.models.lines import Direction
from bank.services.feeds import masked
from batconnect.core.api.answers import Answer, Choice, Day, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.etags import etag
from batconnect.core.api.fields import StrictBoolean, StrictSerializer
from batconnect.core.kernel.money import ZERO


class LineDecision(StrictSerializer):
    """`{is_known, same_as?}`."""

    is_known = StrictBoolean(
        help_text="true: it is a line that is booked; false: it is another, and is booked."
    )
    same_as = serializers.UUIDField(
        required=False, help_text="The line that it repeats; without it, the one shown."
    )


class LineExplanation(Answer):
    """What an amount of a part is."""

    id = Id("f5")
    operation_id = Id("b5")
    kind = Choice(Explanation.Kind)
    amount = Money("100.00")
    status = Choice(Explanation.Status)
    decided_by = Choice(Explanation.DecidedBy)
    because = Listed(Text("its text names invoice INV-2025-004"))
    customer_id = Id(null=True)
    payment_id = Id(null=True)
    disbursement_id = Id(null=True)
    account_code = Text("")
    source_type = Text("", help_text="Of what else it names: a slip, a return, a transfer, …")
    source_id = Text("")
    entry_id = Id(null=True)
    note = Text("")
    made_by = Text("Mara")
    created_at = Instant()
    undone_entry_id = Id(null=True)
    undone_by = Text("")
    undone_at = Instant(null=True)
    undo_reason = Text("")


class LinePartRow(Answer):
    """What a line consists of, explained singly."""

    id = Id("f3")
    part_no = Whole(1)
    direction = Choice(Direction)
    amount = Money("100.00")
    explained = Money("0.00")
    status = Choice(LinePart.Status)
    version = Whole(1)
    reference_number = Text("A-17")
    payer_name = Text("Acme Insurance")
    text = Text("Invoice INV-2025-004")
    explanations = Listed(LineExplanation, [])


class StatementLineRow(Answer):
    """A line as the bank said it, and what became of it."""

    id = Id("f2")
    statement_id = Id("f1")
    bank_account_id = Id("b1")
    line_no = Whole(1)
    kind = Choice(StatementLine.Kind)
    state = Choice(StatementLine.State)
    booked_on = Day("2026-11-20")
    value_on = Day(null=True)
    direction = Choice(Direction)
    amount = Money("100.00")
    currency = Text("USD")
    open_amount = Money("100.00")
    mark = Text("")
    return_code = Text("")
    bank_reference = Text("A-17")
    payer_name = Text("Acme Insurance")
    text = Text("Invoice INV-2025-004")
    note = Text("")
    same_as_id = Id(null=True)


class StatementLineDetail(StatementLineRow):
    """A line with its parts, and what each became. `same_as` is the line that it repeats, or may repeat."""

    end_to_end_id = Text("")
    transaction_code = Text("PMNT")
    payer_account = Text("…3000")
    foreign_text = Text("")
    entry_id = Id(null=True)
    withdrawn_entry_id = Id(null=True)
    decided_by = Text("")
    decided_at = Instant(null=True)
    parts = Listed(LinePartRow)
    same_as = StatementLineRow(required=False, allow_null=True)


def line_rows(lines: Sequence[StatementLine]) -> list[dict[str, Any]]:
    """The lines, with what of each is not explained; one statement."""
    left: dict[UUID | None, Decimal] = defaultdict(lambda: ZERO)
    if lines:
        parts = LinePart.objects.filter(
            company_id=lines[0].company_id, line__in=[each.id for each in lines], status=LinePart.Status.OPEN
        )
        for part in parts:
            left[part.line_id] += part.left
    return [_row(each, left[each.id]) for each in lines]


def etag_of_line(line: StatementLine) -> str:
    """The ETag of a line: of its own state, and of each of its parts."""
    parts = LinePart.objects.filter(company_id=line.company_id, line=line.id).order_by("part_no")
    versions = [f"{key}/{version}" for key, version in parts.values_list("id", "version")]
    return etag("statement_line", line.id, line.state, *versions)


def line_document(line: StatementLine) -> dict[str, Any]:
    """The line with its parts and their explanations."""
    parts = list(LinePart.objects.filter(company_id=line.company_id, line=line.id).order_by("part_no"))
    explanations: dict[UUID, list[Explanation]] = defaultdict(list)
    rows = Explanation.objects.filter(company_id=line.company_id, part__in=[each.id for each in parts])
    for each in rows.order_by("id"):
        explanations[each.part_id].append(each)
    (row,) = line_rows([line])
    here = StatementLine.objects.filter(company_id=line.company_id)
    same = here.filter(id=line.same_as_id).first() if line.same_as_id else None
    return {
        **row,
        **{
            name: getattr(line, name)
            for name in (
                *("end_to_end_id", "transaction_code", "foreign_text", "entry_id", "withdrawn_entry_id"),
                *("decided_by", "decided_at"),
            )
        },
        "payer_account": masked(line.payer_account),
        "parts": [_part(each, explanations[each.id]) for each in parts],
        "same_as": line_rows([same])[0] if same else None,
    }


def _row(line: StatementLine, left: Decimal) -> dict[str, Any]:
    return {
        "open_amount": left,
        **{
            name: getattr(line, name)
            for name in (
                *("id", "statement_id", "bank_account_id", "line_no", "kind", "state", "booked_on"),
                *("value_on", "direction", "amount", "currency", "mark", "return_code", "bank_reference"),
                *("payer_name", "text", "note", "same_as_id"),
            )
        },
    }


def _part(part: LinePart, explanations: Sequence[Explanation]) -> dict[str, Any]:
    return {
        **{
            name: getattr(part, name)
            for name in (
                *("id", "part_no", "direction", "amount", "explained", "status", "version"),
                *("reference_number", "payer_name", "text"),
            )
        },
        "explanations": [explanation_row(each) for each in explanations],
    }


def explanation_row(each: Explanation) -> dict[str, Any]:
    """An explanation as `LineExplanation` has it."""
    return {
        name: getattr(each, name)
        for name in (
            *("id", "operation_id", "kind", "amount", "status", "decided_by", "because", "customer_id"),
            *("payment_id", "disbursement_id", "account_code", "note", "made_by", "created_at"),
            *("source_type", "source_id", "entry_id", "undone_entry_id"),
            *("undone_by", "undone_at", "undo_reason"),
        )
    }
