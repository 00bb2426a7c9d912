"""Paying back: of an allocation or of unallocated cash, at once or after a second person agreed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.approvals.errors import ApprovalNotFound
from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import Excess, PlannedAction, find_excess
from batconnect.core.approvals.services import About, Decision, approve, reject, request_approval
from batconnect.core.database.rows import execute_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import ZERO, exact_money, format_amount
from batconnect.core.models import Approval
from ledger.rules.reasons import checked_reason
from ledger.treasury.models import Disbursement
from ledger.treasury.services.keeping import kept, read_kept
from ledger.treasury.services.paying import PaidFrom, find_bank_account, find_drawer
from payments import postings
from payments.errors import ABOVE_REFUNDABLE, AllocationNotFound, RefundNotFound
from payments.models import Allocation, Payment, Refund
from payments.services.allocation import lock_payment, require_posted
from payments.services.figures import move_cash
from payments.services.open_items import Items, lock_named
from payments.services.paying_back import AS_PAID, Wanted, post_refund
from payments.services.voids import require_live
from payments.services.waiting import REFUND, held_of_allocation, refuse_held

Check = Callable[[Payment], None]


@dataclass(frozen=True, slots=True)
class Refunded:
    """What became of a refund: posted (`refund`), or waiting or turned down (`approval`); with the new figures."""

    payment: Payment
    amount: Decimal
    refund: Refund | None = None
    approval: Approval | None = None
    allocation: Allocation | None = None
    items: Items | None = None
    paid_from: PaidFrom = AS_PAID
    disbursement: Disbursement | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_pending(self) -> bool:
        """Whether a second person has to approve it first."""
        return (
            self.refund is None and self.approval is not None and self.approval.status == "pending_approval"
        )


@joins_transaction
def refund_allocation(
    *,
    actor: Actor,
    payment_id: UUID,
    allocation_id: UUID,
    amount: Decimal,
    reason: str,
    paid_from: PaidFrom = AS_PAID,
    check: Check | None = None,
) -> Refunded:
    """Pay back a part or all of the cash that an allocation applied; that part of the debt is owed again.

    `paid_from` says how: what it leaves open is the payment's method, the default account or drawer, the customer,
    and today (docs/domain.md#refunds).

    The share of its discount is taken back cumulatively, exact at the end. Above the company's
    `refund_approval_limit`, counted over slices, nothing is posted: the amount is reserved and another user decides.
    Needs `payments.refund` and a reason of 10 to 500 characters. Raises PaymentNotFound, AllocationNotFound (404),
    PaymentNotPosted, AllocationNotLive (409), Conflict 409 `above_refundable` naming what is left, CheckHeld (409)
    naming the day, DrawerShort (409), and what else `prepare_disbursement` refuses.
    """
    actor.require("payments.refund")
    payment = _lock(actor, payment_id, check)
    return _refund(actor, payment, Wanted(amount, checked_reason(reason), allocation_id, paid_from))


@joins_transaction
def refund_unallocated(
    *,
    actor: Actor,
    payment_id: UUID,
    amount: Decimal,
    reason: str,
    paid_from: PaidFrom = AS_PAID,
    check: Check | None = None,
) -> Refunded:
    """Pay back unallocated cash of a payment; `paid_from` says how, as for `refund_allocation`.

    Above the company's `refund_approval_limit`, counted over slices, nothing is posted: the amount is reserved and
    another user decides. Needs `payments.refund` and a reason of 10 to 500 characters. Raises PaymentNotFound (404),
    PaymentNotPosted (409), Conflict 409 `above_refundable` naming what is left, CheckHeld (409) naming the day,
    DrawerShort (409), and what else `prepare_disbursement` refuses.
    """
    actor.require("payments.refund")
    payment = _lock(actor, payment_id, check)
    return _refund(actor, payment, Wanted(amount, checked_reason(reason), paid_from=paid_from))


@joins_transaction
def approve_refund(*, actor: Actor, request_id: UUID, reason: str = "") -> Refunded:
    """Post what another person asked for. Needs `payments.approve_refund`.

    Raises RefundNotFound (404), NotAllowed 403 `second_person_required`, Conflict 409 `already_decided`, and what
    refunding refuses by now: the request goes on waiting then.
    """
    return _decided(approve, actor, request_id, reason)


@joins_transaction
def reject_refund(*, actor: Actor, request_id: UUID, reason: str = "") -> Refunded:
    """Turn down what another person asked for: nothing is posted, the amount is free again.

    Needs `payments.approve_refund`. Raises RefundNotFound (404), NotAllowed 403 `second_person_required`,
    Conflict 409 `already_decided`.
    """
    return _decided(reject, actor, request_id, reason)


def _decided(decide: Callable[..., Decision], actor: Actor, request_id: UUID, reason: str) -> Refunded:
    actor.require("payments.approve_refund")
    try:
        decision = decide(actor=actor, approval_id=request_id, reason=reason, kind=REFUND)
    except ApprovalNotFound as unknown:
        raise RefundNotFound(f"There is no refund request {request_id}.") from unknown
    assert decision.carried is not None
    refunded: Refunded = decision.carried.result
    return refunded


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    payment, details = _asked_for(actor, approval)
    done = _refund(actor, payment, details, approval)
    assert done.refund is not None
    sentence = f"{format_amount(done.amount)} {payment.currency} is paid back from {payment.number}."
    return Carried(sentence, {"refund_id": str(done.refund.id)}, done)


def _turn_down(actor: Actor, approval: Approval) -> Carried:
    """Nothing is posted, and what unallocated cash was held for it is free again."""
    payment, details = _asked_for(actor, approval)
    sentence = f"{format_amount(details.amount)} {payment.currency} of {payment.number} is not paid back."
    held = details.amount if details.allocation_id is None else ZERO
    execute_batch(changes=[move_cash(payment, reserved=-held)])
    if details.allocation_id is None:
        turned_down = Refunded(payment, details.amount, approval=approval, paid_from=details.paid_from)
        return Carried(sentence, result=turned_down)
    allocation = _find_allocation(actor, payment, details.allocation_id)
    items = lock_named(actor=actor, obligation_ids=[allocation.obligation_id])
    done = Refunded(
        payment,
        details.amount,
        approval=approval,
        allocation=allocation,
        items=items,
        paid_from=details.paid_from,
    )
    return Carried(sentence, result=done)


KIND: Final = ApprovalKind(
    code=REFUND,
    label="Refund",
    permission="payments.approve_refund",
    view_permission="payments.view",
    trail="payments.refund",
    carry_out=_carry_out,
    turn_down=_turn_down,
    limit="refund_approval_limit",
)


def _lock(actor: Actor, payment_id: UUID, check: Check | None) -> Payment:
    payment = lock_payment(actor=actor, payment_id=payment_id)
    if check:
        check(payment)
    return payment


def _asked_for(actor: Actor, approval: Approval) -> tuple[Payment, Wanted]:
    """The payment, locked, and what was asked for of it."""
    parameters = approval.parameters
    allocation_id = parameters["allocation_id"]
    return lock_payment(actor=actor, payment_id=UUID(parameters["payment_id"])), Wanted(
        amount=exact_money(parameters["amount"]),
        reason=approval.reason,
        allocation_id=UUID(allocation_id) if allocation_id else None,
        paid_from=read_kept(parameters.get("paid_from", {})),
    )


def _refund(actor: Actor, payment: Payment, details: Wanted, approval: Approval | None = None) -> Refunded:
    """Refund under the payment's lock; above the limit ask, unless two people have agreed."""
    assert details.amount > 0, "entry points take amounts above zero only"
    allocation: Allocation | None = None
    if details.allocation_id is not None:
        allocation = _find_allocation(actor, payment, details.allocation_id)
    require_posted(payment)
    if allocation is None:
        # What this request itself reserved is its own.
        reserved_here = details.amount if approval else ZERO
        waiting = payment.reserved - reserved_here
        left, what = payment.available + reserved_here, f"the unallocated cash of {payment.number}"
    else:
        require_live(allocation)
        waiting = held_of_allocation(actor=actor, payment_id=payment.id, allocation_id=allocation.id)
        left = allocation.amount - allocation.discount_amount - allocation.refunded_amount - waiting
        what = "the allocation"
    _refuse_above(details.amount, left, waiting, what)
    refuse_held(actor=actor, payment=payment)
    action = PlannedAction(str(payment.id), payment.customer_id, details.amount, payment.currency)
    excess = find_excess(actor=actor, kind=KIND, actions=[action])
    if excess is not None and approval is None:
        return _ask(actor, payment, allocation, details, excess)
    done = post_refund(
        actor=actor, kind=KIND, payment=payment, allocation=allocation, details=details, approval=approval
    )
    return Refunded(
        payment,
        details.amount,
        done.refund,
        approval,
        allocation,
        done.items,
        details.paid_from,
        done.disbursement,
        done.warnings,
    )


def _ask(
    actor: Actor, payment: Payment, allocation: Allocation | None, details: Wanted, excess: Excess
) -> Refunded:
    """Reserve the amount until another person decides; of an allocation the request itself does."""
    held = details.amount if allocation is None else ZERO
    _refuse_unknown_places(actor, payment, details.paid_from)
    about = About(
        subject_type=postings.PAYMENT,
        subject_id=str(payment.id),
        title=f"Refund of {format_amount(details.amount)} {payment.currency} of {payment.number}",
        parameters={
            "payment_id": str(payment.id),
            "allocation_id": str(allocation.id) if allocation else None,
            "amount": str(details.amount),
            "paid_from": kept(details.paid_from),
        },
        reason=details.reason,
        amount=details.amount,
        currency=payment.currency,
        customer_id=payment.customer_id,
    )
    change = move_cash(payment, reserved=held)
    approval = request_approval(actor=actor, kind=KIND, about=about, excess=excess, changes=[change])
    items = lock_named(actor=actor, obligation_ids=[allocation.obligation_id]) if allocation else None
    return Refunded(payment, details.amount, None, approval, allocation, items, details.paid_from)


def _refuse_unknown_places(actor: Actor, payment: Payment, paid_from: PaidFrom) -> None:
    """What is named has to be there when it is asked for; what is in it, when it is paid."""
    if paid_from.bank_account_id is not None:
        find_bank_account(actor=actor, currency=payment.currency, bank_account_id=paid_from.bank_account_id)
    if paid_from.drawer_id is not None:
        find_drawer(actor=actor, currency=payment.currency, drawer_id=paid_from.drawer_id)


def _find_allocation(actor: Actor, payment: Payment, allocation_id: UUID) -> Allocation:
    """Read under the payment's lock, which everything that changes an allocation holds."""
    allocation = Allocation.objects.filter(
        company_id=actor.company_id, id=allocation_id, payment=payment.id
    ).first()
    if allocation is None:
        raise AllocationNotFound(f"There is no allocation {allocation_id}.")
    return allocation


def _refuse_above(amount: Decimal, left: Decimal, waiting: Decimal, what: str) -> None:
    if amount > left:
        held = f" ({format_amount(waiting)} is waiting for approval)" if waiting else ""
        raise Conflict(
            f"{format_amount(amount)} is more than the {format_amount(left)} of {what} that can be refunded{held}.",
            code=ABOVE_REFUNDABLE,
            field="amount",
        )
