"""The HTTP endpoints of the settlement: DTRs, payouts, earnings, files (docs/api.md#ledger)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.http import FileResponse, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.json import RowsJSONParser
from batconnect.core.api.paging import Sorting, screen_page
from batconnect.core.api.printed import read_document_format
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.files.exports import Column, export_response, read_format
from batconnect.core.kernel.errors import Conflict, NotFound
from batconnect.core.kernel.money import ZERO
from batconnect.core.models import Approval
from ledger.serializers import ReasonInput
from ledger.settlement.errors import EXPORT_NOT_READY, DtrNotFound
from ledger.settlement.filters import DtrFilters, EarningFilters
from ledger.settlement.models import Dtr, DtrExport
from ledger.settlement.querysets import dtrs, earnings, find_dtr
from ledger.settlement.serializers import (
    DtrDocument,
    DtrExportRow,
    DtrRow,
    EarningListed,
    EarningsImported,
    EarningsInput,
    PaidOut,
    PayoutInput,
    PayoutsInput,
    WeekInput,
    dtr_row,
    earning_row,
    export_row,
)
from ledger.settlement.services.documents import dtr_document, dtr_pdf
from ledger.settlement.services.earnings import import_earnings
from ledger.settlement.services.exports import file_of, request_export
from ledger.settlement.services.payouts import pay_dtrs, payable_numbers, return_payout

ORDER: Final = Sorting(
    names={
        "week": ("week", "number_order"),
        "dtr_number": ("number_order",),
        "due_to_driver": ("due_to_driver", "number_order"),
        "carried_forward": ("carried_forward", "number_order"),
        "driver_name": ("customer__name", "number_order"),
    },
    default="week",
)
COLUMNS: Final = (
    Column("dtr_number", "DTR"),
    Column("week", "Week", "date"),
    Column("driver_name", "Driver"),
    Column("tlc_license", "TLC license"),
    Column("lease_id", "Lease"),
    Column("medallion_no", "Medallion"),
    Column("gross", "Gross", "money"),
    Column("prior_balance", "Prior balance", "money"),
    Column("charges", "Charges", "money"),
    Column("interim_payments", "Interim payments", "money"),
    Column("credits", "Credits", "money"),
    Column("adjustments", "Adjustments", "money"),
    Column("recovered", "Recovered", "money"),
    Column("credits_paid", "Credits paid", "money"),
    Column("due_to_driver", "Due to driver", "money"),
    Column("carried_forward", "Carried forward", "money"),
    Column("status", "Status"),
)


class DtrsView(CompanyView):
    """`GET /ledger/dtrs?week=`, also as a file."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "List DTRs",
        tags=["Ledger"],
        response=screen_page_of(DtrRow),
        files=("excel", "pdf", "csv"),
        parameters=[
            *filter_parameters(DtrFilters),
            *paging_parameters(screen=True),
        ],
        errors=["export_too_large"],
    )
    def get(self, request: Request) -> Response | FileResponse:
        query = request._request.GET
        filters = DtrFilters(query, queryset=dtrs(actor=self.actor))
        rows = filters.checked()
        kind = read_format(query, allowed=("json", "excel", "pdf", "csv"), default="json")
        if kind == "json":
            return Response(screen_page(query, rows, sorting=ORDER, shape=dtr_row))
        self.actor.require("ledger.export")
        return export_response(
            (dtr_row(row) for row in rows.order_by(*ORDER.read(query)).iterator(chunk_size=2_000)),
            COLUMNS,
            format=kind,
            name="dtrs",
            title="Driver Transaction Reports",
            actor=self.actor,
            filters=filters.asked(),
        )


class DtrView(CompanyView):
    """`GET /ledger/dtrs/{dtr_number}?format=json|pdf`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "A DTR with everything it covers",
        tags=["Ledger"],
        response=DtrDocument,
        files=("pdf",),
        errors=["dtr_not_found"],
    )
    def get(self, request: Request, number: str) -> Response | HttpResponse:
        kind = read_document_format(request)
        dtr = _dtr(self.actor, number)
        if kind == "json":
            return Response(dtr_document(actor=self.actor, dtr=dtr))
        answer = HttpResponse(dtr_pdf(actor=self.actor, dtr=dtr), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{dtr.number}.pdf"'
        return answer


_PAYOUT_ERRORS: Final = (
    *(
        "unknown_choice",
        "dtr_not_found",
        "dtr_paid",
        "nothing_due",
        "payout_reserved",
        "payout_order_applies",
        "date_in_future",
        "date_closed",
        "date_too_old",
    ),
    *("approval_pending", "bank_account_not_found", "no_bank_account", "wrong_place"),
)


class PayView(CompanyView):
    """`POST /ledger/dtrs/{dtr_number}/pay`."""

    required_permission = {"POST": "ledger.pay_out"}

    @documented(
        "Pay out what is due to the driver",
        tags=["Ledger"],
        request=PayoutInput,
        request_example={"method": "ACH", "reference_number": "8812", "paid_on": "2025-10-13"},
        response=DtrDocument,
        description=waiting.EXPLAINED,
        more={202: waiting.Waiting},
        errors=_PAYOUT_ERRORS,
    )
    def post(self, request: Request, number: str) -> Response:
        body = PayoutInput(data=request.data)
        body.is_valid(raise_exception=True)
        done = pay_dtrs(actor=self.actor, numbers=[number.upper()], **body.validated_data)
        if isinstance(done, Approval):
            return waiting.accepted(done)
        return Response(dtr_document(actor=self.actor, dtr=_dtr(self.actor, number)))


class ReturnPayoutView(CompanyView):
    """`POST /ledger/dtrs/{dtr_number}/return-payout`."""

    required_permission = {"POST": "ledger.return_payout"}

    @documented(
        "Record that a payout came back",
        tags=["Ledger"],
        description=(
            "The DTR is `Finalized` again and can be paid out anew; its figures stay. For a payout that was returned, "
            "stopped, or never cashed."
        ),
        request=ReasonInput,
        request_example={"reason": "Returned by the bank: R03, no account"},
        response=DtrDocument.shown(status="Finalized"),
        errors=["reason_length", "dtr_not_found", "payout_not_returnable", "not_in_transit"],
    )
    def post(self, request: Request, number: str) -> Response:
        body = ReasonInput(data=request.data)
        body.is_valid(raise_exception=True)
        dtr = return_payout(actor=self.actor, number=number.upper(), reason=body.validated_data["reason"])
        return Response(dtr_document(actor=self.actor, dtr=_dtr(self.actor, dtr.number)))


class PayManyView(CompanyView):
    """`POST /ledger/dtrs/pay`."""

    required_permission = {"POST": "ledger.pay_out"}

    @documented(
        "Pay out several DTRs, all or none",
        tags=["Ledger"],
        description="Either `dtr_numbers`, or every DTR of a `week` with something due and not yet paid out. "
        "If one of them is above the company's limit the answer is 202: another user decides on all of them.",
        request=PayoutsInput,
        request_example={"week": "2025-10-05", "method": "ACH", "reference_number": "BATCH-8812"},
        response=PaidOut,
        more={202: waiting.Waiting},
        errors=_PAYOUT_ERRORS,
    )
    def post(self, request: Request) -> Response:
        body = PayoutsInput(data=request.data)
        body.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(body.validated_data)
        week = values.pop("week", None)
        numbers = values.pop("dtr_numbers", None)
        if numbers is None:
            numbers = payable_numbers(actor=self.actor, week=week)
        if not numbers:
            return Response({"paid": 0, "total": ZERO, "dtr_numbers": []})
        paid = pay_dtrs(actor=self.actor, numbers=numbers, **values)
        if isinstance(paid, Approval):
            return waiting.accepted(paid)
        return Response(
            {
                "paid": len(paid),
                "total": sum(dtr.due_to_driver for dtr in paid),
                "dtr_numbers": [dtr.number for dtr in paid],
            }
        )


class EarningsView(CompanyView):
    """`/ledger/earnings`."""

    required_permission = {"GET": "ledger.view", "POST": "ledger.import_earnings"}
    parser_classes = (RowsJSONParser,)

    @documented(
        "List earnings",
        tags=["Ledger"],
        response=screen_page_of(EarningListed),
        parameters=[
            *filter_parameters(EarningFilters),
            *paging_parameters(screen=True),
        ],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = EarningFilters(query, queryset=earnings(actor=self.actor)).checked()
        order = Sorting(names={"week": ("week", "id")}, default="week")
        return Response(screen_page(query, rows, sorting=order, shape=earning_row))

    @documented(
        "Import weekly earnings",
        tags=["Ledger"],
        description=(
            "All rows or none. They are credited to the drivers; the week's DTR applies them. The same row again "
            "changes nothing; with another amount it is refused. What comes later or is taken back is a row of the "
            "kind adjustment, of either sign, with a reference that is unique. Rows of a week that has its DTR become "
            "delayed earnings of the next one."
        ),
        request=EarningsInput,
        request_example={
            "rows": [{"driver_id": 101, "lease_id": 2054, "week": "2025-10-05", "gross": 900.00}]
        },
        status=201,
        response=EarningsImported,
        more={200: EarningsImported.shown(created=0, existing=1, total=Decimal("0.00"))},
        errors=[
            *("not_found", "week_not_sunday", "week_in_future", "no_day_on_lease", "earnings_taken"),
            "reference_of_gross",
            "date_closed",
        ],
    )
    def post(self, request: Request) -> Response:
        body = EarningsInput(data=request.data)
        body.is_valid(raise_exception=True)
        report = import_earnings(actor=self.actor, rows=body.to_rows())
        return Response(
            {"created": len(report.created), "existing": report.existing, "total": report.total},
            status=201 if report.created else 200,
        )


class ExportsView(CompanyView):
    """`POST /ledger/dtrs/export`."""

    required_permission = {"POST": "ledger.export"}

    @documented(
        "A week's DTRs as one ZIP of PDFs",
        tags=["Ledger"],
        description="Made in the background; `url` says how far it is, `download_url` where it is when it is ready.",
        request=WeekInput,
        request_example={"week": "2025-10-05"},
        status=202,
        response=DtrExportRow,
        errors=["week_not_sunday", "no_dtrs"],
    )
    def post(self, request: Request) -> Response:
        body = WeekInput(data=request.data)
        body.is_valid(raise_exception=True)
        export = request_export(actor=self.actor, week=body.validated_data["week"])
        export.refresh_from_db()
        return Response(export_row(export), status=202)


class ExportView(CompanyView):
    """`GET /ledger/dtrs/exports/{id}`."""

    required_permission = {"GET": "ledger.export"}

    @documented(
        "The progress of a file of DTRs",
        tags=["Ledger"],
        response=DtrExportRow.shown(status="completed", done=110),
        errors=["not_found"],
    )
    def get(self, request: Request, export_id: UUID) -> Response:
        return Response(export_row(_export(self, export_id)))


class DownloadView(CompanyView):
    """`GET /ledger/dtrs/exports/{id}/download`."""

    required_permission = {"GET": "ledger.export"}

    @documented(
        "Download a file of DTRs",
        tags=["Ledger"],
        description="The ZIP, one PDF for each DTR.",
        media_types=["application/zip"],
        errors=["not_found", "export_not_ready"],
    )
    def get(self, request: Request, export_id: UUID) -> FileResponse:
        export = _export(self, export_id)
        path = file_of(actor=self.actor, export_id=export.id)
        if export.status != DtrExport.Status.COMPLETED or not path.exists():
            raise Conflict(
                f"{export.done} of {export.total} DTRs are written ({export.status}).", code=EXPORT_NOT_READY
            )
        return FileResponse(
            path.open("rb"),
            as_attachment=True,
            filename=f"dtrs-{export.week.isoformat()}.zip",
            content_type="application/zip",
        )


def _dtr(actor: Any, number: str) -> Dtr:
    dtr = find_dtr(actor=actor, number=number.upper())
    if dtr is None:
        raise DtrNotFound(f"There is no DTR {number[:24]}.")
    return dtr


def _export(view: CompanyView, export_id: UUID) -> DtrExport:
    export = DtrExport.objects.filter(company_id=view.actor.company_id, id=export_id).first()
    if export is None:
        raise NotFound("There is no such export.")
    return export
