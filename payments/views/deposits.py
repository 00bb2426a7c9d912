"""The HTTP endpoint by which a security deposit is taken from a payment (docs/domain.md#deposits)."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import require_match
from batconnect.core.api.schema import documented
from ledger.clearing.serializers import DepositDocument, deposit_document
from payments.serializers.deposits import TakeDepositInput
from payments.services.deposits import take_deposit
from payments.views.interim import payment_etag


class TakeDepositView(CompanyView):
    """`POST /api/payments/{id}/security-deposit`."""

    required_permission = {"POST": "ledger.handle_deposits"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Hold a part of a payment as security deposit",
        tags=["Payments"],
        request=TakeDepositInput,
        request_example={"lease_id": "LS-2054", "amount": 500},
        status=201,
        response=DepositDocument,
        errors=[
            *("payment_not_found", "payment_not_posted", "above_unallocated", "lease_unknown"),
            *("not_its_driver", "check_held", "stale"),
        ],
    )
    def post(self, request: Request, payment_id: UUID) -> Response:
        body = TakeDepositInput(data=request.data)
        body.is_valid(raise_exception=True)
        deposit = take_deposit(
            actor=self.actor,
            payment_id=payment_id,
            lease=body.validated_data["lease_id"],
            amount=body.validated_data["amount"],
            check=lambda locked: require_match(request, payment_etag(locked)),
        )
        return Response(deposit_document(actor=self.actor, deposit_id=deposit.id), status=201)
