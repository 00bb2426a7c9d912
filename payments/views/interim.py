"""The HTTP endpoints of interim payments (docs/seeds.md#interim-payments, docs/api.md#interim-payments)."""

from __future__ import annotations

from typing import Any, Final

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import etag, require_match
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, screen_page
from batconnect.core.api.printed import PDF_URL, link_to, linked, read_document_format
from batconnect.core.api.schema import documented, export_parameters, paging_parameters
from batconnect.core.files.exports import Column, export_response, read_format
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from cases.serializers import CaseCreated, Nothing
from cases.services import create_case
from payments.bpm_flows.interim_payment.flows import InterimPayment
from payments.errors import PaymentNotFound
from payments.filters import InterimPaymentFilters
from payments.models import Payment
from payments.printed import INTERIM_RECEIPT, printed_receipt
from payments.querysets import (
    allocations_of,
    beginning_with,
    interim_allocations,
    interim_payment,
    with_interim_columns,
)
from payments.serializers.interim import (
    InterimDetail,
    InterimRow,
    InterimVoided,
    VoidRequest,
    interim_detail,
    interim_row,
)
from payments.serializers.receipts import InterimReceipt, interim_receipt_document
from payments.services.receipts import read_interim_receipt
from payments.services.voids import void_payment

_TIE: Final = ("payment__number_order", "line")
SORTING: Final = Sorting(
    {
        "payment_id": _TIE,
        "payment_date": ("payment__payment_date", *_TIE),
        "driver_name": ("payment__customer__name", *_TIE),
        "tlc_license": ("payment__customer__drivers__tlc_license", *_TIE),
        "lease_id": ("payment__lease__lease_id", *_TIE),
        "medallion_no": ("payment__lease__medallion__medallion_no", *_TIE),
        "category": ("obligation__category", "obligation__reference_id", *_TIE),
        "reference_id": ("obligation__reference_id", *_TIE),
        "amount": ("amount",),
        "payment_method": ("payment__method", *_TIE),
        "status": ("status", *_TIE),
    },
    default="payment_date",
)
COLUMNS: Final = (
    Column("payment_id", "Payment"),
    Column("payment_date", "Date", "date"),
    Column("driver_name", "Driver"),
    Column("tlc_license", "TLC license"),
    Column("lease_id", "Lease"),
    Column("medallion_no", "Medallion"),
    Column("category", "Category"),
    Column("reference_id", "Reference"),
    Column("amount", "Amount", "money"),
    Column("payment_method", "Method"),
    Column("status", "Status"),
)
_TAGS: Final = ["Interim Payments"]
_FILTERS: Final = filter_parameters(InterimPaymentFilters)


class InterimPaymentsView(CompanyView):
    """`GET /payments/interim-payments`: a row is one allocation."""

    required_permission = {"GET": "payments.view"}

    @documented(
        "Interim payments, one row per allocation",
        tags=_TAGS,
        response=screen_page_of(InterimRow),
        errors=["unknown_category"],
        parameters=[*_FILTERS, *paging_parameters(screen=True)],
        description="Beyond 10,000 rows `total_items` is an estimate, and `total_is_estimate` says so.",
    )
    def get(self, request: Request) -> Response:
        query, company_id = request.query_params, self.actor.company_id
        rows = apply_filters(InterimPaymentFilters, query, interim_allocations(company_id=company_id))
        rows = beginning_with(rows, query.get("sort_by", ""), company_id=company_id)
        return Response(
            screen_page(
                query,
                rows,
                sorting=SORTING,
                shape=linked(interim_row, actor=self.actor, kind=INTERIM_RECEIPT, key="payment_number"),
                select=with_interim_columns,
            )
        )


class InterimPaymentExportView(CompanyView):
    """`GET /payments/interim-payments/export?format=excel|pdf|csv`, with the list's filters and sort."""

    required_permission = {"GET": "payments.export"}

    @documented(
        "The list as a file",
        tags=_TAGS,
        files=["excel", "pdf", "csv"],
        errors=["unknown_category", "export_too_large"],
        parameters=[*_FILTERS, *export_parameters()],
    )
    def get(self, request: Request) -> Any:
        query = request.query_params
        filters = InterimPaymentFilters(query, queryset=interim_allocations(company_id=self.actor.company_id))
        rows = with_interim_columns(filters.checked()).order_by(*SORTING.read(query))
        return export_response(
            map(interim_row, rows.iterator(chunk_size=2_000)),
            COLUMNS,
            format=read_format(query),
            name="interim-payments",
            title="Interim payments",
            actor=self.actor,
            filters=filters.asked(),
        )


class CreateCaseView(CompanyView):
    """`POST /payments/interim-payments/create-case`."""

    required_permission = {"POST": "cases.work"}

    @documented(
        "Open a case for a new interim payment",
        tags=_TAGS,
        status=201,
        request=Nothing,
        request_example={},
        response=CaseCreated,
    )
    def post(self, request: Request) -> Response:
        Nothing(data=request.data).is_valid(raise_exception=True)
        case_no = create_case(actor=self.actor, case_type=InterimPayment.code).case.case_no
        return Response(
            {"message": f"Interim payment case {case_no} created.", "case_no": case_no}, status=201
        )


class InterimPaymentView(CompanyView):
    """`GET /payments/interim-payments/{payment_id}`."""

    required_permission = {"GET": "payments.view"}

    @documented(
        "One interim payment with its allocations",
        tags=_TAGS,
        response=InterimDetail,
        errors=["payment_not_found"],
    )
    def get(self, request: Request, payment_id: str) -> Response:
        payment = interim_payment(company_id=self.actor.company_id, number=payment_id)
        if payment is None:
            raise PaymentNotFound(f"There is no interim payment {payment_id[:40]}.")
        return Response(_detail(self.actor, payment), headers={"ETag": payment_etag(payment)})


class ReceiptView(CompanyView):
    """`GET /payments/interim-payments/{payment_id}/receipt?format=json|pdf`."""

    required_permission = {"GET": "payments.view"}

    @documented(
        "The receipt",
        tags=_TAGS,
        response=InterimReceipt,
        files=["pdf"],
        errors=["payment_not_found"],
    )
    def get(self, request: Request, payment_id: str) -> Any:
        kind = read_document_format(request)
        receipt = read_interim_receipt(actor=self.actor, number=payment_id)
        if kind == "json":
            return Response(interim_receipt_document(actor=self.actor, receipt=receipt))
        return printed_receipt(actor=self.actor, receipt=receipt).to_response()


class VoidView(CompanyView):
    """`POST /payments/interim-payments/{payment_id}/void`."""

    required_permission = {"POST": "payments.void"}

    @documented(
        "Void an interim payment with every allocation",
        tags=_TAGS,
        request=VoidRequest,
        request_example={"reason": "The check was returned by the bank."},
        response=InterimVoided.shown(status="Voided"),
        description=waiting.EXPLAINED,
        more={202: waiting.Waiting},
        errors=[
            *("approval_pending", "reason_length", "payment_not_found", "already_voided"),
            *("payment_not_posted", "payment_refunded", "payment_returned", "stale"),
            *("payment_deposited", "at_the_bank"),
        ],
    )
    def post(self, request: Request, payment_id: str) -> Response:
        body = VoidRequest(data=request.data)
        body.is_valid(raise_exception=True)
        # Only interim payments are addressed here; their kind never changes, so this needs no lock.
        if interim_payment(company_id=self.actor.company_id, number=payment_id) is None:
            raise PaymentNotFound(f"There is no interim payment {payment_id[:40]}.")
        done = void_payment(
            actor=self.actor,
            number=payment_id,
            reason=body.validated_data["reason"],
            check=lambda locked: require_match(request, payment_etag(locked)),
        )
        if isinstance(done, Approval):
            return waiting.accepted(done)
        payment = interim_payment(company_id=self.actor.company_id, number=payment_id)
        assert payment is not None
        return Response(
            {
                "message": f"Interim payment {payment.number} voided.",
                **_detail(self.actor, payment),
            },
            headers={"ETag": payment_etag(payment)},
        )


def _detail(actor: Actor, payment: Payment) -> dict[str, Any]:
    return {
        **interim_detail(payment, allocations_of(payment)),
        PDF_URL: link_to(actor=actor, kind=INTERIM_RECEIPT, number=payment.number),
    }


def payment_etag(payment: Payment) -> str:
    """The payment's version as clients see it."""
    return etag("payment", payment.id, payment.version)
