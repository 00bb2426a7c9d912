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
_RETURN: Final = """
update payments
set unallocated = unallocated + %s::numeric, returned = returned + %s::numeric, status = %s, version = version + 1
where company_id = %s::uuid and id = %s::uuid
"""
_VOID: Final = """
update payments
set status = 'voided', unallocated = 0, at_bank_id = null, voided_at = %s::timestamptz, void_reason = %s,
  version = version + 1
where company_id = %s::uuid and id = any(%s::uuid[])
"""
_EACH_AT_BANK: Final = """
update payments p set at_bank_id = d.place, version = p.version + 1
from unnest(%s::uuid[], %s::uuid[]) as d(id, place)
where p.company_id = %s::uuid and p.id = d.id
"""
_AT_BANK: Final = """
update payments set at_bank_id = %s::uuid, version = version + 1
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


def return_cash(payment: Payment, *, unallocated: Decimal, returned: Decimal, in_full: bool) -> Change:
    """Add to the payment's unallocated cash and to what was returned of it, on the instance and by the update that is
    answered; `in_full` marks it returned."""
    payment.unallocated += unallocated
    payment.returned += returned
    payment.version += 1
    if in_full:
        payment.status = Payment.Status.RETURNED
    return Change(_RETURN, [unallocated, returned, str(payment.status), payment.company_id, payment.id])


def void_payments(payments: Sequence[Payment], *, voided_at: datetime, reason: str) -> Change:
    """Mark payments of one company voided, on the instances and by the update returned: they hold nothing any more."""
    for payment in payments:
        payment.status, payment.unallocated = Payment.Status.VOIDED, ZERO
        payment.voided_at, payment.void_reason = voided_at, reason
        payment.version += 1
    ids = sorted(payment.id for payment in payments)
    return Change(_VOID, [voided_at, reason, payments[0].company_id, ids])


def put_at_bank(payments: Sequence[Payment], *, at_bank_id: UUID | None) -> Change:
    """Say what payments of one company lie on at the bank, None for nothing, on the instances and by the update
    returned."""
    for payment in payments:
        payment.at_bank_id = at_bank_id
        payment.version += 1
    ids = sorted(payment.id for payment in payments)
    return Change(_AT_BANK, [at_bank_id, payments[0].company_id, ids])


@joins_transaction
def put_each_at_bank(*, company_id: UUID, places: Mapping[UUID, UUID]) -> Change:
    """The update that says of each payment, by its id, what it lies on at the bank."""
    ids = sorted(places)
    return Change(_EACH_AT_BANK, [ids, [places[key] for key in ids], company_id])
