"""Imports: what an upload says, and how a file is shown with its progress."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from agencies.models import AgencyImport, Kind
from agencies.serializers.layouts import ProposedForm, form_document
from agencies.services.receiving import Tried
from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import DayInput, StrictSerializer


class ImportUpload(StrictSerializer):
    """The fields beside a file of an agency."""

    file = serializers.FileField(allow_empty_file=True)
    layout = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        default="",
        help_text="The id of a layout, or a ready one's code.",
    )
    vendor = serializers.CharField(
        max_length=120,
        required=False,
        allow_blank=True,
        default="",
        help_text="Whose bill the file is, by number or name.",
    )
    bill_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    bill_date = DayInput(required=False, allow_null=True, default=None)
    force = serializers.BooleanField(required=False, default=False, help_text="Take the same file again.")
    dry_run = serializers.BooleanField(required=False, default=False, help_text="Check alone, keep nothing.")


class AgencyImportRow(Answer):
    """A file with its progress."""

    id = Id("f1")
    kind = Choice(Kind, "tolls")
    agency = Text("E-ZPass NY")
    layout_name = Text("Statement of E-ZPass New York")
    file_name = Text("statement.csv")
    status = Choice(AgencyImport.Status)
    total_lines = Whole(120)
    read_lines = Whole(0)
    new_lines = Whole(0)
    repeated_lines = Whole(0)
    changed_lines = Whole(0)
    failed_lines = Whole(0)
    skipped_lines = Whole(0)
    amount = Money("0.00")
    progress_percentage = Whole(0)
    bill_id = Id(null=True)
    bill_number = Text("")
    bill_message = Text("")
    warnings = Listed(Text(), [])
    created_by = Text("Mara")
    created_at = Instant()
    finished_at = Instant(null=True)


class AgencyImportDetail(AgencyImportRow):
    """A file with what became of its rows: how many were charged or credited, wait at the desk, and are in work."""

    done_rows = Whole(117)
    waiting_rows = Whole(3)
    set_aside_rows = Whole(0)
    working_rows = Whole(0)
    open_changes = Whole(0)


class _TriedProblem(Answer):
    """What is wrong with a line."""

    line_no = Whole(17)
    field = Text("amount")
    code = Text("not_an_amount")
    message = Text("'6,94' has not the decimal point of the mapping; is it a decimal comma?")


class AgencyImportTried(Answer):
    """What a file would bring. `is_proposed` says that no layout fits it: `form` is what is proposed, to be saved."""

    layout_name = Text("Statement of E-ZPass New York")
    is_proposed = Flag(False)
    form = ProposedForm()
    headings = Listed(Text("Amount"))
    rows = Listed(Listed(Text("-6.94")))
    questions = Listed(Text(), [])
    warnings = Listed(Text(), [])
    total_lines = Whole(120)
    good_lines = Whole(119)
    failed_lines = Whole(1)
    skipped_lines = Whole(0)
    amount = Money("825.86")
    first_day = Day("2026-11-01", null=True)
    last_day = Day("2026-11-07", null=True)
    problems = Listed(_TriedProblem)


def import_row(received: AgencyImport) -> dict[str, Any]:
    """A file with its progress."""
    return {
        "created_by": received.created_by_name,
        "progress_percentage": 100
        if received.is_finished
        else 90 * received.read_lines // received.total_lines,
        **{
            name: getattr(received, name)
            for name in (
                *("id", "kind", "agency", "layout_name", "file_name", "status", "total_lines", "read_lines"),
                *("new_lines", "repeated_lines", "changed_lines", "failed_lines", "skipped_lines", "amount"),
                *("bill_id", "bill_number", "bill_message", "warnings", "created_at", "finished_at"),
            )
        },
    }


def import_document(received: AgencyImport, counts: dict[str, int]) -> dict[str, Any]:
    """A file with what became of its rows."""
    return {**import_row(received), **counts}


def tried_document(tried: Tried) -> dict[str, Any]:
    """What a file would bring."""
    return {
        "form": form_document(tried.form),
        "problems": [
            {"line_no": line_no, "field": each.field, "code": each.code, "message": each.message}
            for line_no, each in tried.problems
        ],
        **{
            name: getattr(tried, name)
            for name in (
                *("layout_name", "is_proposed", "headings", "rows", "questions", "warnings", "total_lines"),
                *("good_lines", "failed_lines", "skipped_lines", "amount", "first_day", "last_day"),
            )
        },
    }
