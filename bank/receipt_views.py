"""The HTTP endpoints of money that nobody claims yet: bank lines without a customer.

Rule: docs/domain.md#bookings, docs/api.md#payments.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from bank.models import LinePart
from bank.models.lines import Direction
from bank.receipt_shapes import (
    MatchInput,
    ProcessorInput,
    ReceiptFilters,
    ReceiptMatched,
    ReceiptRow,
    VendorRefundInput,
    matched_document,
    receipt_row,
    receipt_rows,
)
from bank.services.customers import suggest_customers
from bank.services.receipts import (
    explain_as_processor,
    explain_as_vendor_refund,
    match_receipt,
    unexplain_receipt,
    unmatch_receipt,
)
from batconnect.core.api import waiting
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
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
            queryset=LinePart.objects.filter(company_id=self.actor.company_id, direction=Direction.IN),
        ).checked()
        query = request._request.GET
        return Response(api_page(query, rows, sorting=RECEIPT_ORDER, shape_all=partial(_rows, self.actor)))


def _rows(actor: Actor, receipts: list[LinePart]) -> list[dict[str, Any]]:
    """The page, and who those that wait may be from."""
    waiting = [each for each in receipts if each.status == LinePart.Status.OPEN]
    return receipt_rows(receipts, suggested=suggest_customers(actor=actor, receipts=waiting))


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
            *("payment_not_posted", "payment_refunded", "payment_returned", "refund_pending"),
            "payment_deposited",
        ],
        description="Its payment is voided with every allocation; the line is open again and can be "
        "matched again. Above the company's limit for voids the answer is 202: another user decides.",
    )
    def post(self, request: Request, receipt_id: UUID) -> Response:
        body = VoidRequest(data=request.data)
        body.is_valid(raise_exception=True)
        done = unmatch_receipt(actor=self.actor, receipt_id=receipt_id, reason=body.validated_data["reason"])
        return waiting.accepted(done) if isinstance(done, Approval) else Response(receipt_row(done[0]))


class ProcessorDepositView(CompanyView):
    """`POST /api/accounting/unidentified-receipts/{id}/processor-deposit`."""

    required_permission = {"POST": "payments.import_batches"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Explain a bank line as a processor's deposit",
        tags=["Payment Batches"],
        request=ProcessorInput,
        request_example={"processor": "Curb", "fee": 32.5, "report": "CURB-2026-03", "gross": 650},
        response=ReceiptRow.shown(
            status="explained", explained_as="ledger.processor_deposit", suggestions=[]
        ),
        errors=["receipt_not_found", "receipt_not_open", "fee_too_large"],
        description="The fee is the report's or a person's figure, never what remains.",
    )
    def post(self, request: Request, receipt_id: UUID) -> Response:
        body = ProcessorInput(data=request.data)
        body.is_valid(raise_exception=True)
        receipt, _ = explain_as_processor(actor=self.actor, receipt_id=receipt_id, **body.validated_data)
        return Response(receipt_row(receipt))


class VendorRefundView(CompanyView):
    """`POST /api/accounting/unidentified-receipts/{id}/vendor-refund`."""

    required_permission = {"POST": "payments.import_batches"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Explain a bank line as a vendor's refund",
        tags=["Payment Batches"],
        request=VendorRefundInput,
        request_example={"credit_id": "01900000-0000-7000-8000-0000000000c1"},
        response=ReceiptRow.shown(status="explained", explained_as="ledger.vendor_refund", suggestions=[]),
        errors=[
            *("receipt_not_found", "receipt_not_open", "vendor_credit_not_found", "above_open"),
            "other_vendor",
        ],
    )
    def post(self, request: Request, receipt_id: UUID) -> Response:
        body = VendorRefundInput(data=request.data)
        body.is_valid(raise_exception=True)
        receipt = explain_as_vendor_refund(
            actor=self.actor, receipt_id=receipt_id, credit_id=body.validated_data["credit_id"]
        )
        return Response(receipt_row(receipt))


class UnexplainView(CompanyView):
    """`POST /api/accounting/unidentified-receipts/{id}/unexplain`."""

    required_permission = {"POST": "payments.import_batches"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Take the explanation of a bank line back",
        tags=["Payment Batches"],
        request=VoidRequest,
        request_example={"reason": "It was another processor's deposit"},
        response=ReceiptRow.shown(suggestions=[]),
        errors=["receipt_not_found", "receipt_not_matched", "reason_length", "not_found", "already_voided"],
    )
    def post(self, request: Request, receipt_id: UUID) -> Response:
        body = VoidRequest(data=request.data)
        body.is_valid(raise_exception=True)
        done = unexplain_receipt(
            actor=self.actor, receipt_id=receipt_id, reason=body.validated_data["reason"]
        )
        return Response(receipt_row(done))
