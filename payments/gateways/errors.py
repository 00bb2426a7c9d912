"""What the entry points to payment gateways refuse."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound, Refusal


class EndpointNotFound(NotFound):
    """404: no gateway delivers its events here."""

    code = "gateway_endpoint_not_found"
    title = "No such endpoint"
    remedy = "Use the address that the console shows for the gateway; an inactive one takes no events."


class SignatureRefused(Refusal):
    """401: the event's signature does not fit its body."""

    status = 401
    code = "signature_invalid"
    title = "The signature does not match"
    remedy = "Sign the raw body with HMAC-SHA256 and the endpoint's secret, in X-Signature as hexadecimal."


class NoGateway(Conflict):
    """409: the company has no gateway that could take an electronic payment."""

    code = "gateway_not_configured"
    title = "No payment gateway"
    remedy = "An administrator connects a gateway in the console, or the payment is made offline."


EVENT_TOO_OLD: Final = declare_code(
    "event_out_of_time",
    status=400,
    title="The event's timestamp is too far from now",
    remedy="Deliver the event again, stamped and signed at that moment, with the same event_id.",
)
URL_REFUSED: Final = declare_code(
    "gateway_url_refused",
    status=400,
    title="The gateway's address is not accepted",
    remedy="Give an https address on one of the hosts that GATEWAY_HOSTS lists.",
)
