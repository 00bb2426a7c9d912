"""What a gateway says of a charge, brought to the charge and to whoever asked for it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from payments.gateways import purposes
from payments.gateways.interface import Outcome, Result
from payments.gateways.models import GatewayCharge
from payments.gateways.purposes import NotSettled, Settled

_State = GatewayCharge.State
_LIVE: Final = (_State.WAITING, _State.SENT)


@joins_transaction
def apply_outcome(*, actor: Actor, charge_id: UUID, outcome: Outcome) -> str:
    """Bring a charge to the state its gateway reports, and notify whoever asked for it: `applied`, or `ignored`.

    A settled charge stays settled. One that failed or was cancelled and is settled after all is settled: the money
    is there. Everything else that comes late or out of order changes nothing.
    """
    charge = locked_charge(actor, charge_id)
    if outcome.gateway_reference and not charge.gateway_reference:
        charge.gateway_reference = outcome.gateway_reference
        charge.save(update_fields=["gateway_reference"])
    subject = purposes.purpose_of(charge.subject_type)
    if outcome.result == Result.SETTLED and charge.state != _State.SETTLED:
        assert outcome.amount is not None
        is_late = charge.state not in _LIVE
        charge.settled_amount = outcome.amount
        _finish(charge, _State.SETTLED, "")
        subject.on_settled(actor, charge.subject_id, Settled(outcome.amount, is_late))
        return "applied"
    if outcome.result in (Result.FAILED, Result.CANCELLED) and charge.state in _LIVE:
        is_cancelled = outcome.result == Result.CANCELLED
        _finish(charge, _State.CANCELLED if is_cancelled else _State.FAILED, outcome.reason)
        subject.on_failed(actor, charge.subject_id, NotSettled(outcome.reason, is_cancelled))
        return "applied"
    return "ignored"


@joins_transaction
def locked_charge(actor: Actor, charge_id: UUID) -> GatewayCharge:
    """The charge, locked until the transaction ends."""
    return GatewayCharge.objects.select_for_update(no_key=True).get(company_id=actor.company_id, id=charge_id)


def _finish(charge: GatewayCharge, state: GatewayCharge.State, reason: str) -> None:
    charge.state = state
    charge.reason = reason[:200]
    charge.finished_at = clock.now()
    charge.save(update_fields=["state", "reason", "finished_at", "settled_amount"])
