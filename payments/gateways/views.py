"""The endpoint at which gateways report what became of charges (docs/api.md#outstanding-amounts)."""

from __future__ import annotations

from typing import Final

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import Answer, Choice, Flag
from batconnect.core.api.base import PublicView
from batconnect.core.api.fields import MoneyInput
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


class GatewayEvent(serializers.Serializer):
    """What became of a charge, for the documentation; `services.events` reads it."""

    event_id = serializers.CharField(max_length=100)
    type = serializers.ChoiceField(
        choices=["charge.processing", "charge.settled", "charge.failed", "charge.cancelled"]
    )
    timestamp = serializers.DateTimeField(help_text="Or seconds since 1970.")
    reference = serializers.CharField(max_length=60)
    gateway_reference = serializers.CharField(required=False, allow_blank=True)
    amount = MoneyInput(required=False, help_text="Of charge.settled.")
    currency = serializers.CharField(help_text="The charge's.")
    reason = serializers.CharField(required=False, allow_blank=True)


class EventReceived(Answer):
    """What the event did."""

    received = Flag(True)
    outcome = Choice(["applied", "ignored", "duplicate", "unknown_reference"])


class GatewayEventsView(PublicView):
    """`POST /api/gateway-events/{endpoint_id}`: signed, so without token, company header or idempotency key."""

    @documented(
        "A gateway reports what became of a charge",
        tags=["Payments"],
        request=GatewayEvent,
        request_example=_EVENT,
        response=EventReceived,
        errors=["event_out_of_time", "signature_invalid", "gateway_endpoint_not_found"],
        description=(
            "`X-Signature` is the HMAC-SHA256 of the raw body in hexadecimal, by the endpoint's secret; `timestamp` "
            "is within 5 minutes of now. Types: charge.processing, charge.settled, charge.failed, charge.cancelled. "
            "Each `event_id` counts once; outcomes: applied, ignored, duplicate, unknown_reference."
        ),
    )
    def post(self, request: Request, endpoint_id: str) -> Response:
        accepted = accept_event(
            endpoint_id=endpoint_id,
            body=request._request.body,
            signature=request.headers.get("X-Signature", ""),
        )
        return Response({"received": True, "outcome": accepted.outcome})
