"""The HTTP door of outstanding amounts.

Rule: docs/seeds.md#outstanding-amounts, docs/api.md#outstanding-amounts.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.base import CompanyView
from batconnect.core.api.fields import NotADay, parse_day
from batconnect.core.api.schema import documented
from batconnect.core.clock import today
from batconnect.core.errors import InvalidInput
from batconnect.core.money import ZERO
from outstanding import examples
from outstanding.querysets import active_plan, read_summary
from outstanding.rules.modes import is_offline
from outstanding.serializers import PayRequest, SetupPlanRequest
from outstanding.services import PlanMade, PlanRequest, cancel_plan, pay_installments, setup_plan
from outstanding.shapes import plan_body, planned_rows, summary_body

_REFUSED: Final = ("permission_denied", "renewal_case_not_found")
_AS_OF: Final = OpenApiParameter("as_of", date, description="What was outstanding at the end of that day.")


class SummaryView(CompanyView):
    """`GET …/outstanding-amounts/summary/`."""

    required_permission = {"GET": "outstanding.view"}

    @documented(
        "What a renewal case owes",
        tags=examples.TAGS,
        response=examples.SUMMARY,
        errors=["invalid", *_REFUSED],
        parameters=[_AS_OF],
        description="While a payment plan is active its open rows stand in place of what they cover.",
    )
    def get(self, request: Request, case_id: str) -> Response:
        asked = request._request.GET.get("as_of")
        as_of = None if asked is None else _day(asked)
        summary = read_summary(actor=self.actor, case=case_id, as_of=as_of)
        return _success(summary_body(summary, on=as_of or today(self.actor.company)))


class PayView(CompanyView):
    """`POST …/outstanding-amounts/pay/`."""

    required_permission = {"POST": "outstanding.collect"}

    @documented(
        "Pay outstanding installments",
        tags=examples.TAGS,
        request=PayRequest,
        request_example=examples.PAY_REQUEST,
        response=examples.PAY,
        errors=[
            *(
                "invalid",
                "unknown_installment",
                "installment_paid",
                "installment_in_plan",
                "installment_twice",
            ),
            *(
                "installment_processing",
                "nothing_outstanding",
                "illegal_transition",
                "gateway_not_configured",
            ),
            *_REFUSED,
        ],
        description="Cash, cheque and bank transfer settle at once; every other mode waits for the gateway.",
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
            notes=values["payment_notes"],
        )
        payment = made.payment
        verb = "completed" if is_offline(payment.mode) else "initiated"
        return _success(
            {
                "success": True,
                "message": f"Payment {verb} for {_count(made.rows)}",
                "payment_id": payment.id,
                "transaction_id": payment.transaction_id,
                "total_amount": payment.amount,
                "status": payment.status,
                "payment_number": payment.payment.number if payment.payment else None,
            }
        )


class SetupPlanView(CompanyView):
    """`POST …/outstanding-amounts/setup-payment-plan/`."""

    required_permission = {"POST": "outstanding.plan"}

    @documented(
        "Set up a payment plan",
        tags=examples.TAGS,
        request=SetupPlanRequest,
        request_example=examples.PLAN_REQUEST,
        response=examples.SETUP,
        errors=[
            *("invalid", "share_of_zero", "start_too_late", "auto_payment_needs_electronic_method"),
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
                notes=values["plan_notes"],
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
        tags=examples.TAGS,
        response=examples.PLAN,
        errors=["no_payment_plan", *_REFUSED],
    )
    def get(self, request: Request, case_id: str) -> Response:
        summary = read_summary(actor=self.actor, case=case_id)
        plan = active_plan(actor=self.actor, case_id=summary.case_id)
        return _success(plan_body(plan, summary, on=today(self.actor.company)))

    @documented(
        "Cancel the payment plan",
        tags=examples.TAGS,
        response=examples.CANCELLED,
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
