"""The updates of a payment's own figures: the cash it still holds, what is reserved and refunded, and its voiding.

Each is a `Change` for the statement that posts the reason for it; the caller holds the payments' locks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.money import ZERO
from payments.models import Payment

_MOVE: Final = """
update payments p
set unallocated = p.unallocated + d.unallocated, reserved = p.reserved + d.reserved,
    refunded = p.refunded + d.refunded, version = p.version + 1
from unnest(%s::uuid[], %s::numeric[], %s::numeric[], %s::numeric[]) as d(id, unallocated, reserved, refunded)
where p.company_id = %s::uuid and p.id = d.id
"""
_VOID: Final = """
update payments
set status = 'voided', unallocated = 0, voided_at = %s::timestamptz, void_reason = %s, version = version + 1
where company_id = %s::uuid and id = any(%s::uuid[])
"""


def move_cash(
    payment: Payment, *, unallocated: Decimal = ZERO, reserved: Decimal = ZERO, refunded: Decimal = ZERO
) -> Change:
    """Add to the payment's figures, on the instance and by the update returned; its version goes on."""
    payment.unallocated += unallocated
    payment.reserved += reserved
    payment.refunded += refunded
    payment.version += 1
    return Change(_MOVE, [[payment.id], [unallocated], [reserved], [refunded], payment.company_id])


@joins_transaction
def move_unallocated(*, company_id: UUID, by_payment: Mapping[UUID, Decimal]) -> Change:
    """The update that adds to the unallocated cash of each payment, by its id."""
    ids = sorted(by_payment)
    nothing = [ZERO] * len(ids)
    return Change(_MOVE, [ids, [by_payment[key] for key in ids], nothing, nothing, company_id])


def void_payments(payments: Sequence[Payment], *, voided_at: datetime, reason: str) -> Change:
    """Mark payments of one company voided, on the instances and by the update returned: they hold nothing any more."""
    for payment in payments:
        payment.status, payment.unallocated = Payment.Status.VOIDED, ZERO
        payment.voided_at, payment.void_reason = voided_at, reason
        payment.version += 1
    ids = sorted(payment.id for payment in payments)
    return Change(_VOID, [voided_at, reason, payments[0].company_id, ids])
