"""The life of a charge: planned inside the payer's transaction, handed over by a worker, finished by a report.

No call to a gateway is made inside a transaction. A charge is marked as sent and committed before the gateway is
called: whatever happens then, nobody hands it over again before the gateway has said that it does not know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import structlog
from django.db.models import QuerySet

from batconnect.core.database.tenancy import company_context
from batconnect.core.database.transactions import joins_transaction, outside_transactions
from batconnect.core.jobs.outbox import take_due
from batconnect.core.jobs.running import OF_COMPANY, wake
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from payments.gateways import purposes
from payments.gateways.interface import Instruction, Outcome, Result, Taken, Unclear
from payments.gateways.models import GatewayCharge, GatewayEndpoint
from payments.gateways.services.endpoints import endpoint_in_use, secrets_of
from payments.gateways.services.events import accept_event
from payments.gateways.services.outcomes import apply_outcome, locked_charge
from payments.gateways.signing import sign

JOB: Final = "gateway"
SEND_CHARGES: Final = "gateways.send_charges"
ASK_AFTER: Final = timedelta(minutes=10)
MAX_SENDINGS: Final = 5
_State = GatewayCharge.State
_log = structlog.stdlib.get_logger("payments.gateways")


@joins_transaction
def plan_charge(
    *,
    actor: Actor,
    subject_type: str,
    subject_id: str,
    reference: str,
    method: str,
    amount: Decimal,
    currency: str,
) -> GatewayCharge:
    """A charge for the company's gateway, unsaved: insert it with what it pays. A worker is woken after the commit.

    Raises NoGateway (409).
    """
    endpoint = endpoint_in_use(actor=actor)
    wake(f"{SEND_CHARGES}{OF_COMPANY}", actor.company_id)
    return GatewayCharge(
        company_id=actor.company_id,
        endpoint=endpoint,
        subject_type=subject_type,
        subject_id=subject_id,
        reference=reference,
        method=method,
        amount=amount,
        currency=currency,
        state=_State.WAITING,
        due_at=clock.now(),
    )


@outside_transactions
def send_charges(*, company_id: UUID, limit: int = 500) -> int:
    """Hand over the company's waiting charges, each in its own transactions; the number. Outside a transaction."""
    done = 0
    while done < limit:
        with company_context(company_id, job=JOB) as actor:
            waiting = _charges(actor, _State.WAITING)
            charge = take_due(waiting, attempts="sendings", lease=ASK_AFTER, state=_State.SENT)
            if charge is None:
                return done
            instruction = _instruction(charge)
            purposes.purpose_of(charge.subject_type).on_sending(actor, charge.subject_id)
        _hand_over(charge, instruction)
        done += 1
    return done


def _hand_over(charge: GatewayCharge, instruction: Instruction) -> None:
    """Call the gateway, and take in what it says at once."""
    try:
        taken = charge.endpoint.kind.client.create(instruction)
    except Unclear as unclear:
        _log.warning("charge_unclear", charge=str(charge.id), why=str(unclear))
        return
    with company_context(charge.company_id, job=JOB) as actor:
        apply_outcome(actor=actor, charge_id=charge.id, outcome=taken.outcome)
    _deliver(charge, instruction, taken)


def _deliver(charge: GatewayCharge, instruction: Instruction, taken: Taken) -> None:
    """Take in the event that came along with the answer, by the entry point that every event takes."""
    if taken.event is None:
        return
    accept_event(
        endpoint_id=str(charge.endpoint_id),
        body=taken.event,
        signature=sign(secret=instruction.secret, body=taken.event),
    )


@dataclass(slots=True)
class Reconciled:
    """What asking about sent charges found."""

    asked: int = 0
    settled: int = 0
    failed: int = 0
    pending: int = 0
    sent_again: int = 0
    unclear: int = 0


@outside_transactions
def reconcile_charges(*, company_id: UUID, at_once: bool = False, limit: int = 1_000) -> Reconciled:
    """Ask the gateways about charges that were sent and have had no news for ten minutes.

    `at_once` does not wait for that. Only a charge that its gateway does not know is handed over again, with the
    same key; after five times it has failed. Outside a transaction.
    """
    report = Reconciled()
    begun = clock.now()
    while report.asked < limit:
        with company_context(company_id, job=JOB) as actor:
            # At once: whatever was sent before this run began. Its own turns put `due_at` beyond that.
            charge = take_due(
                _charges(actor, _State.SENT),
                attempts="questions",
                lease=ASK_AFTER + timedelta(microseconds=1),
                by=begun + ASK_AFTER if at_once else None,
            )
            if charge is None:
                return report
            instruction = _instruction(charge)
        report.asked += 1
        _ask(charge, instruction, report)
    return report


def _ask(charge: GatewayCharge, instruction: Instruction, report: Reconciled) -> None:
    try:
        outcome = charge.endpoint.kind.client.look_up(instruction)
    except Unclear as unclear:
        report.unclear += 1
        _log.warning("charge_unclear", charge=str(charge.id), why=str(unclear))
        return
    with company_context(charge.company_id, job=JOB) as actor:
        if outcome.result == Result.UNKNOWN:
            report.sent_again += _send_again(actor, charge)
            return
        apply_outcome(actor=actor, charge_id=charge.id, outcome=outcome)
    report.settled += outcome.result == Result.SETTLED
    report.failed += outcome.result in (Result.FAILED, Result.CANCELLED)
    report.pending += outcome.result == Result.PROCESSING


def _send_again(actor: Actor, charge: GatewayCharge) -> bool:
    """Queue a charge again that its gateway never received; False when it was tried often enough and fails."""
    locked = locked_charge(actor, charge.id)
    if locked.state != _State.SENT:
        return False
    if locked.sendings >= MAX_SENDINGS:
        reason = f"The gateway did not accept the charge in {MAX_SENDINGS} attempts."
        apply_outcome(actor=actor, charge_id=charge.id, outcome=Outcome(Result.FAILED, reason=reason))
        return False
    locked.state = _State.WAITING
    locked.due_at = clock.now()
    locked.save(update_fields=["state", "due_at"])
    return True


def _charges(actor: Actor, state: GatewayCharge.State) -> QuerySet[GatewayCharge]:
    return GatewayCharge.objects.select_related("endpoint").filter(company_id=actor.company_id, state=state)


def _instruction(charge: GatewayCharge) -> Instruction:
    endpoint: GatewayEndpoint = charge.endpoint
    secrets = secrets_of(endpoint)
    return Instruction(
        key=charge.id,
        endpoint_id=endpoint.id,
        reference=charge.reference,
        method=charge.method,
        amount=charge.amount,
        currency=charge.currency,
        url=endpoint.url,
        secret=secrets[0] if secrets else b"",
    )
