"""The HTTP endpoints of payments: recording, reading, the receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import etag
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.printed import linked, read_document_format
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.api.times import read_instant
from batconnect.core.kernel.actors import Actor
from ledger.serializers import explanation_row
from ledger.services import reported_month_warnings
from payments.errors import PaymentNotFound
from payments.filters import PaymentFilters
from payments.models import Payment
from payments.printed import PAYMENT_RECEIPT, printed_receipt
from payments.serializers.allocations import allocation_plan_document, payment_figures
from payments.serializers.customers import CustomerRow
from payments.serializers.payments import (
    PAYMENT_ROW,
    PaymentExplanation,
    PaymentRequest,
    PaymentRow,
    RecordedPayment,
    payment_row,
)
from payments.serializers.receipts import PaymentReceipt, payment_receipt_document
from payments.serializers.refunds import PaymentRefunds, refunds_document
from payments.services.auto import AutoOptions, auto_allocate_payment
from payments.services.explaining import explain_payment
from payments.services.receipts import read_payment_receipt
from payments.services.recording import record_payment
from payments.services.refund_list import read_refunds

_TAGS: Final = ["Payments"]
_REQUEST: Final[dict[str, Any]] = {
    "customer_id": CustomerRow.example()["id"],
    "amount": "1000.00",
    "currency": "USD",
    "payment_method": "bank_transfer",
    "payment_date": "2025-09-15",
    "reference_number": "WIRE-4471",
    "notes": "September",
}
SORTING: Final = Sorting(
    {
        "payment_date": ("payment_date", "number_order"),
        "payment_number": ("number_order",),
        "amount": ("amount_cents", "number_order"),
        "created_at": ("pk",),
    },
    default="payment_date",
)
_FILTERS: Final = filter_parameters(PaymentFilters)


class PaymentsView(CompanyView):
    """`/api/payments`."""

    company_header_required = True
    idempotency = "required"
    required_permission = {"GET": "payments.view", "POST": "payments.record"}

    @documented(
        "List payments",
        tags=_TAGS,
        response=api_page_of(PaymentRow),
        parameters=[*_FILTERS, *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        rows = Payment.objects.filter(company_id=self.actor.company_id).values(**PAYMENT_ROW)
        filtered = apply_filters(PaymentFilters, request.query_params, rows)
        return Response(
            api_page(
                request.query_params,
                filtered,
                sorting=SORTING,
                shape=linked(payment_row, actor=self.actor, kind=PAYMENT_RECEIPT, key="key"),
            )
        )

    @documented(
        "Record a payment",
        tags=_TAGS,
        description=(
            "A payment of the same customer with the same reference, or over the same amount within three days, is "
            "named in `duplicate_warning` and `warnings`; the payment is recorded anyway. `acknowledge_duplicate` "
            "records that it is not one. With `auto_allocate` it is applied at once by `allocation_strategy`."
        ),
        request=PaymentRequest,
        request_example=_REQUEST,
        status=201,
        response=RecordedPayment,
        errors=[
            *("customer_not_found", "unknown_currency", "unknown_method", "date_in_future", "date_closed"),
            *("date_too_old", "unknown_strategy", "option_missing", "not_returned"),
        ],
    )
    def post(self, request: Request) -> Response:
        body = PaymentRequest(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        auto, strategy = values.pop("auto_allocate"), values.pop("allocation_strategy")
        if auto:
            self.actor.require("payments.allocate")
        recorded = record_payment(actor=self.actor, method=values.pop("payment_method"), **values)
        payment_id = recorded.payment.id
        answer: dict[str, Any] = {"auto_allocation": None}
        if auto:
            options = AutoOptions(strategy=strategy)
            allocation_plan = auto_allocate_payment(actor=self.actor, payment_id=payment_id, options=options)
            answer["auto_allocation"] = allocation_plan_document(allocation_plan, created_by=self.actor.name)
        days = [recorded.payment.payment_date]
        answer["warnings"] = reported_month_warnings(actor=self.actor, days=days)
        recorded_answer = _answer(self.actor, payment_id, status=201, more=answer)
        if (duplicate := recorded_answer.data["duplicate_warning"]) is not None:
            recorded_answer.data["warnings"] += [duplicate["message"]]
        return recorded_answer


class PaymentView(CompanyView):
    """`/api/payments/{id}`."""

    company_header_required = True
    required_permission = {"GET": "payments.view"}

    @documented(
        "One payment",
        tags=_TAGS,
        response=PaymentRow,
        errors=["payment_not_found"],
    )
    def get(self, request: Request, payment_id: UUID) -> Response:
        return _answer(self.actor, payment_id)


class PaymentReceiptView(CompanyView):
    """`/api/payments/{id}/receipt`."""

    company_header_required = True
    required_permission = {"GET": "payments.view"}

    @documented(
        "The receipt",
        tags=_TAGS,
        description=(
            "`allocated_amount` is cash; `total_allocated` is cash net of refunds, so that `total_allocated + "
            "total_refunded + remaining_amount = payment_amount` (of a voided payment all three are zero). "
            "`known_at` gives the receipt as it stood at that instant."
        ),
        response=PaymentReceipt,
        files=["pdf"],
        parameters=[
            OpenApiParameter(
                "known_at", datetime, description="An instant without a fraction stands for its whole second."
            )
        ],
        errors=["payment_not_found"],
    )
    def get(self, request: Request, payment_id: UUID) -> Any:
        query = request._request.GET
        kind = read_document_format(request)
        receipt = read_payment_receipt(
            actor=self.actor, payment_id=payment_id, known_at=read_instant(query, "known_at")
        )
        if kind == "json":
            return Response(payment_receipt_document(actor=self.actor, receipt=receipt))
        return printed_receipt(actor=self.actor, receipt=receipt).to_response(attached=True)


class PaymentRefundsView(CompanyView):
    """`/api/payments/{id}/refunds`."""

    company_header_required = True
    required_permission = {"GET": "payments.view"}

    @documented(
        "The refunds of a payment",
        tags=_TAGS,
        description="Oldest first: those posted, and those that wait for a second person or were rejected.",
        response=PaymentRefunds,
        errors=["payment_not_found"],
    )
    def get(self, request: Request, payment_id: UUID) -> Response:
        return Response(refunds_document(read_refunds(actor=self.actor, payment_id=payment_id)))


class ExplainPaymentView(CompanyView):
    """`/api/payments/{id}/explain`."""

    company_header_required = True
    required_permission = {"GET": "payments.view"}

    @documented(
        "Why a payment's unallocated cash is what it is",
        tags=_TAGS,
        description="Every event, oldest first, with who and why; `summary` sums by kind what they moved of the "
        "unallocated cash. A refund of what was applied moves none of it.",
        response=PaymentExplanation,
        errors=["payment_not_found"],
    )
    def get(self, request: Request, payment_id: UUID) -> Response:
        explanation = explain_payment(actor=self.actor, payment_id=payment_id)
        return Response(
            {
                "payment": payment_figures(explanation.payment),
                "explanation": explanation.sentence(),
                "summary": {**explanation.summary(), "unallocated": explanation.payment.unallocated},
                "events": [explanation_row(event) for event in explanation.events],
            }
        )


def _answer(
    actor: Actor, payment_id: UUID, *, status: int = 200, more: dict[str, Any] | None = None
) -> Response:
    rows = Payment.objects.filter(company_id=actor.company_id, id=payment_id)
    row: Any = rows.values(**PAYMENT_ROW).first()
    if row is None:
        raise PaymentNotFound(f"There is no payment {payment_id}.")
    # The same as `payment_etag` of the locked payment.
    headers = {"ETag": etag("payment", row["key"], row["counter"])}
    if status == 201:
        headers["Location"] = f"/api/payments/{payment_id}"
    document = linked(payment_row, actor=actor, kind=PAYMENT_RECEIPT, key="key")(row)
    return Response({**document, **(more or {})}, status=status, headers=headers)
