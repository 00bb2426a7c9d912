"""The HTTP endpoints of customers: the register, what they owe, their statement."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.printed import read_document_format
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.api.times import read_day, read_instant
from batconnect.directory.models import Customer
from batconnect.directory.services import add_customer
from payments.errors import CustomerNotFound
from payments.filters import CustomerFilters
from payments.serializers.customers import (
    CUSTOMER_ROW,
    CustomerOutstanding,
    CustomerRequest,
    CustomerRow,
    CustomerStatement,
    customer_row,
)
from payments.services.outstanding import outstanding_document, read_outstanding
from payments.services.statements import (
    MAX_EVENTS,
    MAX_PRINTED,
    read_statement,
    statement_document,
    statement_pdf,
)

_SORTING: Final = Sorting({"name": ("name",), "created_at": ("created_at",)}, default="name", order="asc")
_TAGS: Final = ["Customers"]
_REQUEST: Final[dict[str, Any]] = {
    "name": "Acme Dispatch",
    "email": "accounts@acme.example",
    "phone": "(212) 555-0100",
    "address": "10 Hudson Yards\nNew York, NY 10001",
    "external_reference": "ACME-1",
}
_FILTERS: Final = filter_parameters(CustomerFilters)


class CustomersView(CompanyView):
    """`/api/customers`."""

    company_header_required = True
    required_permission = {"GET": "directory.view", "POST": "directory.change"}

    @documented(
        "List customers",
        tags=_TAGS,
        response=api_page_of(CustomerRow),
        parameters=[*_FILTERS, *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        rows = Customer.objects.filter(company_id=self.actor.company_id).values(**CUSTOMER_ROW)
        filtered = apply_filters(CustomerFilters, request.query_params, rows)
        return Response(api_page(request.query_params, filtered, sorting=_SORTING, shape=customer_row))

    @documented(
        "Add a customer",
        tags=_TAGS,
        request=CustomerRequest,
        request_example=_REQUEST,
        status=201,
        response=CustomerRow,
        errors=["already_in_use"],
    )
    def post(self, request: Request) -> Response:
        body = CustomerRequest(data=request.data)
        body.is_valid(raise_exception=True)
        customer = add_customer(actor=self.actor, **body.validated_data)
        return Response(
            _customer(self, customer.id), status=201, headers={"Location": f"/api/customers/{customer.id}"}
        )


class CustomerView(CompanyView):
    """`/api/customers/{id}`."""

    company_header_required = True
    required_permission = {"GET": "directory.view"}

    @documented(
        "One customer",
        tags=_TAGS,
        response=CustomerRow,
        errors=["customer_not_found"],
    )
    def get(self, request: Request, customer_id: UUID) -> Response:
        return Response(_customer(self, customer_id))


class OutstandingView(CompanyView):
    """`/api/customers/{id}/outstanding`."""

    company_header_required = True
    required_permission = {"GET": "payments.view"}

    @documented(
        "What the customer owed, on both time axes",
        tags=_TAGS,
        description=(
            "`as_of`: at the end of that day, by the day that events count for. `known_at`: as it was known at that "
            "instant, by when they were posted. Without either: now. Computed from the journal's postings."
        ),
        response=CustomerOutstanding,
        parameters=[
            OpenApiParameter("as_of", date, description="Default: the company's today."),
            OpenApiParameter(
                "known_at", datetime, description="An instant without a fraction stands for its whole second."
            ),
        ],
        errors=["customer_not_found"],
    )
    def get(self, request: Request, customer_id: UUID) -> Response:
        query = request._request.GET
        outstanding = read_outstanding(
            actor=self.actor,
            customer_id=customer_id,
            as_of=read_day(query, "as_of"),
            known_at=read_instant(query, "known_at"),
        )
        return Response(outstanding_document(actor=self.actor, outstanding=outstanding))


class StatementView(CompanyView):
    """`/api/customers/{id}/statement`."""

    company_header_required = True
    required_permission = {"GET": "payments.view"}

    @documented(
        "The customer's statement of account",
        tags=_TAGS,
        description=(
            "The balance is what is owed less unallocated cash. `charge` raises it, `credit` lowers it; `applied` is "
            "money that found its debt, which changes the balance by a discount alone."
        ),
        response=CustomerStatement,
        files=["pdf"],
        parameters=[
            OpenApiParameter("from", date, description="Default: from the beginning."),
            OpenApiParameter("to", date, description="Default: the company's today."),
            OpenApiParameter("currency", str, description="Default: the company's base currency."),
        ],
        errors=["customer_not_found", "unknown_currency", "statement_too_long"],
    )
    def get(self, request: Request, customer_id: UUID) -> Any:
        query = request._request.GET
        kind = read_document_format(request)
        statement = read_statement(
            actor=self.actor,
            customer_id=customer_id,
            first=read_day(query, "from"),
            last=read_day(query, "to"),
            currency=query.get("currency", "").strip(),
            limit=MAX_PRINTED if kind == "pdf" else MAX_EVENTS,
        )
        if kind == "json":
            return Response(statement_document(statement=statement))
        return HttpResponse(
            statement_pdf(actor=self.actor, statement=statement),
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="statement-{statement.last}.pdf"'},
        )


def _customer(view: CompanyView, customer_id: UUID) -> dict[str, Any]:
    rows = Customer.objects.filter(company_id=view.actor.company_id, id=customer_id)
    row: Any = rows.values(**CUSTOMER_ROW).first()
    if row is None:
        raise CustomerNotFound(f"There is no customer {customer_id}.")
    return customer_row(row)
