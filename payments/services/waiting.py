"""Refunds that wait: for a second person, with what they hold and keep from happening meanwhile, or for a check."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import Approval
from payments.errors import REFUND_PENDING, CheckHeld
from payments.models import Payment

REFUND: Final = "refund"
CREDIT_REFUND: Final = "credit_refund"


@reads
def refunds_waiting(*, actor: Actor, payment_ids: Collection[UUID]) -> list[Approval]:
    """The refunds of these payments that wait for a decision; read them under the payments' locks."""
    return list(
        Approval.objects.filter(
            company_id=actor.company_id,
            kind=REFUND,
            status=Approval.Status.PENDING,
            subject_id__in=[str(key) for key in payment_ids],
        ).order_by("id")
    )


@reads
def held_of_allocation(*, actor: Actor, payment_id: UUID, allocation_id: UUID) -> Decimal:
    """What refunds of the allocation that wait for approval reserve."""
    waiting = refunds_waiting(actor=actor, payment_ids=[payment_id])
    return sum(
        (each.amount or ZERO for each in waiting if each.parameters["allocation_id"] == str(allocation_id)),
        ZERO,
    )


@reads
def refuse_pending(
    *,
    actor: Actor,
    payment_ids: Collection[UUID],
    what: str = "",
    allocation_ids: Collection[UUID] | None = None,
) -> None:
    """Raise Conflict 409 `refund_pending` when a refund of the payments waits for approval; under their locks.

    With `allocation_ids` only refunds of these allocations count. `what` is what the message names, else the request
    says what it is itself.
    """
    chosen = None if allocation_ids is None else {str(key) for key in allocation_ids}
    for each in refunds_waiting(actor=actor, payment_ids=payment_ids):
        if chosen is None or each.parameters["allocation_id"] in chosen:
            named = f"A refund of {format_amount(each.amount or ZERO)} of {what}" if what else each.title
            raise Conflict(f"{named} waits for approval.", code=REFUND_PENDING)


@reads
def refuse_held(*, actor: Actor, payment: Payment, what: str = "refunded") -> None:
    """Raise CheckHeld (409), naming the day, for a check whose days are not over: it may still bounce.

    `what` is done with its cash then (docs/domain.md#refunds).
    """
    if payment.method != "check" or not actor.company.check_hold_days:
        return
    first = payment.payment_date + timedelta(days=actor.company.check_hold_days)
    if today(actor.company) < first:
        raise CheckHeld(
            f"{payment.number} is a check of {payment.payment_date}: it can be {what} from {first} on, "
            f"{actor.company.check_hold_days} days after it."
        )
