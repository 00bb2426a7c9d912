"""Charges and what becomes of them: the only code that changes a charge's state."""

from payments.gateways.services.charges import (
    SEND_CHARGES,
    plan_charge,
    reconcile_charges,
    send_charges,
)
from payments.gateways.services.endpoints import (
    change_endpoint,
    connect_gateway,
    endpoint_in_use,
    secrets_of,
)
from payments.gateways.services.events import Accepted, accept_event
from payments.gateways.services.outcomes import apply_outcome

__all__ = [
    "SEND_CHARGES",
    "Accepted",
    "accept_event",
    "apply_outcome",
    "change_endpoint",
    "connect_gateway",
    "endpoint_in_use",
    "plan_charge",
    "reconcile_charges",
    "secrets_of",
    "send_charges",
]
