"""The console's pages of files of agencies, with their progress."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from agencies.error_files import errors_file
from agencies.models import AgencyImport, AgencyImportLine
from agencies.services.following import count_rows
from agencies.services.processing import HELD_AS
from batconnect.core.console.base import HeldAdmin
from batconnect.core.console.row_actions import RowActionAdmin, RowLink
from batconnect.core.kernel.actors import Actor

_SHOWN: Final = 100


def _desk(actor: Actor, row: AgencyImport) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('admin:agency_desk')}?import={row.id}")


@admin.register(AgencyImport)
class AgencyImportAdmin(HeldAdmin, RowActionAdmin):
    """Files of agencies: how far each is, and what became of its lines."""

    held_as = HELD_AS
    list_display = (
        *(
            "created_at",
            "kind",
            "agency",
            "file_name",
            "status",
            "total_lines",
            "new_lines",
            "repeated_lines",
        ),
        *("changed_lines", "failed_lines", "amount", "created_by_name"),
    )
    list_filter = ("kind", "status", "created_at")
    search_fields = ("file_name", "agency", "layout_name")
    ordering = ("-id",)
    readonly_fields = ("progress", "lines_to_look_at", "worked_on_by")
    row_actions = (
        RowLink(
            name="desk",
            title="What waits at the desk",
            permission="agencies.view",
            icon="inbox",
            leads_to=_desk,
            offered=lambda actor, row: bool(count_rows(row)["waiting_rows"]),
        ),
        RowLink(
            name="errors",
            title="Errors as a file",
            permission="agencies.view",
            icon="download",
            leads_to=lambda actor, row: errors_file(actor, row),
            offered=lambda actor, row: bool(row.failed_lines),
        ),
    )

    @admin.display(description="How far it is")
    def progress(self, row: AgencyImport) -> str:
        """In a sentence: what is done, what waits for a person, what is still to do."""
        counts = count_rows(row)
        if not row.is_finished:
            return f"{row.read_lines:,} of {row.total_lines:,} lines are read; done: {counts['done_rows']:,} rows."
        waiting, changed = counts["waiting_rows"], counts["open_changes"]
        if not waiting and not changed and not row.failed_lines:
            return f"\N{WHITE SMILING FACE} {row.total_lines:,} lines: nothing is left to do."
        left = [
            f"at the desk: {waiting:,}" if waiting else "",
            f"changed amounts: {changed:,}" if changed else "",
            f"lines that cannot be read: {row.failed_lines:,}" if row.failed_lines else "",
        ]
        return f"Rows done: {counts['done_rows']:,}; {', '.join(each for each in left if each)}."

    @admin.display(description="Lines to look at")
    def lines_to_look_at(self, row: AgencyImport) -> str:
        """The first lines that failed, were skipped, or say another amount."""
        wanted: Any = ["failed", "skipped", "changed"]
        lines = AgencyImportLine.objects.filter(company_id=row.company_id, import_file=row, status__in=wanted)
        return "\n".join(
            f"Line {each.line_no}, {each.get_status_display().lower()}: {each.error_message}"
            for each in lines.order_by("line_no")[:_SHOWN]
        )
