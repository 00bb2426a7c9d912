"""The HTTP endpoints of money that nobody claims yet: bank lines without a customer.

Rule: docs/domain.md#bookings, docs/api.md#payments.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.paging import Sorting, fetch_slice, read_limit_offset
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.models import Approval
from payments.batches.filters import ReceiptFilters
from payments.batches.inputs import MatchInput
from payments.batches.models import UnidentifiedReceipt
from payments.batches.services.unidentified import match_receipt, suggest_customers
from payments.batches.services.unmatching import unmatch_receipt
from payments.batches.shapes import ReceiptMatched, ReceiptRow, matched_document, receipt_row
from payments.serializers.interim import VoidRequest

RECEIPT_ORDER: Final = Sorting(names={"created_at": ("id",)}, default="created_at")


class UnidentifiedReceiptsView(CompanyView):
    """`GET /api/accounting/unidentified-receipts`."""

    required_permission = {"GET": "payments.view"}
    company_header_required = True

    @documented(
        "Bank lines without a customer",
        tags=["Payment Batches"],
        response=api_page_of(ReceiptRow),
        parameters=[
            *filter_parameters(ReceiptFilters),
            *paging_parameters(screen=False),
        ],
        description="Open ones carry suggestions: customers by points, each with the reasons for it.",
    )
    def get(self, request: Request) -> Response:
        rows = ReceiptFilters(
            request._request.GET,
            queryset=UnidentifiedReceipt.objects.filter(company_id=self.actor.company_id),
        ).checked()
        query = request._request.GET
        limits = read_limit_offset(query)
        receipts, total = fetch_slice(rows, wanted=limits, order=RECEIPT_ORDER.read(query))
        waiting = [each for each in receipts if each.status == UnidentifiedReceipt.Status.OPEN]
        suggested = suggest_customers(actor=self.actor, receipts=waiting)
        return Response(
            {
                "results": [receipt_row(each, suggested.get(each.id, ())) for each in receipts],
                "total": total.rows,
                "limit": limits.limit,
                "offset": limits.offset,
                "total_is_estimate": total.is_estimate,
            }
        )


class MatchReceiptView(CompanyView):
    """`POST /api/accounting/unidentified-receipts/{id}/match`."""

    required_permission = {"POST": "payments.import_batches"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Match a bank line to its customer",
        tags=["Payment Batches"],
        request=MatchInput,
        request_example={"customer_id": "01900000-0000-7000-8000-0000000000d4"},
        response=ReceiptMatched.shown(status="matched", suggestions=[]),
        errors=["receipt_not_found", "receipt_not_open", "customer_unknown"],
        description="It becomes a payment with unallocated cash; the payer's account is remembered.",
    )
    def post(self, request: Request, receipt_id: UUID) -> Response:
        body = MatchInput(data=request.data)
        body.is_valid(raise_exception=True)
        receipt, payment = match_receipt(
            actor=self.actor, receipt_id=receipt_id, customer_id=body.validated_data["customer_id"]
        )
        return Response(matched_document(receipt, payment))


class UnmatchReceiptView(CompanyView):
    """`POST /api/accounting/unidentified-receipts/{id}/unmatch`."""

    required_permission = {"POST": "payments.void"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Take the match of a bank line back",
        tags=["Payment Batches"],
        request=VoidRequest,
        request_example={"reason": "It was another customer's money"},
        response=ReceiptRow.shown(suggestions=[]),
        more={202: waiting.Waiting},
        errors=[
            *("approval_pending", "reason_length", "receipt_not_found", "receipt_not_matched"),
            *("payment_not_posted", "payment_refunded", "refund_pending"),
        ],
        description="Its payment is voided with every allocation; the line is open again and can be "
        "matched again. Above the company's limit for voids the answer is 202: another user decides.",
    )
    def post(self, request: Request, receipt_id: UUID) -> Response:
        body = VoidRequest(data=request.data)
        body.is_valid(raise_exception=True)
        done = unmatch_receipt(actor=self.actor, receipt_id=receipt_id, reason=body.validated_data["reason"])
        return waiting.accepted(done) if isinstance(done, Approval) else Response(receipt_row(done.receipt))
