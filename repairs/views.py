"""The HTTP endpoints of vehicle repairs (docs/seeds.md#vehicle-repairs, docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import FileResponse
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import screen_page
from batconnect.core.api.printed import linked, read_document_format
from batconnect.core.api.schema import documented, export_parameters, paging_parameters
from batconnect.core.files.exports import Column, export_response, read_format
from batconnect.core.kernel.actors import Actor
from cases.forms import published
from cases.serializers import CaseCreated
from cases.services import create_case
from ledger.repayment.lists import PROGRESS, WHOSE, sorting
from ledger.repayment.receipts import schedule_document
from ledger.repayment.rules import weekly_principal
from ledger.repayment.serializers import DocumentReason, Nothing, PerhapsReasoned, PostDue
from ledger.repayment.shapes import DuePosted, planned_rows
from repairs import services
from repairs.bpm_flows.newrepair.flows import NewRepair
from repairs.filters import RepairFilters
from repairs.inputs import FORM, LimitedMultiPartParser, checked_form, read_repair, read_upload
from repairs.kind import REPAIRS
from repairs.models import RepairInvoice
from repairs.printed import REPAIR_STATEMENT, printed_repair
from repairs.querysets import find_repair, repairs, with_repair_columns
from repairs.rules import EXTENSIONS
from repairs.shapes import (
    DocumentAttached,
    RepairDetail,
    RepairMoved,
    RepairPlan,
    RepairRow,
    RepairStatement,
    repair_detail,
    repair_row,
)

_TAGS: Final = ["Vehicle Repairs"]
_TERMS: Final = {
    "driver_id": 101,
    "lease_id": 2054,
    "invoice_number": "INV-2457",
    "invoice_date": "2025-10-01",
    "workshop_type": "Big Apple Workshop",
    "total_amount": "450.00",
    "start_week": "2025-10-05",
    "notes": "Front brakes.",
}
SORTING: Final = sorting(
    number="repair_id",
    total_amount=("amount", "id"),
    invoice_date=("invoice_date", "id"),
    invoice_number=("invoice_number", "number_order"),
    workshop_type=("workshop_type", "number_order"),
)
COLUMNS: Final = (
    Column("repair_id", "Repair"),
    Column("invoice_number", "Invoice"),
    Column("invoice_date", "Invoice date", "date"),
    Column("workshop_type", "Workshop"),
    *WHOSE,
    Column("vin", "VIN"),
    Column("total_amount", "Amount", "money"),
    *PROGRESS,
)
_FILTERS: Final = filter_parameters(RepairFilters)
_ACTION_ERRORS: Final = (
    "not_found",
    "document_state",
)


class RepairsView(CompanyView):
    """`GET /payments/vehicle-repairs`."""

    required_permission = {"GET": "repairs.view"}

    @documented(
        "Vehicle repairs",
        tags=_TAGS,
        response=screen_page_of(RepairRow),
        parameters=[*_FILTERS, *paging_parameters(screen=True)],
        description="Beyond 10,000 rows `total_items` is an estimate, and `total_is_estimate` says so.",
    )
    def get(self, request: Request) -> Response:
        rows = apply_filters(RepairFilters, request.query_params, repairs(actor=self.actor))
        return Response(
            screen_page(
                request.query_params,
                rows,
                sorting=SORTING,
                shape=linked(repair_row, actor=self.actor, kind=REPAIR_STATEMENT, key="number"),
                select=with_repair_columns,
            )
        )


class ExportView(CompanyView):
    """`GET /payments/vehicle-repairs/export?format=excel|pdf|csv`, with the list's filters and sort."""

    required_permission = {"GET": "repairs.export"}

    @documented(
        "The list as a file",
        tags=_TAGS,
        files=["excel", "pdf", "csv"],
        errors=["export_too_large"],
        parameters=[*_FILTERS, *export_parameters()],
    )
    def get(self, request: Request) -> Any:
        filters = RepairFilters(request.query_params, queryset=repairs(actor=self.actor))
        rows = with_repair_columns(filters.checked().order_by(*SORTING.read(request.query_params)))
        return export_response(
            map(repair_row, rows.iterator(chunk_size=2_000)),
            COLUMNS,
            format=read_format(request.query_params),
            name="vehicle-repairs",
            title="Vehicle repairs",
            actor=self.actor,
            filters=filters.asked(),
        )


class CreateCaseView(CompanyView):
    """`POST /payments/vehicle-repairs/create-case`."""

    required_permission = {"POST": "cases.work"}

    @documented(
        "Open a case for a new vehicle repair",
        tags=_TAGS,
        status=201,
        request=Nothing,
        request_example={},
        response=CaseCreated,
    )
    def post(self, request: Request) -> Response:
        Nothing(data=request.data).is_valid(raise_exception=True)
        case_no = create_case(actor=self.actor, case_type=NewRepair.code).case.case_no
        return Response(
            {"message": f"Vehicle repair case {case_no} created.", "case_no": case_no}, status=201
        )


class PreviewView(CompanyView):
    """`POST /payments/vehicle-repairs/preview`: the schedule that a repair would have."""

    required_permission = {"POST": "repairs.view"}

    @documented(
        "The schedule that a repair would have; nothing is stored",
        tags=_TAGS,
        request={"application/json": published(FORM)},
        request_example=_TERMS,
        response=RepairPlan,
        errors=[
            *("driver_not_found", "lease_not_found", "lease_not_driven", "start_week_not_sunday"),
            *("start_week_too_early", "schedule_too_long", "unknown_workshop", "date_in_future"),
            "invoice_taken",
        ],
    )
    def post(self, request: Request) -> Response:
        sent = read_repair(checked_form(request.data))
        plan = services.plan_repair(actor=self.actor, **sent.terms)
        return Response(
            {
                "total_amount": plan.amount,
                "invoice_date": plan.invoice_date,
                "start_week": plan.start_week,
                "matrix_version": plan.matrix.version,
                "weekly_principal": weekly_principal(amount=plan.amount, bands=plan.matrix.bands),
                "total_due": plan.amount,
                "installments": planned_rows(plan.rows),
            }
        )


class PostDueView(CompanyView):
    """`POST /payments/vehicle-repairs/post-due`."""

    required_permission = {"POST": "repairs.post_due"}

    @documented(
        "Post the repair installments that fell due",
        tags=_TAGS,
        request=PostDue,
        request_example={"up_to": "2025-10-05"},
        response=DuePosted,
        errors=["date_in_future", "date_closed"],
        description="Every waiting installment due up to the day is posted once; repairs on hold are skipped.",
    )
    def post(self, request: Request) -> Response:
        body = PostDue(data=request.data)
        body.is_valid(raise_exception=True)
        report = services.post_due_installments(actor=self.actor, up_to=body.validated_data["up_to"])
        return Response({"message": f"{report.posted} repair installments posted.", **report.as_dict()})


class RepairView(CompanyView):
    """`GET /payments/vehicle-repairs/{repair_id}`."""

    required_permission = {"GET": "repairs.view"}

    @documented(
        "A repair with its schedule",
        tags=_TAGS,
        response=RepairDetail,
        errors=["not_found"],
    )
    def get(self, request: Request, repair_id: str) -> Response:
        return Response(_detail(self.actor, repair_id))


class ReceiptView(CompanyView):
    """`GET /payments/vehicle-repairs/{repair_id}/receipt?format=json|pdf`."""

    required_permission = {"GET": "repairs.view"}

    @documented(
        "The repair's statement with its schedule",
        tags=_TAGS,
        response=RepairStatement,
        files=["pdf"],
        errors=["not_found"],
    )
    def get(self, request: Request, repair_id: str) -> Any:
        kind = read_document_format(request)
        row, schedule = find_repair(actor=self.actor, repair_id=repair_id)
        document = schedule_document(head=_head(self.actor, row), rows=schedule)
        if kind == "json":
            return Response(document)
        return printed_repair(actor=self.actor, row=row, document=document).to_response()


class _ActionView(CompanyView):
    """One of the actions on a repair."""

    required_permission = {"POST": "repairs.manage"}

    def answer(self, repair: RepairInvoice, done: str) -> Response:
        return Response(
            {"message": f"Repair invoice {repair.number} {done}.", **_detail(self.actor, repair.number)}
        )


def _documented_action(
    summary: str, *, done: str, status: str, body: Any = DocumentReason, errors: tuple[str, ...] = ()
) -> Callable[[Any], Any]:
    return documented(
        summary,
        tags=_TAGS,
        request=body,
        request_example={} if body is Nothing else {"reason": "The driver disputes the amount."},
        response=RepairMoved.shown(message=f"Repair invoice RPR-2025-001 {done}.", status=status),
        errors=[*_ACTION_ERRORS, *errors],
    )


class HoldView(_ActionView):
    """`POST /payments/vehicle-repairs/{repair_id}/hold`."""

    @_documented_action(
        "Put a repair on hold: nothing more of it is posted",
        done="put on hold",
        status="Hold",
        errors=("reason_length", "nothing_scheduled"),
    )
    def post(self, request: Request, repair_id: str) -> Response:
        body = DocumentReason(data=request.data)
        body.is_valid(raise_exception=True)
        repair = services.hold_repair(
            actor=self.actor, repair_id=repair_id, reason=body.validated_data["reason"]
        )
        return self.answer(repair, "put on hold")


class ReleaseView(_ActionView):
    """`POST /payments/vehicle-repairs/{repair_id}/release`."""

    @_documented_action(
        "Release a repair from hold: the next run posts what fell due meanwhile",
        done="released",
        status="Open",
        body=PerhapsReasoned,
        errors=("reason_length",),
    )
    def post(self, request: Request, repair_id: str) -> Response:
        body = PerhapsReasoned(data=request.data)
        body.is_valid(raise_exception=True)
        repair = services.release_repair(
            actor=self.actor, repair_id=repair_id, reason=body.validated_data["reason"]
        )
        return self.answer(repair, "released")


class CancelView(_ActionView):
    """`POST /payments/vehicle-repairs/{repair_id}/cancel`."""

    @_documented_action(
        "Cancel a repair of which nothing is posted",
        done="cancelled",
        status="Cancelled",
        errors=("reason_length", "installments_posted"),
    )
    def post(self, request: Request, repair_id: str) -> Response:
        body = DocumentReason(data=request.data)
        body.is_valid(raise_exception=True)
        repair = services.cancel_repair(
            actor=self.actor, repair_id=repair_id, reason=body.validated_data["reason"]
        )
        return self.answer(repair, "cancelled")


class DocumentView(CompanyView):
    """`POST` and `GET /payments/vehicle-repairs/{repair_id}/document`: the workshop's invoice as a file."""

    required_permission = {"GET": "repairs.view", "POST": "repairs.open"}
    parser_classes = (LimitedMultiPartParser,)

    @documented(
        "Attach the workshop's invoice: a PDF, JPEG or PNG of at most 10 MB",
        tags=_TAGS,
        status=201,
        request={
            "multipart/form-data": {
                "type": "object",
                "properties": {"file": {"type": "string", "format": "binary"}},
                "required": ["file"],
            }
        },
        response=DocumentAttached,
        errors=["not_found", "not_a_document"],
        description="The type is determined by the content. A later document replaces an earlier one.",
    )
    def post(self, request: Request, repair_id: str) -> Response:
        repair = services.attach_document(actor=self.actor, repair_id=repair_id, **read_upload(request.data))
        return Response(
            {
                "message": f"Document {repair.document_name} attached to {repair.number}.",
                "repair_id": repair.number,
                "document_name": repair.document_name,
                "document_type": repair.document_type,
                "document_url": f"{REPAIRS.url}/{repair.number}/document",
            },
            status=201,
        )

    @documented(
        "The workshop's invoice",
        tags=_TAGS,
        media_types=list(EXTENSIONS),
        errors=["not_found"],
    )
    def get(self, request: Request, repair_id: str) -> FileResponse:
        stored = services.open_document_file(actor=self.actor, repair_id=repair_id)
        return FileResponse(
            stored.file,
            as_attachment=True,
            filename=stored.name,
            content_type=stored.content_type,
            headers={"Cache-Control": "private, no-store", "Content-Security-Policy": "sandbox"},
        )


def _detail(actor: Actor, repair_id: str) -> dict[str, Any]:
    row, schedule = find_repair(actor=actor, repair_id=repair_id)
    return {**_head(actor, row), "installments": [each.shape() for each in schedule]}


def _head(actor: Actor, row: dict[str, Any]) -> dict[str, Any]:
    return linked(repair_detail, actor=actor, kind=REPAIR_STATEMENT, key="number")(row)
