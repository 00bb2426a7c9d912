"""A gateway of our own that moves no money, so that a demo shows each outcome. Switched off (GATEWAY_SANDBOX) it
declines every charge, also those that began while it was on. The method decides:

| method | what becomes of the charge |
|---|---|
| `wallet`, `nach` | declined at once |
| `net_banking` | stays pending; settled once somebody asks (`reconcile_gateway`) |
| `emi` | stays pending forever |
| every other | settled at once |
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC
from decimal import Decimal
from typing import Final
from uuid import UUID

import orjson
from django.conf import settings

from batconnect.core.kernel import clock
from payments.gateways.interface import GatewayKind, Instruction, Outcome, Result, Taken

_DECLINED: Final = {"wallet": "The wallet's balance is too low.", "nach": "The mandate was refused."}
_PENDING: Final = "emi"
_ON_ASKING: Final = "net_banking"


def decide(*, method: str, amount: Decimal, is_question: bool) -> Outcome:
    """What becomes of a charge by this method; `is_question` is a look-up, not the beginning."""
    if not settings.GATEWAY_SANDBOX:
        return Outcome(Result.FAILED, reason="The sandbox gateway is switched off.")
    if method in _DECLINED:
        return Outcome(Result.FAILED, reason=_DECLINED[method])
    if method == _PENDING or (method == _ON_ASKING and not is_question):
        return Outcome(Result.PROCESSING)
    return Outcome(Result.SETTLED, amount=amount)


class SandboxGateway:
    """Decides on the spot, and hands its event over with the answer instead of calling us."""

    def create(self, instruction: Instruction) -> Taken:
        outcome = decide(method=instruction.method, amount=instruction.amount, is_question=False)
        name = f"sandbox-{instruction.key.hex[-12:]}"
        taken = Outcome(Result.PROCESSING, gateway_reference=name)
        if outcome.result == Result.PROCESSING:
            return Taken(taken)
        event = {
            "event_id": f"{name}-{outcome.result.value}",
            "type": f"charge.{outcome.result.value}",
            "timestamp": clock.now().astimezone(UTC).isoformat(),
            "reference": instruction.reference,
            "gateway_reference": name,
            "amount": None if outcome.amount is None else str(outcome.amount),
            "currency": instruction.currency,
            "reason": outcome.reason,
        }
        return Taken(taken, orjson.dumps(event))

    def look_up(self, instruction: Instruction) -> Outcome:
        return decide(method=instruction.method, amount=instruction.amount, is_question=True)


def secrets_by_key(endpoint_id: UUID) -> list[bytes]:
    """What the installation's keys make of the endpoint's id, the current key's first."""
    text = f"gateway sandbox {endpoint_id}".encode()
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [hmac.new(key.encode(), text, hashlib.sha256).digest() for key in keys]


SANDBOX: Final = GatewayKind(
    code="sandbox",
    label="Sandbox",
    client=SandboxGateway(),
    moves_money=False,
    needs_url=False,
    own_secrets=secrets_by_key,
)
