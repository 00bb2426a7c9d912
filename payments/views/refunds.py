"""The HTTP endpoints of refunds and of unallocated cash.

Rule: docs/seeds.md#payment-allocation, docs/api.md#payments.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import require_match
from batconnect.core.api.schema import documented
from batconnect.directory.models import Customer
from payments.errors import CustomerNotFound
from payments.models import Payment
from payments.serializers.allocation_answers import (
    AllocationRefunded,
    CashRefunded,
    RefundDecided,
    RefundWaits,
    UnallocatedCash,
)
from payments.serializers.allocation_inputs import DecisionInput, RefundInput
from payments.serializers.allocations import (
    allocation_row,
    payment_figures,
    refund_row,
    unallocated_document,
)
from payments.services.refunds import (
    Refunded,
    approve_refund,
    refund_allocation,
    refund_unallocated,
    reject_refund,
)
from payments.views.interim import payment_etag

_REFUND_ERRORS = (
    *("reason_length", "payment_not_found", "payment_not_posted", "above_refundable"),
    *("approval_needs_person", "stale", "check_held", "drawer_short", "drawer_not_found"),
    *("bank_account_not_found", "no_bank_account", "wrong_place", "unknown_method"),
    *("date_in_future", "date_closed"),
)
_DECISION_ERRORS = (
    "refund_request_not_found",
    "second_person_required",
    "already_decided",
    *("check_held", "drawer_short", "date_closed", "no_bank_account", "wrong_place"),
)


class RefundAllocationView(CompanyView):
    """`POST /api/payments/{id}/allocations/{allocation_id}/refund`."""

    required_permission = {"POST": "payments.refund"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Refund an allocation",
        tags=["Allocations"],
        description="Above the company's limit the answer is 202: the amount is reserved and another user decides.",
        request=RefundInput,
        request_example={"amount": 10, "reason": "Partial refund"},
        response=AllocationRefunded.shown(status="partially_refunded", refunded_amount=Decimal("10.00")),
        more={202: RefundWaits},
        errors=[*_REFUND_ERRORS, "allocation_not_found", "allocation_not_live"],
    )
    def post(self, request: Request, payment_id: UUID, allocation_id: UUID) -> Response:
        body = RefundInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        paid_from = RefundInput.take_from(values)
        done = refund_allocation(
            actor=self.actor,
            payment_id=payment_id,
            allocation_id=allocation_id,
            **values,
            paid_from=paid_from,
            check=lambda locked: require_match(request, payment_etag(locked)),
        )
        return _refunded(done)


class RefundUnallocatedView(CompanyView):
    """`POST /api/payments/{id}/refund`."""

    required_permission = {"POST": "payments.refund"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Refund unallocated cash",
        tags=["Payments"],
        description="Above the company's limit the answer is 202: the amount is reserved and another user decides.",
        request=RefundInput,
        request_example={"amount": 25, "reason": "Paid too much"},
        response=CashRefunded.shown(refund={"allocation_id": None}),
        more={202: RefundWaits},
        errors=_REFUND_ERRORS,
    )
    def post(self, request: Request, payment_id: UUID) -> Response:
        body = RefundInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        paid_from = RefundInput.take_from(values)
        done = refund_unallocated(
            actor=self.actor,
            payment_id=payment_id,
            **values,
            paid_from=paid_from,
            check=lambda locked: require_match(request, payment_etag(locked)),
        )
        return _refunded(done)


class ApproveRefundView(CompanyView):
    """`POST /api/refund-requests/{request_id}/approve`."""

    required_permission = {"POST": "payments.approve_refund"}

    @documented(
        "Approve a refund",
        tags=["Payments"],
        request=DecisionInput,
        request_example={"reason": "Agreed"},
        response=RefundDecided.shown(status="approved", refund={"status": "approved"}),
        errors=_DECISION_ERRORS,
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        body = DecisionInput(data=request.data)
        body.is_valid(raise_exception=True)
        return _decided(approve_refund(actor=self.actor, request_id=request_id, **body.validated_data))


class RejectRefundView(CompanyView):
    """`POST /api/refund-requests/{request_id}/reject`."""

    required_permission = {"POST": "payments.approve_refund"}

    @documented(
        "Reject a refund",
        tags=["Payments"],
        request=DecisionInput,
        request_example={"reason": "The customer still owes"},
        response=RefundDecided.shown(status="rejected", refund={"status": "rejected"}),
        errors=_DECISION_ERRORS,
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        body = DecisionInput(data=request.data)
        body.is_valid(raise_exception=True)
        return _decided(reject_refund(actor=self.actor, request_id=request_id, **body.validated_data))


class UnallocatedCashView(CompanyView):
    """`GET /api/customers/{id}/unallocated-cash`."""

    required_permission = {"GET": "payments.view"}
    company_header_required = True

    @documented(
        "Unallocated cash of a customer",
        tags=["Customers"],
        description="The figures above are the base currency's; `by_currency` has all of them, oldest payment first.",
        response=UnallocatedCash,
        errors=["customer_not_found"],
    )
    def get(self, request: Request, customer_id: UUID) -> Response:
        here = {"company_id": self.actor.company_id}
        if not Customer.objects.filter(**here, id=customer_id).exists():
            raise CustomerNotFound(f"There is no customer {customer_id}.")
        payments = Payment.objects.filter(
            **here, customer=customer_id, status=Payment.Status.POSTED, unallocated__gt=0
        ).order_by("payment_date", "number_order")
        return Response(
            unallocated_document(
                customer_id=customer_id,
                base_currency=self.actor.company.base_currency,
                payments=list(payments),
            )
        )


def _document(done: Refunded) -> dict[str, Any]:
    """What was refunded, with the new figures of what it touched."""
    document: dict[str, Any] = {}
    if done.allocation is not None and done.items is not None:
        made_by = done.allocation.created_by.display_name if done.allocation.created_by else ""
        document = allocation_row(done.allocation, done.items, created_by=made_by)
    return {
        **document,
        "payment": payment_figures(done.payment),
        "refund": refund_row(done),
        "unallocated_amount": done.payment.unallocated,
    }


def _refunded(done: Refunded) -> Response:
    etag = {"ETag": payment_etag(done.payment)}
    if done.approval is not None:
        pending = {
            "refund_request_id": done.approval.id,
            "status": done.approval.status,
            "amount": done.amount,
            "payment": payment_figures(done.payment),
        }
        return Response(pending, status=202, headers=etag)
    return Response(_document(done), headers=etag)


def _decided(done: Refunded) -> Response:
    assert done.approval is not None
    return Response(
        {
            "refund_request_id": done.approval.id,
            "status": done.approval.status,
            "amount": done.amount,
            "refund": refund_row(done),
            "payment": payment_figures(done.payment),
        }
    )
