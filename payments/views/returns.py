"""The HTTP endpoint of payments that came back (docs/api.md#payments)."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import require_match
from batconnect.core.api.schema import documented
from batconnect.core.models import Approval
from payments.serializers.returns import PaymentTakenBack, ReturnInput, return_document
from payments.services.returns import return_payment
from payments.views.interim import payment_etag


class ReturnPaymentView(CompanyView):
    """`POST /api/payments/{id}/return`."""

    required_permission = {"POST": "payments.return"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Record that the bank took a payment back",
        tags=["Payments"],
        description=(
            "What it had paid is owed again; what had been refunded of it is charged to the customer as MISC "
            f"`RET-…`, a fee as MISC `NSF-…`. It counts against the limit for voids. {waiting.EXPLAINED}"
        ),
        request=ReturnInput,
        request_example={"reason_code": "R01", "fee": 20},
        response=PaymentTakenBack.shown(status="returned"),
        more={202: waiting.Waiting},
        errors=[
            *(
                "payment_not_found",
                "payment_not_posted",
                "payment_returned",
                "payment_deposited",
                "payment_not_returnable",
            ),
            *(
                "above_returnable",
                "lease_required",
                "refund_pending",
                "approval_pending",
                "reference_taken",
                "stale",
            ),
            *("bank_account_not_found", "no_bank_account", "wrong_place"),
        ],
    )
    def post(self, request: Request, payment_id: UUID) -> Response:
        body = ReturnInput(data=request.data)
        body.is_valid(raise_exception=True)
        done = return_payment(
            actor=self.actor,
            payment_id=payment_id,
            **body.validated_data,
            check=lambda locked: require_match(request, payment_etag(locked)),
        )
        if isinstance(done, Approval):
            return waiting.accepted(done)
        return Response(return_document(done), headers={"ETag": payment_etag(done.payment)})
