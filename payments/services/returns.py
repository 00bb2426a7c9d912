"""Payments that the bank took back: what they paid is owed again, and what had been refunded is charged.

Rule: docs/domain.md#returns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.approvals.kinds import Carried
from batconnect.core.approvals.limits import Excess, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, exact_money, format_amount, sum_of
from batconnect.core.models import Approval
from payments import postings
from payments.errors import ABOVE_RETURNABLE, PaymentNotPosted, PaymentNotReturnable, PaymentReturned
from payments.models import Allocation, Payment, PaymentReturn
from payments.services.allocation import lock_payment
from payments.services.taking_back import Taken, ToReturn, post_return
from payments.services.void_limits import void_actions, void_kind
from payments.services.voids import LIVE, refuse_deposited, rest_of
from payments.services.waiting import refuse_pending

Check = Callable[[Payment], None]
_CODE_LENGTH: Final = 20
CASH: Final = "cash"


@dataclass(frozen=True, slots=True)
class Asked:
    """A return as it was asked for: `amount` of the payment (all that is left of it without one), the bank's code, a
    fee if one is charged, and where the money was taken: `account`, the code of an account, or the bank account."""

    reason_code: str
    amount: Decimal | None = None
    fee: Decimal | None = None
    notes: str = ""
    bank_account_id: UUID | None = None
    account: str = ""


@joins_transaction
def return_payment(
    *,
    actor: Actor,
    reason_code: str,
    payment_id: UUID | None = None,
    number: str | None = None,
    amount: Decimal | None = None,
    fee: Decimal | None = None,
    notes: str = "",
    bank_account_id: UUID | None = None,
    account: str = "",
    check: Check | None = None,
    approval: Approval | None = None,
) -> Taken | Approval:
    """Record that the bank took the payment back, or `amount` of it; effective today (docs/domain.md#returns).

    What it had paid is owed again: a part takes unallocated cash first, then the latest applications. What had been
    refunded is charged to the customer as MISC `RET-{number}`. The bank account's payments in transit are credited
    until its statement shows the line; a line that was there first names its `account` instead, and the `approval` of
    the request in which another user agreed to it. `fee` is charged as
    MISC `NSF-{number}`, due today. `check` is called with the locked payment (`If-Match`). A return counts against the
    company's `void_approval_limit` as a void does: above it the answer is the request on which another user decides.

    Needs `payments.return`. Raises PaymentNotFound (404), PaymentNotPosted, PaymentReturned, PaymentNotReturnable
    (409), Conflict 409 `refund_pending`, `approval_pending`, `reference_taken`, InvalidInput 400 `above_returnable`
    naming what can come back, `lease_required` for a charge to a driver without a lease, and what `find_bank_account`
    refuses.
    """
    if approval is None:
        actor.require("payments.return")
    asked = Asked(_checked_code(reason_code), amount, fee, notes.strip(), bank_account_id, account)
    payment = lock_payment(actor=actor, payment_id=payment_id, number=number)
    if check:
        check(payment)
    before = _require_returnable(actor, payment, asked)
    excess = find_excess(actor=actor, kind=KIND, actions=void_actions([payment]))
    if excess is not None and approval is None:
        return _ask(actor, payment, asked, excess)
    return _return(actor, payment, asked, before, approval)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Return what another person asked for; refused by now when it came back or was voided already."""
    said = approval.parameters
    asked = Asked(
        reason_code=said["reason_code"],
        amount=exact_money(said["amount"]) if said["amount"] else None,
        fee=exact_money(said["fee"]) if said["fee"] else None,
        notes=said["notes"],
        bank_account_id=UUID(said["bank_account_id"]) if said["bank_account_id"] else None,
        account=said["account"],
    )
    payment = lock_payment(actor=actor, payment_id=UUID(said["payment_id"]))
    before = _require_returnable(actor, payment, asked)
    find_excess(actor=actor, kind=KIND, actions=void_actions([payment]))
    done = _return(actor, payment, asked, before, approval)
    amount = format_amount(done.returned.amount)
    return Carried(
        f"{amount} {payment.currency} of {payment.number} came back.", {"payment_id": str(payment.id)}, done
    )


KIND: Final = void_kind(code="return", label="Return", trail="payments.return", carry_out=_carry_out)


def _ask(actor: Actor, payment: Payment, asked: Asked, excess: Excess) -> Approval:
    about = About(
        subject_type=postings.PAYMENT,
        subject_id=str(payment.id),
        title=f"Return of {payment.number} for {format_amount(payment.amount)} {payment.currency}",
        parameters={
            "payment_id": str(payment.id),
            "reason_code": asked.reason_code,
            "amount": str(asked.amount) if asked.amount is not None else None,
            "fee": str(asked.fee) if asked.fee is not None else None,
            "notes": asked.notes,
            "bank_account_id": str(asked.bank_account_id) if asked.bank_account_id else None,
            "account": asked.account,
        },
        reason=f"{asked.reason_code} {asked.notes}".strip(),
        amount=payment.amount,
        currency=payment.currency,
        customer_id=payment.customer_id,
        holds=str(payment.id),
    )
    return request_approval(actor=actor, kind=KIND, about=about, excess=excess)


def _checked_code(reason_code: str) -> str:
    code = reason_code.strip()
    if not 0 < len(code) <= _CODE_LENGTH:
        raise InvalidInput(
            f"Give the bank's reason code, 1 to {_CODE_LENGTH} characters; this one has {len(code)}.",
            field="reason_code",
        )
    return code


def _require_returnable(actor: Actor, payment: Payment, asked: Asked) -> Sequence[PaymentReturn]:
    """Refuse what cannot come back; what came back of the payment before, oldest first."""
    if payment.status == Payment.Status.RETURNED:
        raise PaymentReturned(f"{payment.number} came back already.")
    if payment.status != Payment.Status.POSTED:
        raise PaymentNotPosted(f"{payment.number} is {payment.get_status_display().lower()}.")
    if payment.method == CASH:
        raise PaymentNotReturnable(f"{payment.number} was paid in cash, which no bank takes back.")
    refuse_deposited(payment)
    refuse_pending(actor=actor, payment_ids=[payment.id], what=payment.number)
    before = list(payment.returns.filter(company_id=actor.company_id).order_by("id"))
    left = payment.amount - sum_of(each.amount for each in before)
    if asked.amount is not None and asked.amount > left:
        raise InvalidInput(
            f"{format_amount(asked.amount)} is more than the {format_amount(left)} of {payment.number} that can come "
            "back.",
            code=ABOVE_RETURNABLE,
            field="amount",
        )
    return before


def _return(
    actor: Actor,
    payment: Payment,
    asked: Asked,
    before: Sequence[PaymentReturn],
    approval: Approval | None,
) -> Taken:
    """Return of the locked payment what was asked for, all that is left unless an amount was given."""
    left = payment.amount - sum_of(each.amount for each in before)
    amount = asked.amount if asked.amount is not None else left
    undone = min(amount, payment.amount - payment.refunded - payment.returned)
    returned = PaymentReturn(
        id=uuid7(),
        company_id=actor.company_id,
        payment_id=payment.id,
        amount=amount,
        undone=undone,
        charged=amount - undone,
        reason_code=asked.reason_code,
        notes=asked.notes,
        approval_id=approval.id if approval else None,
        returned_on=today(actor.company),
        returned_by_id=actor.user_id,
    )
    counted = limited_actions(actor=actor, kind=KIND, actions=void_actions([payment]), approval=approval)
    return post_return(
        actor=actor,
        payment=payment,
        asked=ToReturn(
            returned=returned,
            allocations=_to_undo(actor, payment, undone - payment.unallocated),
            fee=asked.fee or ZERO,
            bank_account_id=asked.bank_account_id,
            account=asked.account,
            attempt=len(before) + 1,
            in_full=amount == left,
            counted=counted,
        ),
    )


def _to_undo(actor: Actor, payment: Payment, cash: Decimal) -> list[Allocation]:
    """The latest applications that make up this much cash, in the order of their ids."""
    chosen: list[Allocation] = []
    if cash <= 0:
        return chosen
    live = payment.allocations.filter(company_id=actor.company_id, status__in=LIVE)
    for allocation in live.order_by("-id"):
        chosen.append(allocation)
        cash -= rest_of(allocation)[0]
        if cash <= 0:
            break
    return chosen[::-1]
