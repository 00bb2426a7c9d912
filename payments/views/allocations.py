"""The HTTP endpoints of allocations: chosen, by a strategy, listed, voided, undone.

Rule: docs/seeds.md#payment-allocation, docs/api.md#payments.
"""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.answers import Either
from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import require_match
from batconnect.core.api.schema import documented
from batconnect.core.models import Approval
from payments.batches.serializers import BatchUndone, undone_document
from payments.batches.services.undo import find_batch_operation, undo_batch
from payments.errors import PaymentNotFound
from payments.models import Allocation, Payment
from payments.serializers.allocation_answers import (
    Allocated,
    AllocationRow,
    AllocationVoided,
    AutoAllocated,
    AutoPreview,
    ComparedStrategies,
    OperationUndone,
    PaymentAllocations,
    PaymentVoided,
)
from payments.serializers.allocation_inputs import AllocationBody, AutoInput, CompareInput, read_allocations
from payments.serializers.allocations import (
    allocation_plan_document,
    allocation_row,
    allocation_rows,
    compared_row,
    credit_figures,
    payment_figures,
    total_allocated,
)
from payments.serializers.interim import VoidRequest
from payments.services.auto import auto_allocate_payment, preview_allocation
from payments.services.choosing import allocate_payment
from payments.services.comparing import compare_strategies
from payments.services.open_items import read_named
from payments.services.undo import undo_operation
from payments.services.voids import void_allocation, void_payment
from payments.views.interim import payment_etag

_TAGS = ["Allocations"]
_OPTIONS = ("option_not_taken", "option_missing", "named_twice", "not_open", "bad_percentage")


class AllocationsView(CompanyView):
    """`/api/payments/{id}/allocations`."""

    required_permission = {"GET": "payments.view", "POST": "payments.allocate"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "The allocations of a payment",
        tags=_TAGS,
        response=PaymentAllocations,
        errors=["payment_not_found"],
        description="Every one ever made, including voided and refunded ones, in the order they were made.",
    )
    def get(self, request: Request, payment_id: UUID) -> Response:
        payment = find_payment(self.actor.company_id, payment_id)
        rows = list(
            Allocation.objects.select_related("created_by")
            .filter(company_id=self.actor.company_id, payment=payment_id)
            .order_by("id")
        )
        items = read_named(actor=self.actor, obligation_ids={each.obligation_id for each in rows})
        return Response(
            {
                "payment_id": payment.id,
                "payment_amount": payment.amount,
                "total_allocated": total_allocated(payment),
                "total_refunded": payment.refunded,
                "unallocated_amount": payment.unallocated,
                "reserved_amount": payment.reserved,
                "allocations": allocation_rows(rows, items),
            },
            headers={"ETag": payment_etag(payment)},
        )

    @documented(
        "Allocate a payment",
        tags=_TAGS,
        description=(
            "One allocation's members, or `allocations` with a list that is applied as a whole or not at all. "
            "`obligation_id` may stand for `invoice_id`."
        ),
        request=AllocationBody,
        request_example={
            "allocations": [
                {
                    "invoice_id": AllocationRow.example()["invoice_id"],
                    "amount": "1000.00",
                    "apply_early_payment_discount": True,
                    "notes": "Payment with early payment discount",
                }
            ]
        },
        status=201,
        response=Allocated,
        errors=[
            *("payment_not_found", "payment_not_posted", "stale", "above_unallocated", "above_outstanding"),
            *("obligation_not_payable", "other_customer", "other_currency", "duplicate", "date_too_early"),
            *(
                "date_in_future",
                "date_closed",
                "date_too_old",
                "discount_not_earned",
                "one_body_form",
                "above_written_off",
            ),
        ],
    )
    def post(self, request: Request, payment_id: UUID) -> Response:
        done = allocate_payment(
            actor=self.actor,
            payment_id=payment_id,
            requests=read_allocations(request.data),
            check=lambda locked: require_match(request, payment_etag(locked)),
        )
        payment = done.applied.payment
        return Response(
            {
                "payment_id": payment.id,
                "operation_id": done.applied.operation_id,
                "allocations": allocation_rows(
                    done.applied.allocations, done.items, created_by=self.actor.name
                ),
                "total_allocated": total_allocated(payment),
                "unallocated_amount": payment.unallocated,
            },
            status=201,
            headers={"ETag": payment_etag(payment)},
        )


class AutoAllocateView(CompanyView):
    """`POST /api/payments/{id}/allocations/auto`."""

    required_permission = {"POST": "payments.allocate"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Auto-allocate a payment by a strategy",
        tags=_TAGS,
        description=(
            "`preview: true` answers 200 and writes nothing; send its `plan_hash` back to apply exactly that "
            "plan, or get 409 `plan_stale`."
        ),
        request=AutoInput,
        request_example={"strategy": "overdue_first", "priorityRules": "due_date ASC"},
        status=201,
        response=AutoAllocated,
        more={200: AutoPreview},
        errors=[
            *("payment_not_found", "payment_not_posted", "stale", "unknown_strategy"),
            *("unknown_priority_rule", "unknown_category", "plan_stale"),
            *_OPTIONS,
        ],
    )
    def post(self, request: Request, payment_id: UUID) -> Response:
        body = AutoInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        options = body.options(strategy=values["strategy"].strip())
        if values["preview"]:
            allocation_plan = preview_allocation(actor=self.actor, payment_id=payment_id, options=options)
            return Response(allocation_plan_document(allocation_plan, created_by=self.actor.name))
        allocation_plan = auto_allocate_payment(
            actor=self.actor,
            payment_id=payment_id,
            options=options,
            plan_hash=values.get("plan_hash") or "",
            check=lambda locked: require_match(request, payment_etag(locked)),
        )
        return Response(
            allocation_plan_document(allocation_plan, created_by=self.actor.name),
            status=201,
            headers={"ETag": payment_etag(allocation_plan.payment)},
        )


class CompareView(CompanyView):
    """`POST /api/payments/{id}/allocations/auto/compare`."""

    required_permission = {"POST": "payments.allocate"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Compare every strategy without applying any",
        tags=_TAGS,
        request=CompareInput,
        request_example={"apply_early_payment_discount": True},
        response=ComparedStrategies,
        errors=["payment_not_found", "payment_not_posted", "unknown_category"],
    )
    def post(self, request: Request, payment_id: UUID) -> Response:
        body = CompareInput(data=request.data)
        body.is_valid(raise_exception=True)
        comparisons = compare_strategies(actor=self.actor, payment_id=payment_id, options=body.options())
        return Response(
            {"payment_id": payment_id, "strategies": [compared_row(each) for each in comparisons]}
        )


class VoidAllocationView(CompanyView):
    """`POST /api/payments/{id}/allocations/{allocation_id}/void`."""

    required_permission = {"POST": "payments.void_allocation"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Void an allocation",
        tags=_TAGS,
        description="What refunds left of it returns to the payment and to the invoice.",
        request=VoidRequest,
        request_example={"reason": "Customer dispute"},
        response=AllocationVoided.shown(status="voided", reason="Customer dispute"),
        errors=[
            *("reason_length", "payment_not_found", "allocation_not_found", "allocation_not_live"),
            *("refund_pending", "stale"),
        ],
    )
    def post(self, request: Request, payment_id: UUID, allocation_id: UUID) -> Response:
        body = VoidRequest(data=request.data)
        body.is_valid(raise_exception=True)
        void_allocation(
            actor=self.actor,
            payment_id=payment_id,
            allocation_id=allocation_id,
            reason=body.validated_data["reason"],
            check=lambda locked: require_match(request, payment_etag(locked)),
        )
        allocation = Allocation.objects.select_related("payment", "created_by").get(
            company_id=self.actor.company_id, id=allocation_id
        )
        items = read_named(actor=self.actor, obligation_ids=[allocation.obligation_id])
        made_by = allocation.created_by.display_name if allocation.created_by else ""
        return Response(
            {
                **allocation_row(allocation, items, created_by=made_by),
                "payment": payment_figures(allocation.payment),
                "unallocated_amount": allocation.payment.unallocated,
            },
            headers={"ETag": payment_etag(allocation.payment)},
        )


class VoidPaymentView(CompanyView):
    """`POST /api/payments/{id}/void`."""

    required_permission = {"POST": "payments.void"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Void a payment with every allocation",
        tags=["Payments"],
        request=VoidRequest,
        request_example={"reason": "The check was returned"},
        response=PaymentVoided.shown(status="voided"),
        description=waiting.EXPLAINED,
        more={202: waiting.Waiting},
        errors=[
            *("approval_pending", "reason_length", "payment_not_found", "already_voided"),
            *("payment_not_posted", "payment_refunded", "payment_returned", "refund_pending", "stale"),
            *("payment_deposited", "opening_locked", "at_the_bank"),
        ],
    )
    def post(self, request: Request, payment_id: UUID) -> Response:
        body = VoidRequest(data=request.data)
        body.is_valid(raise_exception=True)
        payment = void_payment(
            actor=self.actor,
            payment_id=payment_id,
            reason=body.validated_data["reason"],
            check=lambda locked: require_match(request, payment_etag(locked)),
        )
        if isinstance(payment, Approval):
            return waiting.accepted(payment)
        rows = list(
            Allocation.objects.select_related("created_by")
            .filter(company_id=self.actor.company_id, payment=payment_id)
            .order_by("id")
        )
        items = read_named(actor=self.actor, obligation_ids={each.obligation_id for each in rows})
        return Response(
            {
                **payment_figures(payment),
                "id": payment.id,
                "voided_at": payment.voided_at,
                "void_reason": payment.void_reason,
                "allocations": allocation_rows(rows, items),
            },
            headers={"ETag": payment_etag(payment)},
        )


class UndoOperationView(CompanyView):
    """`POST /api/operations/{operation_id}/undo`."""

    required_permission = {"POST": "payments.void_allocation"}

    @documented(
        "Undo an operation as a unit",
        tags=_TAGS,
        description=(
            "Voids every allocation that an auto-allocation, or any other operation, applied together; of a payment "
            "batch's operation every payment with its allocations, which above the company's limit for voids answers "
            "202: another user decides."
        ),
        request=VoidRequest,
        request_example={"reason": "Applied to the wrong invoices"},
        response=Either("Undone", (OperationUndone, BatchUndone)),
        more={202: waiting.Waiting},
        errors=[
            *("approval_pending", "reason_length", "operation_not_found", "already_undone"),
            *("operation_refunded", "refund_pending", "batch_running", "week_closed", "at_the_bank"),
            *("receipt_explained", "payment_deposited"),
        ],
    )
    def post(self, request: Request, operation_id: UUID) -> Response:
        body = VoidRequest(data=request.data)
        body.is_valid(raise_exception=True)
        batch = find_batch_operation(actor=self.actor, operation_id=operation_id)
        if batch is not None:
            undone_batch = undo_batch(actor=self.actor, batch=batch, reason=body.validated_data["reason"])
            if isinstance(undone_batch, Approval):
                return waiting.accepted(undone_batch)
            return Response(undone_document(undone_batch))
        undone = undo_operation(
            actor=self.actor, operation_id=operation_id, reason=body.validated_data["reason"]
        )
        return Response(
            {
                "operation_id": undone.operation_id,
                "undo_of": undone.undo_of,
                "status": "undone",
                "payments": [payment_figures(each) for each in undone.payments],
                **({"credit_memos": [credit_figures(each) for each in undone.memos]} if undone.memos else {}),
                "allocations": allocation_rows(undone.allocations, undone.items),
            }
        )


def find_payment(company_id: UUID, payment_id: UUID) -> Payment:
    """The payment. Raises PaymentNotFound (404)."""
    payment = Payment.objects.filter(company_id=company_id, id=payment_id).first()
    if payment is None:
        raise PaymentNotFound(f"There is no payment {payment_id}.")
    return payment
