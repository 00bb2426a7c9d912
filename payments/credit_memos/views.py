"""The HTTP endpoints of credit memos (docs/api.md#payments)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import require_match
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor
from ledger.serializers import explanation_row
from payments.credit_memos.filters import CreditMemoFilters
from payments.credit_memos.inputs import (
    CreditAllocationBody,
    CreditAutoInput,
    CreditMemoInput,
    CreditRefundInput,
    read_credit_allocations,
)
from payments.credit_memos.serializers import (
    COLUMNS,
    MEMO_ROW,
    CreditAllocated,
    CreditAutoAllocated,
    CreditExplained,
    CreditMemoDocument,
    CreditMemoRow,
    CreditPreview,
    CreditRefundPosted,
    CreditRefundWaits,
    credit_allocation_rows,
    memo_document,
    memo_etag,
    memo_row,
    plan_document,
    read_row,
    refund_document,
)
from payments.credit_memos.services.issuing import issue_credit_memo
from payments.credit_memos.services.reading import explain_credit
from payments.credit_memos.services.refunding import refund_credit
from payments.credit_memos.services.voiding import void_memo
from payments.errors import CreditMemoNotFound
from payments.models import Allocation, CreditMemo, CreditMemoLine, CreditRefund
from payments.serializers.interim import VoidRequest
from payments.services.auto import auto_allocate_credit, preview_credit
from payments.services.choosing import allocate_credit
from payments.services.credit_voids import void_credit_application
from payments.services.open_items import read_named

TAGS: Final = ["Credit Memos"]
_SORTING: Final = Sorting(
    {
        "issued_on": ("issued_on", "number_order"),
        "number": ("number_order",),
        "amount": ("amount", "number_order"),
        "left": ("left", "number_order"),
    },
    default="issued_on",
)
_OPTIONS: Final = ("option_not_taken", "option_missing", "named_twice", "not_open", "bad_percentage")


class CreditMemosView(CompanyView):
    """`/api/accounting/credit-memos`."""

    required_permission = {"GET": "payments.view", "POST": "payments.credit"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "List credit memos",
        tags=TAGS,
        response=api_page_of(CreditMemoRow),
        parameters=[*filter_parameters(CreditMemoFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        rows: Any = CreditMemo.objects.filter(company_id=self.actor.company_id)
        rows = rows.values(*(name for name in COLUMNS if name not in MEMO_ROW), "number_order", **MEMO_ROW)
        filtered = apply_filters(CreditMemoFilters, request.query_params, rows)
        return Response(api_page(request.query_params, filtered, sorting=_SORTING, shape=memo_row))

    @documented(
        "Issue a credit memo",
        tags=TAGS,
        description=(
            "It debits what the charge had credited, and is applied to its own item first; the rest is the customer's "
            f"credit. {waiting.EXPLAINED}"
        ),
        request=CreditMemoInput,
        request_example={
            "obligation_id": CreditMemoRow.example()["obligation_id"],
            "amount": "45.00",
            "reason": "The toll was another car's.",
        },
        status=201,
        response=CreditMemoDocument,
        more={202: waiting.Waiting},
        errors=[
            *("reason_length", "not_found", "invoice_not_found", "customer_not_found", "one_subject"),
            *(
                "above_creditable",
                "not_creditable",
                "principal_handed_over",
                "lease_required",
                "driver_not_on_lease",
            ),
            *("account_not_debited", "unknown_category", "unknown_currency", "approval_pending"),
        ],
    )
    def post(self, request: Request) -> Response:
        body = CreditMemoInput(data=request.data)
        body.is_valid(raise_exception=True)
        issued = issue_credit_memo(actor=self.actor, request=body.to_request())
        if issued.memo is None:
            assert issued.request is not None
            return waiting.accepted(issued.request)
        return _answer(self.actor, issued.memo.id, status=201)


class CreditMemoView(CompanyView):
    """`/api/accounting/credit-memos/{id}`."""

    required_permission = {"GET": "payments.view"}
    company_header_required = True

    @documented(
        "One credit memo, with what it debits and was used for",
        tags=TAGS,
        response=CreditMemoDocument,
        errors=["credit_memo_not_found"],
    )
    def get(self, request: Request, memo_id: UUID) -> Response:
        return _answer(self.actor, memo_id)


class ExplainCreditView(CompanyView):
    """`/api/accounting/credit-memos/{id}/explain`."""

    required_permission = {"GET": "payments.view"}
    company_header_required = True

    @documented(
        "Why a credit memo has left what it has",
        tags=TAGS,
        response=CreditExplained,
        errors=["credit_memo_not_found"],
    )
    def get(self, request: Request, memo_id: UUID) -> Response:
        explained = explain_credit(actor=self.actor, memo_id=memo_id)
        return Response(
            {
                "credit_memo": memo_row(read_row(memo_id, self.actor.company_id)),
                "explanation": explained.sentence(),
                "events": [explanation_row(each) for each in explained.events],
            }
        )


class CreditAllocationsView(CompanyView):
    """`POST /api/accounting/credit-memos/{id}/allocations`."""

    required_permission = {"POST": "payments.allocate"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Apply a credit memo",
        tags=TAGS,
        description=(
            "One allocation's members, or `allocations` with a list that is applied as a whole or not at all."
        ),
        request=CreditAllocationBody,
        request_example={"obligation_id": CreditMemoRow.example()["obligation_id"], "amount": "20.00"},
        status=201,
        response=CreditAllocated,
        errors=[
            *("credit_memo_not_found", "credit_voided", "stale", "above_unallocated", "above_outstanding"),
            *("obligation_not_payable", "other_customer", "other_currency", "duplicate", "date_too_early"),
            *("date_in_future", "date_closed", "one_body_form"),
        ],
    )
    def post(self, request: Request, memo_id: UUID) -> Response:
        done = allocate_credit(
            actor=self.actor,
            memo_id=memo_id,
            requests=read_credit_allocations(request.data),
            check=lambda locked: require_match(request, memo_etag(locked)),
        )
        return Response(
            {
                "operation_id": done.applied.operation_id,
                "allocations": credit_allocation_rows(
                    done.applied.allocations, done.items, created_by=self.actor.name
                ),
                "credit_memo": memo_row(read_row(memo_id, self.actor.company_id)),
            },
            status=201,
            headers={"ETag": memo_etag(done.applied.memo)},
        )


class CreditAutoView(CompanyView):
    """`POST /api/accounting/credit-memos/{id}/allocations/auto`."""

    required_permission = {"POST": "payments.allocate"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Apply a credit memo by a strategy",
        tags=TAGS,
        description=(
            "`preview: true` answers 200 and writes nothing; send its `plan_hash` back to apply exactly that "
            "plan, or get 409 `plan_stale`."
        ),
        request=CreditAutoInput,
        request_example={"strategy": "hierarchy"},
        status=201,
        response=CreditAutoAllocated,
        more={200: CreditPreview},
        errors=[
            *("credit_memo_not_found", "credit_voided", "stale", "unknown_strategy"),
            *("unknown_priority_rule", "unknown_category", "plan_stale"),
            *_OPTIONS,
        ],
    )
    def post(self, request: Request, memo_id: UUID) -> Response:
        body = CreditAutoInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        options = body.options(strategy=values["strategy"].strip())
        if values["preview"]:
            made = preview_credit(actor=self.actor, memo_id=memo_id, options=options)
            return Response(plan_document(made, created_by=self.actor.name))
        made = auto_allocate_credit(
            actor=self.actor,
            memo_id=memo_id,
            options=options,
            plan_hash=values.get("plan_hash") or "",
            check=lambda locked: require_match(request, memo_etag(locked)),
        )
        return Response(
            plan_document(made, created_by=self.actor.name),
            status=201,
            headers={"ETag": memo_etag(made.memo)},
        )


class VoidCreditAllocationView(CompanyView):
    """`POST /api/accounting/credit-memos/{id}/allocations/{allocation_id}/void`."""

    required_permission = {"POST": "payments.void_allocation"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Take back what a credit memo was applied to",
        tags=TAGS,
        request=VoidRequest,
        request_example={"reason": "Applied to the wrong toll"},
        response=CreditMemoDocument,
        errors=[
            *("reason_length", "allocation_not_found", "allocation_not_live", "week_closed", "stale"),
            "credit_memo_not_found",
        ],
    )
    def post(self, request: Request, memo_id: UUID, allocation_id: UUID) -> Response:
        body = VoidRequest(data=request.data)
        body.is_valid(raise_exception=True)
        void_credit_application(
            actor=self.actor,
            memo_id=memo_id,
            allocation_id=allocation_id,
            reason=body.validated_data["reason"],
            check=lambda locked: require_match(request, memo_etag(locked)),
        )
        return _answer(self.actor, memo_id)


class RefundCreditView(CompanyView):
    """`POST /api/accounting/credit-memos/{id}/refund`."""

    required_permission = {"POST": "payments.refund"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Pay back what is left of a credit memo",
        tags=TAGS,
        description=f"All that is left, unless an amount is given. {waiting.EXPLAINED}",
        request=CreditRefundInput,
        request_example={"amount": "10.00", "reason": "He drives no more.", "method": "ach"},
        status=201,
        response=CreditRefundPosted,
        more={202: CreditRefundWaits},
        errors=[
            *("reason_length", "credit_memo_not_found", "credit_voided", "above_left", "stale"),
            *(
                "unknown_method",
                "bank_account_not_found",
                "drawer_not_found",
                "drawer_short",
                "no_bank_account",
            ),
            *("wrong_place", "date_in_future", "date_closed"),
        ],
    )
    def post(self, request: Request, memo_id: UUID) -> Response:
        body = CreditRefundInput(data=request.data)
        body.is_valid(raise_exception=True)
        amount, reason, paid_from = body.to_values()
        done = refund_credit(
            actor=self.actor,
            memo_id=memo_id,
            amount=amount,
            reason=reason,
            paid_from=paid_from,
            check=lambda locked: require_match(request, memo_etag(locked)),
        )
        row = memo_row(read_row(memo_id, self.actor.company_id))
        return Response(
            refund_document(done, row),
            status=201 if done.refund else 202,
            headers={"ETag": memo_etag(done.memo)},
        )


class VoidCreditMemoView(CompanyView):
    """`POST /api/accounting/credit-memos/{id}/void`."""

    required_permission = {"POST": "payments.credit"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Void a credit memo as far as it is not used",
        tags=TAGS,
        description="What it was applied to its own item is owed again; what is left is the customer's no more.",
        request=VoidRequest,
        request_example={"reason": "The toll was his after all"},
        response=CreditMemoDocument.shown(status="voided"),
        errors=[
            *("reason_length", "credit_memo_not_found", "already_voided", "credit_used", "refund_pending"),
            *("opening_locked", "credit_final"),
            *("week_closed", "stale"),
        ],
    )
    def post(self, request: Request, memo_id: UUID) -> Response:
        body = VoidRequest(data=request.data)
        body.is_valid(raise_exception=True)
        void_memo(
            actor=self.actor,
            memo_id=memo_id,
            reason=body.validated_data["reason"],
            check=lambda locked: require_match(request, memo_etag(locked)),
        )
        return _answer(self.actor, memo_id)


def _answer(actor: Actor, memo_id: UUID, *, status: int = 200) -> Response:
    """The whole memo. Raises CreditMemoNotFound (404)."""
    here = {"company_id": actor.company_id}
    memo = CreditMemo.objects.filter(**here, id=memo_id).first()
    if memo is None:
        raise CreditMemoNotFound(f"There is no credit memo {memo_id}.")
    allocations = list(
        Allocation.objects.select_related("created_by").filter(**here, memo=memo_id).order_by("id")
    )
    headers = {"ETag": memo_etag(memo)}
    if status == 201:
        headers["Location"] = memo.url
    document = memo_document(
        read_row(memo_id, actor.company_id),
        lines=CreditMemoLine.objects.select_related("invoice_line")
        .filter(**here, memo=memo_id)
        .order_by("place"),
        allocations=allocations,
        items=read_named(actor=actor, obligation_ids={each.obligation_id for each in allocations}),
        refunds=CreditRefund.objects.select_related("refunded_by")
        .filter(**here, memo=memo_id)
        .order_by("id"),
    )
    return Response(document, status=status, headers=headers)
