"""Drivers who are not paid at present, and why (docs/domain.md#payee-accounts)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction

from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import Conflict, NotFound
from batconnect.directory.models import Customer
from ledger.paying.errors import HELD_ALREADY, NOT_HELD
from ledger.paying.models import PayeeHold
from ledger.paying.postings import PAYEE_HOLD
from ledger.rules.reasons import checked_reason

HOLD: Final = "ledger.pay_out"


@transaction.atomic
def hold_payee(*, actor: Actor, customer_id: UUID, reason: str) -> PayeeHold:
    """Pay nothing to the driver until somebody releases it. Needs `ledger.pay_out` and a reason of 10 to 500
    characters. Raises NotFound, Conflict 409 `payee_held`."""
    actor.require(HOLD)
    reason = checked_reason(reason)
    customer = _lock(actor, customer_id)
    if (held := live_hold(actor=actor, customer_id=customer_id)) is not None:
        raise Conflict(
            f"{customer.name} is on hold since {held.placed_at:%Y-%m-%d}: {held.reason}", code=HELD_ALREADY
        )
    return place(actor=actor, customer_id=customer_id, reason=reason, origin=PayeeHold.Origin.PERSON)


@transaction.atomic
def release_payee(*, actor: Actor, customer_id: UUID, reason: str) -> PayeeHold:
    """Pay the driver again. Needs `ledger.pay_out` and a reason. Raises NotFound, Conflict 409 `payee_not_held`."""
    actor.require(HOLD)
    reason = checked_reason(reason)
    customer = _lock(actor, customer_id)
    held = live_hold(actor=actor, customer_id=customer_id)
    if held is None:
        raise Conflict(f"{customer.name} is not on hold.", code=NOT_HELD)
    return _release(actor, held, reason)


@joins_transaction
def place(*, actor: Actor, customer_id: UUID, reason: str, origin: PayeeHold.Origin) -> PayeeHold:
    """Place a hold where there is none; the caller holds the driver's lock."""
    held = PayeeHold.objects.create(
        company_id=actor.company_id,
        customer_id=customer_id,
        origin=origin,
        reason=reason[:500],
        placed_by=actor.name,
    )
    record_event(
        actor=actor,
        action="ledger.hold_payee",
        subject_type=PAYEE_HOLD,
        subject_id=held.id,
        reason=held.reason,
    )
    return held


@joins_transaction
def release_returned(*, actor: Actor, customer_id: UUID, reason: str) -> None:
    """Release the hold that a return placed: the driver has another account now."""
    held = live_hold(actor=actor, customer_id=customer_id)
    if held is not None and held.origin == PayeeHold.Origin.RETURN:
        _release(actor, held, reason)


@reads
def live_hold(*, actor: Actor, customer_id: UUID) -> PayeeHold | None:
    """The hold of a driver that is not released."""
    rows = PayeeHold.objects.filter(company_id=actor.company_id, customer=customer_id, released_at=None)
    return rows.first()


@joins_transaction
def _release(actor: Actor, held: PayeeHold, reason: str) -> PayeeHold:
    held.released_by, held.released_at, held.release_reason = actor.name, now(), reason[:500]
    held.save(update_fields=["released_by", "released_at", "release_reason"])
    record_event(
        actor=actor,
        action="ledger.release_payee",
        subject_type=PAYEE_HOLD,
        subject_id=held.id,
        reason=held.release_reason,
    )
    return held


@joins_transaction
def _lock(actor: Actor, customer_id: UUID) -> Customer:
    rows = Customer.objects.select_for_update(no_key=True, of=("self",))
    customer = rows.filter(company_id=actor.company_id, id=customer_id, drivers__isnull=False).first()
    if customer is None:
        raise NotFound(f"There is no driver {customer_id}.")
    return customer
