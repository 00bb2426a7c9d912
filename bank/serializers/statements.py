"""Statements: what the calls accept, and how they are printed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from bank.models import Statement, StatementLine
from bank.models.lines import Direction
from bank.models.statements import StatementFormat
from bank.services.corrections import Correction
from bank.services.notifying import Notified
from bank.services.trying import StatementDryRun
from batconnect.core.api.answers import (
    Answer,
    Anything,
    Choice,
    Day,
    Flag,
    Id,
    Instant,
    Listed,
    Money,
    Text,
    Whole,
)
from batconnect.core.api.fields import MoneyInput, StrictSerializer


class StatementUpload(StrictSerializer):
    """The fields beside a file of statements."""

    file = serializers.FileField(allow_empty_file=True)
    bank_account_id = serializers.UUIDField(required=False)
    mapping = serializers.UUIDField(required=False, help_text="The id of a mapping, for CSV and XLSX.")
    force = serializers.BooleanField(required=False, default=False, help_text="Take the same file again.")
    dry_run = serializers.BooleanField(required=False, default=False)
    strategy = serializers.CharField(
        required=False, allow_blank=True, max_length=20, default="", help_text="How payments are applied."
    )


class DecisionReason(StrictSerializer):
    """`{reason}`."""

    reason = serializers.CharField(max_length=500)


class TypedBalance(StrictSerializer):
    """`{closing}`."""

    closing = MoneyInput(signed=True)


class _FileProblem(Answer):
    """What could not be read."""

    place = Whole(17)
    field = Text("amount")
    code = Text("not_money")
    message = Text("'500,00' can mean 500.00 or 50000.00.")


class BankStatementRow(Answer):
    """A statement with its progress. `code` and `message` say why it is held or waits."""

    id = Id("f1")
    bank_account_id = Id("b1")
    bank_account_name = Text("Operating")
    status = Choice(Statement.Status)
    code = Text("")
    message = Text("")
    format = Choice(StatementFormat)
    file_name = Text("2026-11-20.xml")
    sequence_no = Text("232")
    period_from = Day("2026-11-20", null=True)
    period_to = Day("2026-11-20", null=True)
    currency = Text("USD")
    opening = Money("1000.00", null=True)
    closing = Money("1500.00", null=True)
    money_in = Money("600.00")
    money_out = Money("100.00")
    is_proven = Flag(False)
    has_gap = Flag(False)
    total_lines = Whole(12)
    new_lines = Whole(0)
    known_lines = Whole(0)
    held_lines = Whole(0)
    shown_lines = Whole(0)
    booked_lines = Whole(0)
    progress_percentage = Whole(0)
    operation_id = Id("b5")
    created_by = Text("Mara")
    created_at = Instant()
    finished_at = Instant(null=True)


class _ChangedLine(Answer):
    """A line that only one of two statements has."""

    line_id = Id("f2")
    booked_on = Day("2026-11-20")
    direction = Choice(Direction)
    amount = Money("40.00")
    bank_reference = Text("B-17")
    text = Text("Invoice INV-2025-004")
    became = Listed(Text("New payment: 40.00 USD"))


class _CorrectionShown(Answer):
    """What accepting the correction would do."""

    replaces_id = Id("f0")
    vanished = Listed(_ChangedLine)
    added = Listed(_ChangedLine)
    net = Money("1.00")


class BankStatementDetail(BankStatementRow):
    """A statement with what was decided about it; `correction` where it waits as the bank's correction."""

    message_id = Text("MSG-1")
    opening_source = Text("file")
    differences = Anything(help_text="What differs from the statement that it corrects, by name.")
    correction = _CorrectionShown(required=False, allow_null=True)
    replaces_id = Id(null=True)
    accepted_by = Text("")
    accepted_at = Instant(null=True)
    accept_reason = Text("")
    warnings = Listed(Text(), [])
    problems = Listed(_FileProblem, [])


class _HeldInDryRun(Answer):
    """A line that would be held."""

    line_no = Whole(3)
    note = Text("A file of another format has a line alike: 10.00 in on 2026-11-20.")
    same_as = Id(null=True)


class _LikelyDuplicate(Answer):
    """A line that is, by what is known, a payment that is recorded already."""

    line_no = Whole(4)
    payment_id = Id(null=True)
    title = Text("Check 88 of 2026-11-19")
    because = Listed(Text("the same amount on a near day"))


class StatementTried(Answer):
    """What a statement of the file would become. `status` is booked, held, waiting, or `same` where it is there."""

    bank_account_id = Id("b1")
    bank_account_name = Text("Operating")
    status = Text("booked")
    code = Text("")
    message = Text("")
    sequence_no = Text("232")
    period_from = Day("2026-11-20", null=True)
    period_to = Day("2026-11-20", null=True)
    currency = Text("USD")
    opening = Money("1000.00", null=True)
    closing = Money("1500.00", null=True)
    money_in = Money("600.00")
    money_out = Money("100.00")
    total_lines = Whole(43)
    new_lines = Whole(12)
    known_lines = Whole(31)
    likely_known_lines = Whole(0)
    held_lines = Whole(0)
    shown_lines = Whole(0)
    waiting_lines = Whole(0)
    differences = Anything(help_text="What differs from the statement that it corrects, by name.")
    held = Listed(_HeldInDryRun, [])
    likely_duplicates = Listed(_LikelyDuplicate, [])
    problems = Listed(_FileProblem, [])
    warnings = Listed(Text(), [])


class NotificationsReceived(Answer):
    """What a CAMT.054 says of lines: `told` of the new ones are for a person to look at, the others wait for their
    lines."""

    new = Whole(3)
    known = Whole(0)
    told = Whole(0)
    problems = Listed(_FileProblem, [])


class StatementsTried(Answer):
    """A dry run; `notifications` where the file is a CAMT.054."""

    statements = Listed(StatementTried)
    notifications = NotificationsReceived(required=False, allow_null=True)


class StatementsReceived(Answer):
    """The statements of a file; `repeated` are there already, with the same content, and were not stored again.
    `notifications` where the file is a CAMT.054, not a statement."""

    statements = Listed(BankStatementRow)
    repeated = Listed(BankStatementRow, [])
    notifications = NotificationsReceived(required=False, allow_null=True)


def notifications_row(notified: Notified | None) -> dict[str, Any] | None:
    """What a file of notifications became."""
    if notified is None:
        return None
    problems = [asdict(each) for each in notified.problems]
    return {"new": notified.new, "known": notified.known, "told": notified.told, "problems": problems}


def statement_row(statement: Statement) -> dict[str, Any]:
    """A statement with its account."""
    return {
        "bank_account_name": statement.bank_account.name,
        "code": statement.hold_code,
        "message": statement.hold_message,
        "progress_percentage": statement.progress_percentage,
        "created_by": statement.created_by_name,
        **{
            name: getattr(statement, name)
            for name in (
                *("id", "bank_account_id", "status", "format", "file_name", "sequence_no", "period_from"),
                *("period_to", "currency", "opening", "closing", "money_in", "money_out", "is_proven"),
                *("has_gap", "total_lines", "new_lines", "known_lines", "held_lines", "shown_lines"),
                *("booked_lines", "operation_id", "created_at", "finished_at"),
            )
        },
    }


def statement_document(statement: Statement, correction: Correction | None) -> dict[str, Any]:
    """A statement with everything about it."""
    return {
        **statement_row(statement),
        "differences": statement.hold_details,
        "correction": _correction(correction) if correction else None,
        **{
            name: getattr(statement, name)
            for name in (
                *("message_id", "opening_source", "replaces_id", "accepted_by", "accepted_at"),
                *("accept_reason", "warnings", "problems"),
            )
        },
    }


def tried_row(tried: StatementDryRun) -> dict[str, Any]:
    """A statement of a dry run."""
    return {
        "bank_account_id": tried.account_id,
        "bank_account_name": tried.account_name,
        **{
            name: getattr(tried, name)
            for name in (
                *("status", "code", "message", "sequence_no", "period_from", "period_to", "currency"),
                *("opening", "closing", "money_in", "money_out", "total_lines", "new_lines", "known_lines"),
                *("likely_known_lines", "held_lines", "shown_lines", "waiting_lines", "differences"),
                *("held", "likely_duplicates", "problems", "warnings"),
            )
        },
    }


def _correction(correction: Correction) -> dict[str, Any]:
    became: dict[Any, list[str]] = {}
    for each in correction.explained:
        became.setdefault(each.part.line_id, []).append(str(each))

    def row(line: StatementLine) -> dict[str, Any]:
        return {
            "line_id": line.id,
            "became": became.get(line.same_as_id or line.id, []),
            **{
                name: getattr(line, name)
                for name in ("booked_on", "direction", "amount", "bank_reference", "text")
            },
        }

    return {
        "replaces_id": correction.old.id,
        "vanished": [row(each) for each in correction.vanished],
        "added": [row(each) for each in correction.added],
        "net": correction.net,
    }
