"""The endpoint at which gateways report what became of charges (docs/api.md#outstanding-amounts)."""

from __future__ import annotations

from typing import Final

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.base import PublicView
from batconnect.core.api.schema import documented
from payments.gateways.services import accept_event

_EVENT: Final = {
    "event_id": "evt_8f14e45f",
    "type": "charge.settled",
    "timestamp": "2026-01-15T10:30:00Z",
    "reference": "TXN_ABC123DEF456",
    "gateway_reference": "ch_5531",
    "amount": "138750.00",
    "currency": "USD",
    "reason": "",
}


class GatewayEventsView(PublicView):
    """`POST /api/gateway-events/{endpoint_id}`: signed, so without token, company header or idempotency key."""

    @documented(
        "A gateway reports what became of a charge",
        tags=["Payments"],
        request=_EVENT,
        response={"received": True, "outcome": "applied"},
        errors=[
            "malformed_body",
            "invalid",
            "event_out_of_time",
            "signature_invalid",
            "gateway_endpoint_not_found",
        ],
        description=(
            "`X-Signature` is the HMAC-SHA256 of the raw body in hexadecimal, by the endpoint's secret; `timestamp` "
            "is within 5 minutes of now. Types: charge.processing, charge.settled, charge.failed, charge.cancelled. "
            "Each `event_id` counts once; outcomes: applied, ignored, duplicate, unknown_reference."
        ),
        public=True,
    )
    def post(self, request: Request, endpoint_id: str) -> Response:
        accepted = accept_event(
            endpoint_id=endpoint_id,
            body=request._request.body,
            signature=request.headers.get("X-Signature", ""),
        )
        return Response({"received": True, "outcome": accepted.outcome})
