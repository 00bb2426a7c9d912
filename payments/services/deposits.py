"""Security deposits that are taken from a payment (docs/domain.md#deposits)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount
from ledger.clearing.errors import MoreThanHeld
from ledger.clearing.models import DepositMove, SecurityDeposit
from ledger.clearing.services.deposits import (
    HANDLE,
    hold_deposit,
    lock_move,
    move_deposit,
    returnable,
    void_move,
)
from ledger.models import Entry
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries, reverse_entry
from payments import postings
from payments.errors import ABOVE_UNALLOCATED
from payments.models import Payment
from payments.services.allocation import lock_payment, require_posted
from payments.services.waiting import refuse_held

_MOVE: Final = """
update payments set unallocated = unallocated - %s::numeric, deposited = deposited + %s::numeric,
  version = version + 1
where company_id = %s::uuid and id = %s::uuid
"""


@joins_transaction
def take_deposit(
    *,
    actor: Actor,
    payment_id: UUID,
    lease: int | str,
    amount: Decimal,
    check: Callable[[Payment], None] | None = None,
) -> SecurityDeposit:
    """Hold a part of a driver's payment as deposit for a lease: Dr unallocated cash / Cr security deposits.

    `amount` is in the payment's currency, `lease` a key or number; `check` is called with the locked payment
    (`If-Match`). Needs `ledger.handle_deposits`. Raises PaymentNotFound (404), PaymentNotPosted (409), CheckHeld
    (409) naming the day, InvalidInput `above_unallocated` naming what is left, `lease_unknown`, `not_its_driver`.
    """
    actor.require(HANDLE)
    payment = lock_payment(actor=actor, payment_id=payment_id)
    if check:
        check(payment)
    require_posted(payment)
    refuse_held(actor=actor, payment=payment, what="held as a deposit")
    if amount > payment.available:
        raise InvalidInput(
            f"{format_amount(amount)} is more than the {format_amount(payment.available)} left of {payment.number}.",
            code=ABOVE_UNALLOCATED,
            field="amount",
        )
    deposit = hold_deposit(
        actor=actor, lease=lease, customer_id=payment.customer_id, currency=payment.currency
    )
    _take(actor, payment, deposit, amount)
    return deposit


def _take(actor: Actor, payment: Payment, deposit: SecurityDeposit, amount: Decimal) -> None:
    """Post it, with what the payment and the deposit hold afterwards."""
    move_id = uuid7()
    draft = postings.deposit_taken(
        move_id=move_id,
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
        on=today(actor.company),
        customer_id=payment.customer_id,
        lease_id=deposit.lease_id,
    )
    move = DepositMove(
        id=move_id,
        company_id=actor.company_id,
        deposit_id=deposit.id,
        kind=DepositMove.Kind.TAKEN,
        amount=amount,
        payment_id=payment.id,
        entry_id=draft.id,
        made_by=actor.name,
    )
    event = audit_event(
        actor=actor,
        action="payments.take_deposit",
        subject_type=postings.PAYMENT,
        subject_id=payment.id,
        details={"amount": str(amount), "lease_id": deposit.lease_id},
    )
    changes = [_moved(payment, amount), move_deposit(actor=actor, deposit=deposit, amount=amount)]
    post_entries(actor=actor, drafts=[draft], rows=[[move], [event]], changes=changes)


@joins_transaction
def give_deposit_back(*, actor: Actor, move_id: UUID, reason: str) -> Payment:
    """Undo that a deposit was taken: the payment has its unallocated cash again. Needs `ledger.handle_deposits`.

    Raises NotFound, Conflict 409 `already_voided`, MoreThanHeld (409) when it has been used or returned since.
    """
    actor.require(HANDLE)
    reason = checked_reason(reason)
    known = DepositMove.objects.filter(company_id=actor.company_id, id=move_id).first()
    payment_id = known.payment_id if known else None
    payment = lock_payment(actor=actor, payment_id=payment_id or move_id)
    move, deposit = lock_move(actor=actor, move_id=move_id)
    left = returnable(actor=actor, deposit=deposit)
    if move.amount > left:
        raise MoreThanHeld(
            f"{format_amount(left)} of the {format_amount(move.amount)} taken are still held: undo first what "
            "they were used for."
        )
    event = audit_event(
        actor=actor,
        action="payments.give_deposit_back",
        subject_type=postings.PAYMENT,
        subject_id=payment.id,
        reason=reason,
        details={"amount": str(move.amount)},
    )
    reverse_entry(
        actor=actor,
        entry=Entry.objects.get(company_id=actor.company_id, id=move.entry_id),
        event=postings.DEPOSIT_GIVEN_BACK,
        reason=reason,
        rows=[[event]],
        changes=[
            _moved(payment, -move.amount),
            move_deposit(actor=actor, deposit=deposit, amount=-move.amount),
            void_move(actor=actor, move=move),
        ],
    )
    return payment


@joins_transaction
def void_deposit_event(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """Undo the taking that an entry posted."""
    give_deposit_back(actor=actor, move_id=UUID(source_id), reason=reason)


def _moved(payment: Payment, amount: Decimal) -> Change:
    """Move unallocated cash to what is deposited, on the instance and by the update returned."""
    payment.unallocated -= amount
    payment.deposited += amount
    payment.version += 1
    return Change(_MOVE, [amount, amount, payment.company_id, payment.id])
