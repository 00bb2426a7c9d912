"""Manual journal entries, and the journal of a period as files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.codes import UNKNOWN_CHOICE
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import ZERO
from batconnect.core.models import Approval
from ledger.general.errors import JournalExportNotFound, ManualEntryNotFound
from ledger.general.filters import ManualEntryFilters
from ledger.general.models import EntryNumber, JournalExport, ManualEntry
from ledger.general.serializers import (
    JournalEntry,
    JournalEntryInput,
    JournalEntryRow,
    JournalExportRow,
    PeriodInput,
    journal_entry_row,
    journal_export_row,
)
from ledger.general.services.exporting import FILES, JOURNAL, export_journal, file_of, note_download
from ledger.general.services.manual import ENTER, enter_journal, void_manual_entry
from ledger.models import Posting
from ledger.serializers import ReasonInput

_TAGS: Final = ["Ledger"]
_ORDER: Final = Sorting(
    names={"number": ("number_order",), "date": ("effective_on", "number_order")}, default="number"
)
_EXPORT_ORDER: Final = Sorting(names={"made_at": ("id",)}, default="made_at")


class JournalEntriesView(CompanyView):
    """`/api/accounting/journal-entries`."""

    required_permission = {"GET": "ledger.view", "POST": ENTER}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Manual journal entries",
        tags=_TAGS,
        response=api_page_of(JournalEntryRow),
        parameters=[*filter_parameters(ManualEntryFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = apply_filters(
            ManualEntryFilters, query, ManualEntry.objects.filter(company_id=self.actor.company_id)
        )
        return Response(api_page(query, rows, sorting=_ORDER, shape_all=partial(_rows, self.actor)))

    @documented(
        "Enter in the journal",
        tags=_TAGS,
        description=(
            "An account is named by its code or by the company's own number. Accounts that are made up of items are "
            f"refused; the message names what to do instead. {waiting.EXPLAINED}"
        ),
        request=JournalEntryInput,
        request_example={
            "date": "2025-09-30",
            "reason": "Accrue the September utilities",
            "reverse_on": "2025-10-01",
            "lines": [
                {"account": "expenses:other", "debit": 150},
                {"account": "accrued_expenses", "credit": 150},
            ],
        },
        status=201,
        response=JournalEntry,
        more={202: waiting.Waiting},
        errors=[
            *("wrong_lines", "unknown_account", "account_of_items", "not_balanced", "reason_length"),
            *(
                "date_in_future",
                "date_closed",
                "reversed_too_early",
                "unknown_choice",
                "approval_needs_person",
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        body = JournalEntryInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        done = enter_journal(
            actor=self.actor,
            on=values["date"],
            lines=body.to_lines(),
            reason=values["reason"],
            currency=values.get("currency", ""),
            reverse_on=values.get("reverse_on"),
        )
        if isinstance(done, Approval):
            return waiting.accepted(done)
        return Response(_document(self.actor, done.id), status=201)


class JournalEntryView(CompanyView):
    """`GET /api/accounting/journal-entries/{id}`."""

    required_permission = {"GET": "ledger.view"}
    company_header_required = True

    @documented(
        "A manual journal entry", tags=_TAGS, response=JournalEntry, errors=["manual_entry_not_found"]
    )
    def get(self, request: Request, manual_entry_id: UUID) -> Response:
        return Response(_document(self.actor, manual_entry_id))


class VoidJournalEntryView(CompanyView):
    """`POST /api/accounting/journal-entries/{id}/void`."""

    required_permission = {"POST": "ledger.void"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Void a manual journal entry",
        tags=_TAGS,
        description=f"By its reversal, effective today. {waiting.EXPLAINED}",
        request=ReasonInput,
        request_example={"reason": "Entered in the wrong month"},
        response=JournalEntry.shown(status="voided"),
        more={202: waiting.Waiting},
        errors=[
            *("manual_entry_not_found", "already_voided", "reason_length", "approval_pending"),
            "approval_needs_person",
        ],
    )
    def post(self, request: Request, manual_entry_id: UUID) -> Response:
        body = ReasonInput(data=request.data)
        body.is_valid(raise_exception=True)
        done = void_manual_entry(
            actor=self.actor, manual_entry_id=manual_entry_id, reason=body.validated_data["reason"]
        )
        if isinstance(done, Approval):
            return waiting.accepted(done)
        return Response(_document(self.actor, done.id))


class JournalExportsView(CompanyView):
    """`/api/accounting/journal-exports`."""

    required_permission = {"GET": "ledger.export", "POST": "ledger.export"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Exports of the journal",
        tags=_TAGS,
        response=api_page_of(JournalExportRow),
        parameters=paging_parameters(screen=False),
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = JournalExport.objects.filter(company_id=self.actor.company_id)
        return Response(api_page(query, rows, sorting=_EXPORT_ORDER, shape=journal_export_row))

    @documented(
        "The journal of a period as files",
        tags=_TAGS,
        description=(
            "Made once: the same period again answers 200 with the same files. What was booked into it since becomes "
            "its next part; each entry is in one export."
        ),
        request=PeriodInput,
        request_example={"first": "2025-09-01", "last": "2025-09-30"},
        status=201,
        response=JournalExportRow,
        more={200: JournalExportRow},
        errors=["period_backward", "nothing_to_export"],
    )
    def post(self, request: Request) -> Response:
        row, is_new = export_journal(actor=self.actor, **PeriodInput.read(request.data))
        return Response(journal_export_row(row), status=201 if is_new else 200)


class JournalExportView(CompanyView):
    """`GET /api/accounting/journal-exports/{id}`."""

    required_permission = {"GET": "ledger.export"}
    company_header_required = True

    @documented(
        "One export of the journal",
        tags=_TAGS,
        response=JournalExportRow,
        errors=["journal_export_not_found"],
    )
    def get(self, request: Request, export_id: UUID) -> Response:
        return Response(journal_export_row(_export(self.actor, export_id)))


class JournalDownloadView(CompanyView):
    """`GET /api/accounting/journal-exports/{id}/download`."""

    required_permission = {"GET": "ledger.export"}
    company_header_required = True

    @documented(
        "A file of an export of the journal",
        tags=_TAGS,
        media_types=["text/csv"],
        parameters=[
            OpenApiParameter(
                "file",
                str,
                enum=list(FILES),
                description="The journal (default), its control totals, or the year's numbers with their periods.",
            )
        ],
        errors=["journal_export_not_found", "unknown_choice"],
    )
    def get(self, request: Request, export_id: UUID) -> FileResponse:
        name = request._request.GET.get("file") or JOURNAL
        if name not in FILES:
            raise InvalidInput(
                f"{name[:40]!r} is not one of {', '.join(FILES)}.", code=UNKNOWN_CHOICE, field="file"
            )
        row = _export(self.actor, export_id)
        path = file_of(actor=self.actor, export_id=export_id, name=name)
        if not path.exists():
            raise JournalExportNotFound("The file is not there: restore the media folder of that time.")
        note_download(actor=self.actor, row=row, name=name)
        filename = f"{name}-{row.first}-{row.last}-{row.part}.csv"
        return FileResponse(
            path.open("rb"), as_attachment=True, filename=filename, content_type="text/csv; charset=utf-8"
        )


def _export(actor: Actor, export_id: UUID) -> JournalExport:
    row = JournalExport.objects.filter(company_id=actor.company_id, id=export_id).first()
    if row is None:
        raise JournalExportNotFound(f"There is no export {export_id}.")
    return row


def _document(actor: Actor, manual_entry_id: UUID) -> dict[str, Any]:
    row = ManualEntry.objects.filter(company_id=actor.company_id, id=manual_entry_id).first()
    if row is None:
        raise ManualEntryNotFound(f"There is no manual entry {manual_entry_id}.")
    lines = Posting.objects.filter(company_id=actor.company_id, entry=row.entry_id).order_by("line")
    return {
        **journal_entry_row(row, _numbers(actor, [row]).get(row.entry_id)),
        "lines": [
            {
                "account": line.account.code,
                "account_name": line.account.own_name or line.account.name,
                "own_number": line.account.own_number,
                "debit": max(line.amount, ZERO),
                "credit": max(-line.amount, ZERO),
            }
            for line in lines.select_related("account")
        ],
    }


def _rows(actor: Actor, entries: Sequence[ManualEntry]) -> list[dict[str, Any]]:
    numbers = _numbers(actor, entries)
    return [journal_entry_row(each, numbers.get(each.entry_id)) for each in entries]


def _numbers(actor: Actor, rows: Sequence[ManualEntry]) -> dict[UUID, str]:
    """The numbers of the rows' entries, as far as they have one."""
    given = EntryNumber.objects.filter(
        company_id=actor.company_id, entry__in=[each.entry_id for each in rows]
    )
    return {each.entry_id: str(each) for each in given}
