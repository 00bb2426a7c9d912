"""The HTTP endpoints of vehicle repairs (docs/seeds.md#vehicle-repairs, docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from typing import Final

from django.http import FileResponse
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.base import CompanyView
from batconnect.core.api.schema import documented
from batconnect.core.files.exports import Column
from batconnect.core.kernel.actors import Actor
from ledger.repayment.actions import ACTIONS
from ledger.repayment.inputs import checked_form
from ledger.repayment.lists import PROGRESS, WHOSE, sorting
from ledger.repayment.services.opening import DocumentPlan
from ledger.repayment.views import DocumentApi
from repairs.filters import RepairFilters
from repairs.inputs import FORM, LimitedMultiPartParser, read_repair, read_upload
from repairs.kind import REPAIRS
from repairs.printed import REPAIR_STATEMENT, STATEMENT
from repairs.rules import EXTENSIONS
from repairs.services import attach_document, open_document_file, plan_repair
from repairs.shapes import ANSWERS, DocumentAttached

TAGS: Final = ("Vehicle Repairs",)
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


def plan_sent_repair(actor: Actor, data: object) -> DocumentPlan:
    """The repair that the body asks for. Raises InvalidInput, and what `plan_repair` refuses."""
    return plan_repair(actor=actor, **read_repair(checked_form(FORM, data)).terms)


API: Final = DocumentApi(
    statement=STATEMENT,
    link=REPAIR_STATEMENT,
    tags=TAGS,
    answers=ANSWERS,
    form=FORM,
    terms=_TERMS,
    filters=RepairFilters,
    sorting=SORTING,
    columns=COLUMNS,
    plan=plan_sent_repair,
    plan_errors=("unknown_workshop", "date_in_future", "invoice_taken"),
    actions=ACTIONS,
)


class DocumentView(CompanyView):
    """`POST` and `GET /payments/vehicle-repairs/{repair_id}/document`: the workshop's invoice as a file."""

    required_permission = {"GET": "repairs.view", "POST": "repairs.open"}
    parser_classes = (LimitedMultiPartParser,)

    @documented(
        "Attach the workshop's invoice: a PDF, JPEG or PNG of at most 10 MB",
        tags=TAGS,
        status=201,
        request={
            "multipart/form-data": {
                "type": "object",
                "properties": {"file": {"type": "string", "format": "binary"}},
                "required": ["file"],
            }
        },
        response=DocumentAttached,
        errors=["invalid", "permission_denied", "not_found", "not_a_document"],
        description="The type is determined by the content. A later document replaces an earlier one.",
    )
    def post(self, request: Request, repair_id: str) -> Response:
        repair = attach_document(actor=self.actor, repair_id=repair_id, **read_upload(request.data))
        return Response(
            {
                "message": f"Document {repair.document_name} attached to {repair.number}.",
                "repair_id": repair.number,
                "document_name": repair.document_name,
                "document_type": repair.document_type,
                "document_url": f"{REPAIRS.address(repair.number)}/document",
            },
            status=201,
        )

    @documented(
        "The workshop's invoice",
        tags=TAGS,
        media_types=list(EXTENSIONS),
        errors=["permission_denied", "not_found"],
    )
    def get(self, request: Request, repair_id: str) -> FileResponse:
        stored = open_document_file(actor=self.actor, repair_id=repair_id)
        return FileResponse(
            stored.file,
            as_attachment=True,
            filename=stored.name,
            content_type=stored.content_type,
            headers={"Cache-Control": "private, no-store", "Content-Security-Policy": "sandbox"},
        )
