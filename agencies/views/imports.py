"""The calls on files of agencies (docs/api.md#agency-imports)."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.error_files import errors_file
from agencies.filters import ImportFilters, LineFilters
from agencies.models import AgencyImport, AgencyImportLine
from agencies.readers.table import MAX_FILE_BYTES
from agencies.serializers.imports import (
    AgencyImportDetail,
    AgencyImportRow,
    AgencyImportTried,
    ImportUpload,
    import_document,
    import_row,
    tried_document,
)
from agencies.serializers.rows import AgencyLineRow, line_document
from agencies.services.following import count_rows
from agencies.services.processing import wake_after_commit
from agencies.services.receiving import Bill, find_import, receive_file, try_file
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.problems import roll_back
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.serving.throttling import limit_requests
from payments.batches.parsers import BatchUploadParser

TAGS: Final = ["Imports from Agencies"]
IMPORT_ORDER: Final = Sorting(names={"created_at": ("created_at", "id")}, default="created_at")
_LINE_ORDER: Final = Sorting(names={"line": ("line_no",)}, default="line", order="asc")
_FILE_CODES: Final = (
    *(
        "agency_file_unreadable",
        "agency_file_empty",
        "agency_headings_missing",
        "layout_needed",
        "layout_differs",
    ),
    *("no_rows", "same_agency_file", "agency_layout_not_found", "bill_named_in_part", "trips_not_billed"),
    *("vendor_not_found", "permission_denied"),
)
_UPLOAD: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "layout": {"type": "string", "maxLength": 60},
        "vendor": {"type": "string", "maxLength": 120},
        "bill_number": {"type": "string", "maxLength": 60},
        "bill_date": {"type": "string", "format": "date"},
        "force": {"type": "boolean"},
        "dry_run": {"type": "boolean"},
    },
}


class AgencyUploadParser(BatchUploadParser):
    """multipart/form-data with one file of an agency."""

    limit: ClassVar[int] = MAX_FILE_BYTES


class ImportsView(CompanyView):
    """`/ledger/imports`."""

    required_permission = {"GET": "agencies.view", "POST": "agencies.import"}
    idempotency = "required"
    parser_classes = (AgencyUploadParser,)

    @documented(
        "Imports from agencies, latest first",
        tags=TAGS,
        response=api_page_of(AgencyImportRow),
        parameters=[*filter_parameters(ImportFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = AgencyImport.objects.filter(company_id=self.actor.company_id)
        return Response(
            api_page(query, apply_filters(ImportFilters, query, rows), sorting=IMPORT_ORDER, shape=import_row)
        )

    @documented(
        "Receive a file of an agency",
        tags=TAGS,
        description=(
            "multipart/form-data with `file`: trips, tolls, violations or summonses as CSV or XLSX, at most 33,554,432 "
            "bytes and 200,000 rows. Without `layout` the one that fits the headings best is taken; where none does, "
            "`layout_needed` shows what is proposed. A worker does the rest; `dry_run` answers 200 and keeps nothing. "
            "With `vendor` and `bill_number` the file is that agency's bill too."
        ),
        request={"multipart/form-data": _UPLOAD},
        status=202,
        response=AgencyImportDetail,
        more={200: AgencyImportTried},
        errors=_FILE_CODES,
    )
    def post(self, request: Request) -> Response:
        limit_requests(
            name="agency_uploads",
            subject=str(self.actor.company_id),
            limit=settings.THROTTLE_BATCHES_PER_MINUTE,
            seconds=60,
        )
        body = ImportUpload(data=_plain(request.data))
        body.is_valid(raise_exception=True)
        values = body.validated_data
        if values["dry_run"]:
            tried = tried_document(
                try_file(actor=self.actor, file=values["file"], layout=values["layout"].strip())
            )
            # Nothing is written, not even the key: it may be used for the upload itself.
            self._claim = None
            roll_back(self)
            return Response(tried)
        received = receive_file(
            actor=self.actor,
            file=values["file"],
            file_name=values["file"].name or "",
            layout=values["layout"].strip(),
            bill=Bill(values["vendor"], values["bill_number"], values["bill_date"]),
            force=values["force"],
        )
        wake_after_commit(received)
        fresh = find_import(actor=self.actor, import_id=received.id)
        return Response(
            import_document(fresh, count_rows(fresh)),
            status=202,
            headers={"Location": f"/ledger/imports/{received.id}"},
        )


class ImportView(CompanyView):
    """`GET /ledger/imports/{id}`."""

    required_permission = {"GET": "agencies.view"}

    @documented(
        "A file of an agency with its progress",
        tags=TAGS,
        response=AgencyImportDetail,
        errors=["agency_import_not_found"],
    )
    def get(self, request: Request, import_id: UUID) -> Response:
        received = find_import(actor=self.actor, import_id=import_id)
        return Response(import_document(received, count_rows(received)))


class ImportRowsView(CompanyView):
    """`GET /ledger/imports/{id}/rows`."""

    required_permission = {"GET": "agencies.view"}

    @documented(
        "The lines of a file with their rows",
        tags=TAGS,
        response=api_page_of(AgencyLineRow),
        errors=["agency_import_not_found"],
        parameters=[*filter_parameters(LineFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request, import_id: UUID) -> Response:
        received = find_import(actor=self.actor, import_id=import_id)
        query = request._request.GET
        rows = AgencyImportLine.objects.select_related("row__lease", "row__driver__customer").filter(
            company_id=self.actor.company_id, import_file=received
        )
        return Response(
            api_page(query, apply_filters(LineFilters, query, rows), sorting=_LINE_ORDER, shape=line_document)
        )


class ImportErrorsView(CompanyView):
    """`GET /ledger/imports/{id}/errors.csv`."""

    required_permission = {"GET": "agencies.view"}

    @documented(
        "The failed lines of a file, to be corrected and sent again",
        tags=TAGS,
        media_types=["text/csv"],
        errors=["agency_import_not_found"],
        description=(
            "The file's own columns with error_line, error_field and error at the end, which an upload does not read. "
            "Corrected, it goes back as it is: what was taken already is there already."
        ),
    )
    def get(self, request: Request, import_id: UUID) -> FileResponse:
        return errors_file(self.actor, find_import(actor=self.actor, import_id=import_id))


def _plain(data: Any) -> Any:
    """Form fields as one would send them in JSON; a field sent twice is refused by its second value."""
    return {name: data[name] for name in data} if isinstance(data, QueryDict) else data
