"""The HTTP endpoints of invoices."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import require_match
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor
from ledger.serializers import explanation_row
from ledger.services import reported_month_warnings
from payments.errors import InvoiceNotFound
from payments.filters import InvoiceFilters
from payments.models import Invoice, InvoiceLine
from payments.serializers.interim import VoidRequest
from payments.serializers.invoices import (
    INVOICE_ROW,
    InvoiceDocument,
    InvoiceExplanation,
    InvoiceRequest,
    InvoiceRow,
    IssuedInvoice,
    invoice_document,
    invoice_etag,
    invoice_row,
    locked_invoice_etag,
)
from payments.services.explaining import explain_invoice
from payments.services.invoices import issue_invoice, void_invoice

_SORTING: Final = Sorting(
    {
        "issue_date": ("issue_date", "pk"),
        "due_date": ("due_date", "pk"),
        "number": ("number",),
        "total": ("total",),
    },
    default="issue_date",
)
_TAGS: Final = ["Invoices"]
_REQUEST: Final[dict[str, Any]] = {
    "customer_id": InvoiceRow.example()["customer_id"],
    "issue_date": "2025-09-01",
    "due_date": "2025-10-01",
    "currency": "USD",
    "early_payment_discount_percent": 2,
    "early_payment_discount_days": 10,
    "items": [
        {
            "description": "Dispatch service",
            "quantity": 1,
            "unit_price": "1000.00",
            "taxes": [{"name": "NY sales tax", "rate": "8.875"}],
        }
    ],
}
_FILTERS: Final = filter_parameters(InvoiceFilters)


class InvoicesView(CompanyView):
    """`/api/invoices`."""

    company_header_required = True
    required_permission = {"GET": "payments.view", "POST": "invoices.issue"}

    @documented(
        "List invoices",
        tags=_TAGS,
        response=api_page_of(InvoiceRow),
        parameters=[*_FILTERS, *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        rows = Invoice.objects.filter(company_id=self.actor.company_id).values(**INVOICE_ROW)
        filtered = apply_filters(InvoiceFilters, request.query_params, rows)
        return Response(api_page(request.query_params, filtered, sorting=_SORTING, shape=invoice_row))

    @documented(
        "Issue an invoice",
        tags=_TAGS,
        description=(
            "A line's net is quantity × unit price, half-up; each of its taxes is half-up of that net. "
            "The invoice never changes afterwards; it can be voided while nothing is applied to it."
        ),
        request=InvoiceRequest,
        request_example=_REQUEST,
        status=201,
        response=IssuedInvoice,
        errors=[
            *("customer_not_found", "invoice_number_taken", "unknown_currency", "date_in_future"),
            *("date_closed", "date_too_old", "date_too_early", "discount_terms", "invoice_amounts"),
        ],
    )
    def post(self, request: Request) -> Response:
        body = InvoiceRequest(data=request.data)
        body.is_valid(raise_exception=True)
        invoice = issue_invoice(actor=self.actor, **body.values())
        answer = _answer(self.actor, invoice.id, status=201)
        answer.data["warnings"] = reported_month_warnings(actor=self.actor, days=[invoice.issue_date])
        return answer


class InvoiceView(CompanyView):
    """`/api/invoices/{id}`."""

    company_header_required = True
    required_permission = {"GET": "payments.view"}

    @documented(
        "One invoice with its items",
        tags=_TAGS,
        response=InvoiceDocument,
        errors=["invoice_not_found"],
    )
    def get(self, request: Request, invoice_id: UUID) -> Response:
        return _answer(self.actor, invoice_id)


class VoidInvoiceView(CompanyView):
    """`/api/invoices/{id}/void`."""

    company_header_required = True
    required_permission = {"POST": "ledger.void"}

    @documented(
        "Void an invoice to which nothing is applied",
        tags=_TAGS,
        description="With `If-Match` only the version that was read is voided; if it changed since, the answer is 412.",
        request=VoidRequest,
        request_example={"reason": "Billed to the wrong garage."},
        response=InvoiceDocument.shown(status="voided"),
        errors=["reason_length", "invoice_not_found", "already_voided", "obligation_in_use", "stale"],
    )
    def post(self, request: Request, invoice_id: UUID) -> Response:
        body = VoidRequest(data=request.data)
        body.is_valid(raise_exception=True)
        void_invoice(
            actor=self.actor,
            invoice_id=invoice_id,
            reason=body.validated_data["reason"],
            check=lambda locked: require_match(request, locked_invoice_etag(invoice_id, locked)),
        )
        return _answer(self.actor, invoice_id)


class ExplainInvoiceView(CompanyView):
    """`/api/invoices/{id}/explain`."""

    company_header_required = True
    required_permission = {"GET": "payments.view"}

    @documented(
        "Why an invoice's balance is what it is",
        tags=_TAGS,
        description="Every event, oldest first, with who, why and the payment; `summary` sums them by kind.",
        response=InvoiceExplanation,
        errors=["invoice_not_found"],
    )
    def get(self, request: Request, invoice_id: UUID) -> Response:
        explanation = explain_invoice(actor=self.actor, invoice_id=invoice_id)
        return Response(
            {
                "invoice": invoice_row(_row(self.actor, invoice_id)),
                "explanation": explanation.sentence(),
                "summary": {**explanation.summary(), "outstanding": explanation.obligation.outstanding},
                "events": [explanation_row(event) for event in explanation.events],
            }
        )


def _row(actor: Actor, invoice_id: UUID) -> dict[str, Any]:
    rows = Invoice.objects.filter(company_id=actor.company_id, id=invoice_id)
    row: Any = rows.values(**INVOICE_ROW).first()
    if row is None:
        raise InvoiceNotFound(f"There is no invoice {invoice_id}.")
    values: dict[str, Any] = row
    return values


def _answer(actor: Actor, invoice_id: UUID, *, status: int = 200) -> Response:
    row = _row(actor, invoice_id)
    lines = InvoiceLine.objects.filter(company_id=actor.company_id, invoice_id=invoice_id)
    headers = {"ETag": invoice_etag(row)}
    if status == 201:
        headers["Location"] = f"/api/invoices/{invoice_id}"
    document = invoice_document(row, list(lines.order_by("line").prefetch_related("taxes")))
    return Response(document, status=status, headers=headers)
