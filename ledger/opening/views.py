"""The HTTP endpoints of the opening of a company's books (docs/domain.md#opening-batch)."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.json import RowsJSONParser
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from ledger.opening.models import OpeningLine
from ledger.opening.serializers import (
    LockInput,
    OpeningDocument,
    OpeningInput,
    OpeningLineRow,
    line_row,
    opening_document,
)
from ledger.opening.services.batch import ask_to_lock, find_opening, prepare_opening

TAGS: Final = ["Accounting"]


class OpeningView(CompanyView):
    """`/api/accounting/opening`."""

    required_permission = {"GET": "ledger.view", "POST": "ledger.open_books"}
    company_header_required = True
    idempotency = "required"
    parser_classes = (RowsJSONParser,)

    @documented("The opening of the books", tags=TAGS, response=OpeningDocument, errors=["opening_not_found"])
    def get(self, request: Request) -> Response:
        return Response(opening_document(actor=self.actor, batch=find_opening(actor=self.actor)))

    @documented(
        "Prepare the opening of the books",
        tags=TAGS,
        description="The lines replace those that are there; nothing is posted before the opening is locked.",
        request=OpeningInput,
        request_example={
            "cut_over_on": "2026-01-04",
            "lines": [
                {"kind": "account", "account": "bank:operating", "debit": 10000.00},
                {
                    "kind": "receivable",
                    "category": "LEASE",
                    "reference": "OLD-1",
                    "customer": "00504124",
                    "lease": "LS-2054",
                    "due_date": "2026-01-11",
                    "debit": 350.00,
                },
                {"kind": "account", "account": "retained_earnings", "name": "Equity", "credit": 10350.00},
            ],
        },
        response=OpeningDocument,
        errors=["opening_locked", "opening_wrong", "cut_over_missing", "date_in_future", "date_closed"],
    )
    def post(self, request: Request) -> Response:
        body = OpeningInput(data=request.data)
        body.is_valid(raise_exception=True)
        batch = prepare_opening(
            actor=self.actor,
            lines=body.to_lines(),
            cut_over_on=body.validated_data.get("cut_over_on"),
        )
        return Response(opening_document(actor=self.actor, batch=batch))


class OpeningLinesView(CompanyView):
    """`GET /api/accounting/opening/lines`."""

    required_permission = {"GET": "ledger.view"}
    company_header_required = True

    @documented(
        "The lines of the opening",
        tags=TAGS,
        response=api_page_of(OpeningLineRow),
        parameters=[*paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        rows: QuerySet[Any, Any] = OpeningLine.objects.filter(company_id=self.actor.company_id).values(
            "id", "place", "kind", "account", "name", "amount"
        )
        order = Sorting(names={"line": ("place", "id")}, default="line", order="asc")
        return Response(api_page(request._request.GET, rows, sorting=order, shape=line_row))


class LockView(CompanyView):
    """`POST /api/accounting/opening/lock`."""

    required_permission = {"POST": "ledger.open_books"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Ask for the lock of the opening",
        tags=TAGS,
        description="Another user decides; approved, every line is posted and the opening never changes again.",
        request=LockInput,
        request_example={"reason": "Agreed with the accountant"},
        status=202,
        response=waiting.Waiting,
        errors=[
            *("opening_not_found", "opening_unbalanced", "opening_locked", "opening_empty", "opening_wrong"),
            *("approval_pending", "date_in_future", "date_closed"),
        ],
    )
    def post(self, request: Request) -> Response:
        body = LockInput(data=request.data)
        body.is_valid(raise_exception=True)
        return waiting.accepted(ask_to_lock(actor=self.actor, reason=body.validated_data["reason"]))
