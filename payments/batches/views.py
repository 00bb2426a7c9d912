"""The HTTP endpoints of payment batches (docs/seeds.md#payment-allocation, docs/api.md#payments)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpResponse, QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.problems import roll_back
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.serving.throttling import limit_requests
from payments.batches.error_files import errors_file
from payments.batches.filters import BatchFilters
from payments.batches.inputs import BatchInput, HeldRowsInput
from payments.batches.models import PaymentBatch
from payments.batches.parsers import BatchJSONParser, BatchUploadParser
from payments.batches.rules.columns import COLUMNS
from payments.batches.rules.readings import DATE_ORDERS, DECIMAL_SIGNS, MONTH_FIRST, POINT, Reading
from payments.batches.serializers import (
    BatchDetail,
    BatchDryRun,
    BatchRow,
    batch_document,
    batch_row,
    dry_run_document,
)
from payments.batches.services.deciding import decide_held_rows
from payments.batches.services.following import (
    cancel_batch,
    error_rows,
    find_batch,
    held_rows,
    retry_batch,
)
from payments.batches.services.intake import Intake, read_bank_feed, read_csv_import, read_manual_entries
from payments.batches.services.processing import wake_after_commit
from payments.batches.services.receiving import dry_run, receive_batch

TAGS: Final = ["Payment Batches"]
_MANUAL: Final[dict[str, Any]] = {
    "source_type": "manual",
    "entries": [
        {
            "entity_id": "01900000-0000-7000-8000-0000000000c1",
            "payment_method": "bank_transfer",
            "amount": "500.00",
            "currency": "USD",
            "payment_date": "2025-01-15",
            "reference_number": "PAY-001",
            "auto_allocate": True,
            "allocation_strategy": "fifo",
        }
    ],
    "notes": "Monthly entries",
}
BATCH_ORDER: Final = Sorting(names={"created_at": ("created_at", "id")}, default="created_at")
FILE_CODES: Final = (
    *("file_encoding", "file_has_nul", "file_not_text", "file_empty", "file_quoting", "cell_too_long"),
    *("missing_column", "duplicate_column", "too_many_rows", "too_many_columns", "bad_xml"),
    *("too_much_xml", "xml_forbidden", "unknown_mapping", "unknown_strategy", "same_file"),
    # What the app of the bank's word refuses of a bank feed.
    *("bank_account_not_found", "statement_of_another_account", "statement_account_unknown"),
    *("statement_currency", "file_too_large", "not_final", "details_of_a_statement", "not_a_bank_account"),
    *("payment_batch", "checksum_differs"),
)
_UPLOAD_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["source_type", "file"],
    "properties": {
        "source_type": {"type": "string", "enum": ["csv_import", "bank_feed"]},
        "file": {"type": "string", "format": "binary"},
        "notes": {"type": "string", "maxLength": 500},
        "force": {"type": "boolean"},
        "mapping": {"type": "string"},
        "bank_account_id": {"type": "string", "format": "uuid"},
        "allocation_strategy": {"type": "string"},
        "decimal_sign": {"type": "string", "enum": list(DECIMAL_SIGNS)},
        "date_order": {"type": "string", "enum": list(DATE_ORDERS)},
    },
}


class BatchesView(CompanyView):
    """`/api/accounting/payment-batches`."""

    required_permission = {"GET": "payments.view", "POST": "payments.import_batches"}
    company_header_required = True
    idempotency = "required"
    parser_classes = (BatchJSONParser, BatchUploadParser)

    @documented(
        "Payment batches, latest first",
        tags=TAGS,
        response=api_page_of(BatchRow),
        parameters=[
            *filter_parameters(BatchFilters),
            *paging_parameters(screen=False),
        ],
    )
    def get(self, request: Request) -> Response:
        rows = PaymentBatch.objects.filter(company_id=self.actor.company_id)
        return Response(
            _page(
                request._request.GET,
                BatchFilters(request._request.GET, queryset=rows).checked(),
                BATCH_ORDER,
            )
        )

    @documented(
        "Receive a payment batch",
        tags=TAGS,
        description=(
            "multipart/form-data with `file` for csv_import and bank_feed, JSON with `entries` for manual; at most "
            "10,000 payments and 10,485,760 bytes. `?dry_run=true` checks everything, answers 200 and writes nothing."
        ),
        request={"application/json": BatchInput, "multipart/form-data": _UPLOAD_SCHEMA},
        request_example=_MANUAL,
        status=202,
        response=BatchRow,
        more={200: BatchDryRun},
        errors=[*FILE_CODES],
        parameters=[OpenApiParameter("dry_run", bool)],
    )
    def post(self, request: Request) -> Response:
        limit_requests(
            name="batch_uploads",
            subject=str(self.actor.company_id),
            limit=settings.THROTTLE_BATCHES_PER_MINUTE,
            seconds=60,
        )
        is_dry = _flag(request._request.GET, "dry_run")
        body = BatchInput(data=_plain(request.data))
        body.is_valid(raise_exception=True)
        values = body.validated_data
        intake = _intake(self.actor, values)
        if is_dry:
            document = dry_run_document(dry_run(actor=self.actor, intake=intake))
            # Nothing is written, not even the key: it may be used for the upload itself.
            self._claim = None
            roll_back(self)
            return Response(document)
        batch = receive_batch(
            actor=self.actor,
            intake=intake,
            notes=values.get("notes", ""),
            force=values.get("force", False),
        )
        wake_after_commit(batch)
        return Response(
            batch_row(batch),
            status=202,
            headers={"Location": f"/api/accounting/payment-batches/{batch.id}"},
        )


class BatchView(CompanyView):
    """`GET /api/accounting/payment-batches/{id}`."""

    required_permission = {"GET": "payments.view"}
    company_header_required = True

    @documented(
        "A payment batch with its progress and errors",
        tags=TAGS,
        response=BatchDetail,
        errors=["batch_not_found"],
        description="Lists the first 1,000 errors and held rows; errors.csv has all errors.",
    )
    def get(self, request: Request, batch_id: UUID) -> Response:
        batch = find_batch(actor=self.actor, batch_id=batch_id)
        return Response(batch_document(batch, error_rows(batch), held_rows(batch)))


class BatchErrorsView(CompanyView):
    """`GET …/payment-batches/{id}/errors.csv`."""

    required_permission = {"GET": "payments.view"}
    company_header_required = True

    @documented(
        "The failed rows of a batch as a file",
        tags=TAGS,
        media_types=["text/csv"],
        errors=["batch_not_found"],
        description=(
            "The file's own columns with error_field, error and hint at the end, to be corrected and sent again: "
            "those three are not read. Cells that a spreadsheet would run are escaped, and read back as they were."
        ),
    )
    def get(self, request: Request, batch_id: UUID) -> FileResponse:
        batch = find_batch(actor=self.actor, batch_id=batch_id)
        return errors_file(self.actor, batch)


class CancelBatchView(CompanyView):
    """`POST …/payment-batches/{id}/cancel`."""

    required_permission = {"POST": "payments.import_batches"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Cancel the waiting rows of a batch",
        tags=TAGS,
        response=BatchRow.shown(status="cancelled"),
        errors=["batch_not_found", "batch_finished"],
        description="Rows already done stay done; undo them with the batch's operation_id.",
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        return Response(batch_row(cancel_batch(actor=self.actor, batch_id=batch_id)))


class RetryBatchView(CompanyView):
    """`POST …/payment-batches/{id}/retry`."""

    required_permission = {"POST": "payments.import_batches"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Try the failed rows of a batch again",
        tags=TAGS,
        status=202,
        response=BatchRow.shown(status="processing"),
        errors=["batch_not_found", "batch_running", "nothing_failed"],
        description="For rows whose cause of failure is gone: the customer was added, or the date has come.",
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        batch = retry_batch(actor=self.actor, batch_id=batch_id)
        wake_after_commit(batch)
        return Response(batch_row(batch), status=202)


class HeldRowsView(CompanyView):
    """`POST …/payment-batches/{id}/held-rows`."""

    required_permission = {"POST": "payments.import_batches"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Pay held rows of a batch, or drop them",
        tags=TAGS,
        request=HeldRowsInput,
        request_example={"rows": [12], "pay": True, "reason": "They paid the same twice that day"},
        status=202,
        response=BatchRow.shown(status="processing"),
        more={200: BatchRow.shown(status="completed", cancelled_rows=1)},
        errors=[
            "batch_not_found",
            "batch_running",
            "nothing_held",
            "rows_not_held",
            "repeat_gone",
            "reason_length",
        ],
        description=(
            "A row without a reference that says what a payment of another file says is held. `pay` true pays it all "
            "the same (202), false drops it (200, counted as cancelled); without `rows`, all that are held."
        ),
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        body = HeldRowsInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        batch = decide_held_rows(
            actor=self.actor,
            batch_id=batch_id,
            pay=values["pay"],
            reason=values["reason"],
            rows=values.get("rows"),
        )
        if not values["pay"]:
            return Response(batch_row(batch))
        wake_after_commit(batch)
        return Response(batch_row(batch), status=202)


class TemplateView(CompanyView):
    """`GET …/payment-batches/template.csv`."""

    required_permission = {"GET": "payments.view"}
    company_header_required = True

    @documented(
        "A CSV template to start from",
        tags=TAGS,
        media_types=["text/csv"],
        description="Every column, with one example row.",
    )
    def get(self, request: Request) -> HttpResponse:
        return template_file(currency=self.actor.company.base_currency)


def template_file(*, currency: str) -> HttpResponse:
    """Every column, with one example row, as a file."""
    example = ("", "ACME-001", "bank_transfer", "500.00", currency)
    row = ",".join((*example, "2025-01-15", "PAY-001", "", "yes", "fifo"))
    return HttpResponse(
        f"{','.join(COLUMNS)}\r\n{row}\r\n",
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="payment-batch-template.csv"'},
    )


def _intake(actor: Actor, values: dict[str, Any]) -> Intake:
    match values["source_type"]:
        case PaymentBatch.Source.MANUAL:
            return read_manual_entries(entries=values["entries"])
        case PaymentBatch.Source.CSV_IMPORT:
            return read_csv_import(
                file=values["file"],
                file_name=values["file"].name,
                reading=Reading(values.get("decimal_sign", POINT), values.get("date_order", MONTH_FIRST)),
            )
        case _:
            return read_bank_feed(
                actor=actor,
                file=values["file"],
                file_name=values["file"].name,
                mapping=values.get("mapping", ""),
                strategy=values.get("allocation_strategy", ""),
                bank_account_id=values.get("bank_account_id"),
            )


def _plain(data: Any) -> Any:
    """Form fields as one would send them in JSON; a field sent twice is refused by its second value."""
    return {name: data[name] for name in data} if isinstance(data, QueryDict) else data


def _flag(query: QueryDict, name: str) -> bool:
    text = query.get(name, "").lower()
    if text not in ("", "true", "false", "1", "0"):
        raise InvalidInput(f"{name} must be true or false.", field=name)
    return text in ("true", "1")


def _page(query: QueryDict, rows: Any, sorting: Sorting) -> dict[str, Any]:
    return api_page(query, rows, sorting=sorting, shape=batch_row)
