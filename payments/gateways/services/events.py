"""What gateways report: signed, recent, each event once, though it may come late and out of order.

Rule: docs/domain.md#paying-installments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction

from batconnect.core.database.local_settings import set_local
from batconnect.core.database.rows import insert_missing
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel import clock
from batconnect.core.kernel.codes import MALFORMED_BODY
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.json import read_exact_json
from batconnect.core.kernel.money import LARGEST, NotMoney, exact_money
from payments.gateways.errors import EVENT_TOO_OLD, EndpointNotFound, SignatureRefused
from payments.gateways.interface import Outcome, Result
from payments.gateways.kinds import kinds_in_use
from payments.gateways.models import NAMED_BY, GatewayCharge, GatewayEndpoint, GatewayEvent
from payments.gateways.services.endpoints import secrets_of
from payments.gateways.services.outcomes import apply_outcome
from payments.gateways.signing import fits

IN_TIME: Final = timedelta(minutes=5)
JOB: Final = "gateway event"
_KINDS: Final = {
    f"charge.{result.value}": result
    for result in (Result.PROCESSING, Result.SETTLED, Result.FAILED, Result.CANCELLED)
}
_TEXTS: Final = {"event_id": 100, "type": 40, "reference": 60}
_log = structlog.stdlib.get_logger("payments.gateways")


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an event did: `applied`, `ignored` (late, out of order), `duplicate`, `unknown_reference`."""

    outcome: str


@dataclass(frozen=True, slots=True)
class _EventReport:
    event_id: str
    kind: str
    reference: str
    occurred_at: datetime
    currency: str
    outcome: Outcome
    payload: dict[str, Any]


@transaction.atomic
def accept_event(*, endpoint_id: str, body: bytes, signature: str) -> Accepted:
    """Take in one event of a gateway: the raw body with its HMAC-SHA256, stamped within five minutes of now.

    Raises EndpointNotFound (404), SignatureRefused (401), InvalidInput (400): malformed, `event_out_of_time`,
    another currency than the charge's.
    """
    endpoint = _find_endpoint(endpoint_id)
    if not fits(secrets=secrets_of(endpoint), body=body, signature=signature):
        raise SignatureRefused("The signature in X-Signature does not match the body.")
    report = _read(body)
    with company_context(endpoint.company_id, job=JOB) as actor:
        event = GatewayEvent(
            company_id=endpoint.company_id,
            endpoint=endpoint,
            event_id=report.event_id,
            kind=report.kind,
            reference=report.reference,
            occurred_at=report.occurred_at,
            payload=report.payload,
        )
        # A duplicate that is being taken in at this moment is waited for.
        if not insert_missing([event], unique=("company_id", "endpoint_id", "event_id")):
            return Accepted("duplicate")
        charge = GatewayCharge.objects.filter(
            company_id=actor.company_id, endpoint=endpoint, reference=report.reference
        ).first()
        if charge is None:
            _log.warning("event_without_charge", endpoint=str(endpoint.id), event_id=report.event_id)
            return Accepted("unknown_reference")
        if report.currency != charge.currency:
            raise InvalidInput(
                f"The charge is in {charge.currency}, the event in {report.currency[:10]}.", field="currency"
            )
        outcome = apply_outcome(actor=actor, charge_id=charge.id, outcome=report.outcome)
    _log.info(
        "event_taken_in", charge=str(charge.id), event_id=report.event_id, kind=report.kind, outcome=outcome
    )
    return Accepted(outcome)


def _find_endpoint(text: str) -> GatewayEndpoint:
    """The active endpoint of that id, whosever it is: there is no company yet."""
    try:
        key = UUID(text)
    except ValueError as error:
        raise EndpointNotFound("There is no such endpoint.") from error
    set_local([(NAMED_BY, str(key))])
    endpoint = GatewayEndpoint.objects.filter(id=key, is_active=True, gateway__in=kinds_in_use()).first()
    set_local([(NAMED_BY, "")])
    if endpoint is None:
        raise EndpointNotFound("There is no such endpoint.")
    return endpoint


def _read(body: bytes) -> _EventReport:
    document = read_exact_json(body)
    if not isinstance(document, dict):
        raise InvalidInput("An event must be one JSON object.", code=MALFORMED_BODY)
    wrong: list[FieldError] = []
    texts = {name: document.get(name) for name in _TEXTS}
    for name, limit in _TEXTS.items():
        if not isinstance(texts[name], str) or not 0 < len(str(texts[name])) <= limit:
            wrong.append(FieldError(name, f"Give a text of 1 to {limit} characters."))
    result = _KINDS.get(str(texts["type"]))
    if result is None:
        wrong.append(FieldError("type", f"Give one of {', '.join(_KINDS)}."))
    occurred_at = _instant(document.get("timestamp"), wrong)
    amount = _amount(document.get("amount"), wrong) if result == Result.SETTLED else None
    if wrong:
        raise InvalidInput(f"{wrong[0].field}: {wrong[0].message}", errors=wrong)
    assert result is not None
    assert occurred_at is not None
    if abs(clock.now() - occurred_at) > IN_TIME:
        raise InvalidInput(
            f"The event is stamped {occurred_at:%Y-%m-%dT%H:%M:%SZ}; it must be within 5 minutes of now.",
            code=EVENT_TOO_OLD,
            field="timestamp",
        )
    return _EventReport(
        event_id=str(texts["event_id"]),
        kind=str(texts["type"]),
        reference=str(texts["reference"]),
        occurred_at=occurred_at,
        currency=str(document.get("currency") or ""),
        outcome=Outcome(
            result,
            amount=amount,
            reason=str(document.get("reason") or "")[:200],
            gateway_reference=str(document.get("gateway_reference") or "")[:100],
        ),
        payload={name: None if value is None else str(value) for name, value in document.items()},
    )


def _instant(value: Any, wrong: list[FieldError]) -> datetime | None:
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, tz=UTC)
        instant = datetime.fromisoformat(str(value))
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    wrong.append(FieldError("timestamp", "Give a date and time with its time zone, or seconds since 1970."))
    return None


def _amount(value: Any, wrong: list[FieldError]) -> Decimal | None:
    try:
        amount = exact_money(value)
    except NotMoney as error:
        wrong.append(FieldError("amount", str(error)))
        return None
    if not 0 < amount <= LARGEST:
        wrong.append(FieldError("amount", "The settled amount must be above zero."))
    return amount
