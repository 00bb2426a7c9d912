"""What the pages of gateways and of what was asked for through them show first."""

from __future__ import annotations

from typing import Any, Final

from batconnect.core.console.faces import Card, Face, Money, Stamp, stamped
from batconnect.core.kernel.actors import Actor
from payments.gateways.models import GatewayCharge, GatewayEndpoint
from payments.gateways.services import secrets_of
from payments.rules.methods import method_label

_TONES: Final[dict[str, Any]] = {
    "waiting": "warn",
    "sent": "warn",
    "settled": "good",
    "failed": "bad",
    "cancelled": "bad",
}


def describe_secret(row: GatewayEndpoint) -> str:
    """Whether its secret is set, never what it is."""
    if row.kind.own_secrets is not None:
        return "not needed"
    return "set" if secrets_of(row) else f"missing: set GATEWAY_SECRET_{row.id.hex.upper()}"


def _endpoint_card(actor: Actor, row: GatewayEndpoint) -> Card:
    is_ready = row.kind.own_secrets is not None or bool(secrets_of(row))
    return Card(
        kind="Gateway",
        number=row.kind.label,
        status="Switched off" if not row.is_active else "In use" if is_ready else "Its secret is missing",
        tone="" if not row.is_active else "good" if is_ready else "warn",
        since=row.created_at,
        since_is="connected",
        facts=(
            ("Moves money", "Yes" if row.kind.moves_money else "No: it is there to try things with"),
            ("Address", row.url),
        ),
        next_step="" if is_ready or not row.is_active else "Have its secret set where the system is run.",
    )


def _charge_card(actor: Actor, row: GatewayCharge) -> Card:
    is_out = row.state in (GatewayCharge.State.WAITING, GatewayCharge.State.SENT)
    settled = row.settled_amount
    return Card(
        kind="Charge through a gateway",
        number=row.reference,
        amount=Money(row.amount, row.currency),
        status=str(row.get_state_display()),
        tone=_TONES.get(row.state, ""),
        since=row.finished_at or row.created_at,
        sentence=row.reason,
        facts=(
            ("Gateway", row.endpoint),
            ("Paid by", method_label(row.method)),
            ("Settled", Money(settled, row.currency) if settled is not None else None),
            ("Number at the gateway", row.gateway_reference),
            ("Next attempt", row.due_at if is_out else None),
        ),
        next_step="Nothing: the gateway is asked again by itself." if is_out else "",
    )


ENDPOINT_FACE: Final = Face(card=_endpoint_card)
CHARGE_FACE: Final = Face(card=_charge_card)
stamped(GatewayEndpoint, Stamp("created_at", "Connected"))
stamped(
    GatewayCharge,
    Stamp("created_at", "Asked for"),
    Stamp("finished_at", lambda row: str(row.get_state_display()), reason="reason"),
)
