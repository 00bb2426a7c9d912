"""The console's pages of files of agencies, with their progress."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from agencies.error_files import errors_file
from agencies.faces import IMPORT_FACE
from agencies.models import AgencyImport
from agencies.services.following import count_rows
from agencies.services.processing import HELD_AS
from batconnect.core.console.base import HeldAdmin
from batconnect.core.console.row_actions import RowActionAdmin, RowLink
from batconnect.core.kernel.actors import Actor


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
    face = IMPORT_FACE
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
