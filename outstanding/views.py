"""The HTTP endpoints of outstanding amounts.

Rule: docs/seeds.md#outstanding-amounts, docs/api.md#outstanding-amounts.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import Answer, Flag
from batconnect.core.api.base import CompanyView
from batconnect.core.api.fields import NotADay, parse_day
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import ZERO
from outstanding.payment_list import find_payment, payment_rows
from outstanding.payment_shapes import (
    FollowedDocument,
    FollowedPayments,
    PaymentBegun,
    item_body,
    payment_body,
    payment_url,
)
from outstanding.querysets import active_plan, find_renewal, read_summary
from outstanding.serializers import CancelRequest, PayRequest, SetupPlanRequest
from outstanding.services import (
    PlanMade,
    PlanRequest,
    cancel_plan,
    cancel_renewal,
    pay_installments,
    setup_plan,
)
from outstanding.shapes import (
    OutstandingSummary,
    PlanCancelled,
    PlanDocument,
    PlanMadeDocument,
    PolicyCancelled,
    cancelled_body,
    plan_body,
    planned_rows,
    summary_body,
)

_TAGS: Final = ["Outstanding Amounts"]
_REFUSED: Final = ("renewal_case_not_found",)
_PAYMENTS: Final = Sorting(
    {"initiated_on": ("initiated_on", "pk"), "amount": ("amount", "pk"), "payment_id": ("pk",)},
    default="payment_id",
)
_AS_OF: Final = OpenApiParameter("as_of", date, description="What was outstanding at the end of that day.")


def _succeeded(data: type[Answer]) -> type[Answer]:
    """The seed's envelope of an answer."""
    return type(f"{data.__name__}Success", (Answer,), {"success": Flag(True), "data": data()})


class SummaryView(CompanyView):
    """`GET …/outstanding-amounts/summary/`."""

    required_permission = {"GET": "outstanding.view"}

    @documented(
        "What a renewal case owes",
        tags=_TAGS,
        response=_succeeded(OutstandingSummary),
        errors=[*_REFUSED],
        parameters=[_AS_OF],
        description="While a payment plan is active, its open rows replace the installments that they cover.",
    )
    def get(self, request: Request, case_id: str) -> Response:
        text = request._request.GET.get("as_of")
        as_of = None if text is None else _day(text)
        summary = read_summary(actor=self.actor, case=case_id, as_of=as_of)
        return _success(summary_body(summary, on=as_of or today(self.actor.company)))


class PayView(CompanyView):
    """`POST …/outstanding-amounts/pay/`."""

    required_permission = {"POST": "outstanding.collect"}

    @documented(
        "Pay outstanding installments",
        tags=_TAGS,
        request=PayRequest,
        request_example={
            "installment_ids": [1, 2, 3],
            "payment_mode": "upi",
            "payment_notes": "Payment notes",
        },
        response=_succeeded(PaymentBegun),
        errors=[
            *("unknown_installment", "installment_paid", "installment_in_plan", "installment_twice"),
            *("installment_processing", "nothing_outstanding", "illegal_transition"),
            "gateway_not_configured",
            *_REFUSED,
        ],
        description="Cash, check and bank transfer settle at once; every other mode waits for the gateway. The "
        "message is the same: `status` is the payment's outcome, and `url` lets you follow it.",
    )
    def post(self, request: Request, case_id: str) -> Response:
        body = PayRequest(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        made = pay_installments(
            actor=self.actor,
            case=case_id,
            mode=values["payment_mode"],
            row_ids=values.get("installment_ids"),
            notes=values["payment_notes"] or "",
        )
        payment = made.payment
        return _success(
            {
                "success": True,
                "message": f"Payment initiated for {_count(made.rows)}",
                "payment_id": payment.id,
                "transaction_id": payment.transaction_id,
                "total_amount": payment.amount,
                "status": payment.status,
                "payment_number": payment.payment.number if payment.payment else None,
                "url": payment_url(payment.id),
            }
        )


class SetupPlanView(CompanyView):
    """`POST …/outstanding-amounts/setup-payment-plan/`."""

    required_permission = {"POST": "outstanding.plan"}

    @documented(
        "Set up a payment plan",
        tags=_TAGS,
        request=SetupPlanRequest,
        request_example={
            "installment_count": 3,
            "start_date": "2024-01-01",
            "payment_frequency": "monthly",
            "payment_method": "auto_debit",
            "auto_payment_enabled": True,
            "plan_notes": "Plan notes",
        },
        response=_succeeded(PlanMadeDocument),
        errors=[
            *("share_of_zero", "start_too_late", "auto_payment_needs_electronic_method"),
            *("payment_plan_active", "installment_processing", "nothing_outstanding", "illegal_transition"),
            *_REFUSED,
        ],
        description="`preview: true` stores nothing; `replace: true` replaces the active plan.",
    )
    def post(self, request: Request, case_id: str) -> Response:
        body = SetupPlanRequest(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        made = setup_plan(
            actor=self.actor,
            case=case_id,
            wanted=PlanRequest(
                installment_count=values["installment_count"],
                start_date=values["start_date"],
                frequency=values["payment_frequency"],
                method=values["payment_method"],
                auto_payment_enabled=values["auto_payment_enabled"],
                notes=values["plan_notes"] or "",
            ),
            preview=values["preview"],
            replace=values["replace"],
        )
        return _success(_made(made, values["payment_frequency"]))


class PlanView(CompanyView):
    """`GET` and `DELETE …/outstanding-amounts/payment-plan/`."""

    required_permission = {"GET": "outstanding.view", "DELETE": "outstanding.plan"}

    @documented(
        "The active payment plan",
        tags=_TAGS,
        response=_succeeded(PlanDocument),
        errors=["no_payment_plan", *_REFUSED],
    )
    def get(self, request: Request, case_id: str) -> Response:
        summary = read_summary(actor=self.actor, case=case_id)
        plan = active_plan(actor=self.actor, case_id=summary.case_id)
        return _success(plan_body(plan, summary, on=today(self.actor.company)))

    @documented(
        "Cancel the payment plan",
        tags=_TAGS,
        response=_succeeded(PlanCancelled),
        errors=["no_payment_plan", "installment_processing", *_REFUSED],
        description="The summary lists the installments again; the debt stays the same.",
    )
    def delete(self, request: Request, case_id: str) -> Response:
        plan = cancel_plan(actor=self.actor, case=case_id)
        rows = read_summary(actor=self.actor, case=case_id).rows
        return _success(
            {
                "success": True,
                "message": "Payment plan cancelled",
                "plan_id": plan.id,
                "total_outstanding": sum((row.amount for row in rows), ZERO),
            }
        )


class CancelView(CompanyView):
    """`POST …/outstanding-amounts/cancel/`."""

    required_permission = {"POST": "outstanding.cancel"}

    @documented(
        "Cancel the policy",
        tags=_TAGS,
        request=CancelRequest,
        request_example={"effective_on": "2024-08-15", "unearned": "750.00", "reason": "The car was sold"},
        response=_succeeded(PolicyCancelled),
        errors=[
            *("installment_processing", "illegal_transition", "reason_length", "term_or_figure"),
            *("outside_term", "above_premium", *_REFUSED),
        ],
        description=(
            "Its plan ends, and what is unearned is credited from the latest installment back. What was paid above "
            "what is earned becomes a credit of the customer. What is earned and unpaid stays owed."
        ),
    )
    def post(self, request: Request, case_id: str) -> Response:
        body = CancelRequest(data=request.data)
        body.is_valid(raise_exception=True)
        return _success(cancelled_body(cancel_renewal(actor=self.actor, case=case_id, **body.validated_data)))


class PaymentsView(CompanyView):
    """`GET …/outstanding-amounts/payments/`."""

    required_permission = {"GET": "outstanding.view"}

    @documented(
        "The payments of a renewal case",
        tags=_TAGS,
        response=_succeeded(FollowedPayments),
        errors=[*_REFUSED],
        parameters=paging_parameters(screen=False),
        description="Newest first: payments in progress, settled and failed.",
    )
    def get(self, request: Request, case_id: str) -> Response:
        renewal = find_renewal(actor=self.actor, case=case_id)
        page = api_page(
            request._request.GET,
            payment_rows(company_id=self.actor.company_id).filter(renewal_case=renewal.pk),
            sorting=_PAYMENTS,
            shape=lambda row: payment_body(self.actor, row),
        )
        return _success(page)


class PaymentView(CompanyView):
    """`GET /api/case-tracking/payments/{payment_id or transaction_id}/`."""

    required_permission = {"GET": "outstanding.view"}

    @documented(
        "The outcome of a payment",
        tags=_TAGS,
        response=_succeeded(FollowedDocument),
        errors=["customer_payment_not_found"],
        description="By `payment_id` (123) or `transaction_id` (TXN_ABC123DEF456), as `pay/` returned them.",
    )
    def get(self, request: Request, payment_id: str) -> Response:
        row, items = find_payment(actor=self.actor, payment=payment_id)
        return _success(
            {**payment_body(self.actor, row), "installments": [item_body(each) for each in items]}
        )


def _success(data: dict[str, Any]) -> Response:
    return Response({"success": True, "data": data})


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except NotADay as error:
        raise InvalidInput(str(error), field="as_of") from error


def _count(rows: int) -> str:
    return f"{rows} installment{'' if rows == 1 else 's'}"


def _made(made: PlanMade, frequency: str) -> dict[str, Any]:
    stored = made.plan is not None
    what = "Payment plan created with" if stored else "Preview of a payment plan with"
    return {
        "success": True,
        "message": f"{what} {_count(len(made.rows))}",
        "total_amount": made.total,
        "installment_amount": made.rows[0].amount,
        "installment_count": len(made.rows),
        "payment_frequency": frequency,
        "schedules_created": len(made.ids),
        "plan_id": made.plan.id if made.plan else None,
        "warnings": made.warnings,
        "schedules": planned_rows(made),
    }
