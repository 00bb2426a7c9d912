"""Paying back: of an allocation or of unallocated cash, at once or after a second person agreed (DOMAIN 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Sum

from batconnect.core import clock
from batconnect.core.actors import Actor
from batconnect.core.audit import audit_event
from batconnect.core.errors import Conflict, NotAllowed
from batconnect.core.ids import uuid7
from batconnect.core.models import AuditEvent
from batconnect.core.money import ZERO, in_words
from batconnect.core.rows import Change, write_together
from ledger.errors import ABOVE_LIMIT_BY_JOB, ALREADY_DECIDED, SECOND_PERSON
from ledger.models import Entry
from ledger.postings import EntryDraft
from ledger.rules.reasons import LONGEST, checked_reason
from ledger.services import post_entries
from payments import postings
from payments.errors import ABOVE_REFUNDABLE, AllocationNotFound, RefundNotFound
from payments.models import Allocation, Payment, Refund
from payments.rules.discounts import discount_share
from payments.services.allocation import lock_payment, require_posted
from payments.services.open_items import Items, lock_named
from payments.services.voids import require_live

Check = Callable[[Payment], None]

_REFUND_ALLOCATION: Final = """
update payment_allocations
set refunded_amount = refunded_amount + %s::numeric, refunded_discount = refunded_discount + %s::numeric,
    status = case when refunded_amount + %s::numeric = amount - discount_amount then 'refunded'
             else 'partially_refunded' end,
    reason = %s, updated_at = statement_timestamp()
where company_id = %s::uuid and id = %s::uuid
"""
_PAY_BACK: Final = """
update payments
set refunded = refunded + %s::numeric, unallocated = unallocated - %s::numeric, reserved = reserved - %s::numeric,
    version = version + 1
where company_id = %s::uuid and id = %s::uuid
"""
_RESERVE: Final = """
update payments set reserved = reserved + %s::numeric, version = version + 1
where company_id = %s::uuid and id = %s::uuid
"""
_DECIDE: Final = """
update payment_refunds
set status = %s, discount_amount = %s::numeric, decided_by_id = %s::bigint, decided_at = %s::timestamptz,
    decision_reason = %s
where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class Refunded:
    """What became of a refund: posted, or waiting (`refund.status`); with the new figures of what it touched."""

    refund: Refund
    payment: Payment
    allocation: Allocation | None = None
    items: Items | None = None

    @property
    def is_pending(self) -> bool:
        """Whether a second person has to approve it first."""
        return self.refund.status == Refund.Status.PENDING


def refund_allocation(
    *,
    actor: Actor,
    payment_id: UUID,
    allocation_id: UUID,
    amount: Decimal,
    reason: str,
    check: Check | None = None,
) -> Refunded:
    """Pay back a part or all of the cash that an allocation applied; that part of the debt is owed again.

    The share of its discount is taken back cumulatively, exact at the end. Above the company's
    `refund_approval_limit` nothing is posted: the amount is reserved and another user decides. Needs
    `payments.refund` and a reason of 10 to 500 characters. Raises PaymentNotFound, AllocationNotFound (404),
    PaymentNotPosted, AllocationNotLive (409), Conflict 409 `above_refundable` naming what is left.
    """
    actor.require("payments.refund")
    reason = checked_reason(reason)
    payment, allocation = _lock(actor, payment_id, allocation_id, check)
    require_posted(payment)
    require_live(allocation)
    waiting = _waiting(actor, allocation)
    left = allocation.amount - allocation.discount_amount - allocation.refunded_amount - waiting
    _refuse_above(amount, left, waiting, "the allocation")
    refund = _new_refund(actor, payment, allocation, amount, reason)
    if refund.status == Refund.Status.PENDING:
        write_together(
            [refund],
            [_event(actor, "payments.refund_requested", refund)],
            changes=[Change(_RESERVE, [ZERO, actor.company_id, payment.id])],
        )
        payment.version += 1
        return Refunded(refund, payment, allocation, _items(actor, allocation))
    return _post_of_allocation(actor, payment, allocation, refund, insert=True)


def refund_unallocated(
    *, actor: Actor, payment_id: UUID, amount: Decimal, reason: str, check: Check | None = None
) -> Refunded:
    """Pay back unallocated cash of a payment, by its own method.

    Above the company's `refund_approval_limit` nothing is posted: the amount is reserved and another user decides.
    Needs `payments.refund` and a reason of 10 to 500 characters. Raises PaymentNotFound (404), PaymentNotPosted
    (409), Conflict 409 `above_refundable` naming what is left.
    """
    actor.require("payments.refund")
    reason = checked_reason(reason)
    payment = lock_payment(actor=actor, payment_id=payment_id)
    if check:
        check(payment)
    require_posted(payment)
    _refuse_above(amount, payment.available, payment.reserved, f"the unallocated cash of {payment.number}")
    refund = _new_refund(actor, payment, None, amount, reason)
    if refund.status == Refund.Status.PENDING:
        write_together(
            [refund],
            [_event(actor, "payments.refund_requested", refund)],
            changes=[Change(_RESERVE, [amount, actor.company_id, payment.id])],
        )
        payment.reserved += amount
        payment.version += 1
        return Refunded(refund, payment)
    return _post_of_unallocated(actor, payment, refund, insert=True)


def approve_refund(*, actor: Actor, request_id: UUID, reason: str = "") -> Refunded:
    """Post what another person asked for. Needs `payments.approve_refund`.

    Raises RefundNotFound (404), NotAllowed 403 `second_person_required`, Conflict 409 `already_decided`.
    """
    payment, allocation, refund = _lock_request(actor, request_id)
    _decide(actor, refund, Refund.Status.APPROVED, reason)
    if allocation is None:
        return _post_of_unallocated(actor, payment, refund, insert=False)
    return _post_of_allocation(actor, payment, allocation, refund, insert=False)


def reject_refund(*, actor: Actor, request_id: UUID, reason: str = "") -> Refunded:
    """Turn down what another person asked for: nothing is posted, the amount is free again.

    Needs `payments.approve_refund`. Raises RefundNotFound (404), NotAllowed 403 `second_person_required`,
    Conflict 409 `already_decided`.
    """
    payment, allocation, refund = _lock_request(actor, request_id)
    _decide(actor, refund, Refund.Status.REJECTED, reason)
    held = refund.amount if allocation is None else ZERO
    write_together(
        [_event(actor, "payments.refund_rejected", refund)],
        changes=[_decision(refund), Change(_RESERVE, [-held, actor.company_id, payment.id])],
    )
    payment.reserved -= held
    payment.version += 1
    return Refunded(refund, payment, allocation, _items(actor, allocation) if allocation else None)


def _lock(
    actor: Actor, payment_id: UUID, allocation_id: UUID, check: Check | None = None
) -> tuple[Payment, Allocation]:
    payment = lock_payment(actor=actor, payment_id=payment_id)
    if check:
        check(payment)
    # Read under the payment's lock, which everything that changes an allocation holds.
    allocation = Allocation.objects.filter(
        company_id=actor.company_id, id=allocation_id, payment=payment.id
    ).first()
    if allocation is None:
        raise AllocationNotFound(f"There is no allocation {allocation_id}.")
    return payment, allocation


def _items(actor: Actor, allocation: Allocation) -> Items:
    return lock_named(actor=actor, obligation_ids=[allocation.obligation_id])


def _waiting(actor: Actor, allocation: Allocation) -> Decimal:
    """What refunds of the allocation that wait for approval reserve."""
    pending = allocation.refunds.filter(company_id=actor.company_id, status=Refund.Status.PENDING)
    total: Decimal | None = pending.aggregate(total=Sum("amount"))["total"]
    return total or ZERO


def _refuse_above(amount: Decimal, left: Decimal, waiting: Decimal, what: str) -> None:
    assert amount > 0, "doors take amounts above zero only"
    if amount > left:
        held = f" ({in_words(waiting)} wait for approval)" if waiting else ""
        raise Conflict(
            f"{in_words(amount)} is more than the {in_words(left)} of {what} that can be refunded{held}.",
            code=ABOVE_REFUNDABLE,
            field="amount",
        )


def _new_refund(
    actor: Actor, payment: Payment, allocation: Allocation | None, amount: Decimal, reason: str
) -> Refund:
    limit = actor.company.refund_approval_limit
    is_pending = amount > limit
    if is_pending and actor.user_id is None:
        raise NotAllowed(
            f"{in_words(amount)} is above the limit of {in_words(limit)}: a person asks for it.",
            code=ABOVE_LIMIT_BY_JOB,
        )
    return Refund(
        id=uuid7(),
        company_id=actor.company_id,
        payment_id=payment.id,
        allocation_id=allocation.id if allocation else None,
        amount=amount,
        reason=reason,
        status=Refund.Status.PENDING if is_pending else Refund.Status.POSTED,
        requested_by_id=actor.user_id,
    )


def _post_of_allocation(
    actor: Actor, payment: Payment, allocation: Allocation, refund: Refund, *, insert: bool
) -> Refunded:
    items = _items(actor, allocation)
    obligation = items.obligations[allocation.obligation_id]
    refund.discount_amount = discount_share(
        discount=allocation.discount_amount,
        cash=allocation.amount - allocation.discount_amount,
        refunded=allocation.refunded_amount + refund.amount,
        reversed_before=allocation.refunded_discount,
    )
    draft = postings.allocation_refunded(
        refund_id=refund.id,
        operation_id=allocation.operation_id,
        obligation_id=obligation.id,
        category=obligation.category,
        method=payment.method,
        cash=refund.amount,
        discount=refund.discount_amount,
        currency=payment.currency,
        on=clock.today(actor.company),
        customer_id=payment.customer_id,
        lease_id=obligation.lease_id,
        reverses=_applied_entry(actor, allocation),
        reason=refund.reason,
        case_no=payment.case_no,
    )
    change = Change(
        _REFUND_ALLOCATION,
        [
            refund.amount,
            refund.discount_amount,
            refund.amount,
            refund.reason,
            actor.company_id,
            allocation.id,
        ],
    )
    left = _post(actor, payment, refund, draft, [change], insert=insert, unallocated=ZERO)
    obligation.outstanding = left[obligation.id]
    obligation.status = obligation.Status.OPEN
    allocation.refresh_from_db()
    return Refunded(refund, payment, allocation, items)


def _post_of_unallocated(actor: Actor, payment: Payment, refund: Refund, *, insert: bool) -> Refunded:
    draft = postings.unallocated_refunded(
        refund_id=refund.id,
        payment_id=payment.id,
        method=payment.method,
        amount=refund.amount,
        currency=payment.currency,
        on=clock.today(actor.company),
        customer_id=payment.customer_id,
        lease_id=payment.lease_id,
        reason=refund.reason,
        case_no=payment.case_no,
    )
    _post(actor, payment, refund, draft, [], insert=insert, unallocated=refund.amount)
    return Refunded(refund, payment)


def _post(
    actor: Actor,
    payment: Payment,
    refund: Refund,
    draft: EntryDraft,
    changes: list[Change],
    *,
    insert: bool,
    unallocated: Decimal,
) -> dict[UUID, Decimal]:
    """Post the refund with its row (or its decision), its event and the payment's figures, in one statement."""
    held = ZERO if insert else unallocated
    posted = post_entries(
        actor=actor,
        drafts=[draft],
        rows=[
            [refund] if insert else [],
            [_event(actor, "payments.refunded" if insert else "payments.refund_approved", refund)],
        ],
        changes=[
            *changes,
            *([] if insert else [_decision(refund)]),
            Change(_PAY_BACK, [refund.amount, unallocated, held, actor.company_id, payment.id]),
        ],
    )
    payment.refunded += refund.amount
    payment.unallocated -= unallocated
    payment.reserved -= held
    payment.version += 1
    return posted.outstanding


def _applied_entry(actor: Actor, allocation: Allocation) -> UUID:
    """The entry that applied the allocation, which its refund corrects in part."""
    return Entry.objects.values_list("id", flat=True).get(
        company_id=actor.company_id,
        source_type=postings.ALLOCATION,
        event=postings.ALLOCATION_APPLIED,
        source_id=str(allocation.id),
    )


def _lock_request(actor: Actor, request_id: UUID) -> tuple[Payment, Allocation | None, Refund]:
    """The pending refund with payment and allocation, locked in that order; refused unless this person may decide."""
    actor.require("payments.approve_refund")
    rows = Refund.objects.filter(company_id=actor.company_id, id=request_id).exclude(
        status=Refund.Status.POSTED
    )
    known = rows.first()
    if known is None:
        raise RefundNotFound(f"There is no refund request {request_id}.")
    allocation: Allocation | None = None
    if known.allocation_id is None:
        payment = lock_payment(actor=actor, payment_id=known.payment_id)
    else:
        payment, allocation = _lock(actor, known.payment_id, known.allocation_id)
    refund = rows.get()
    if refund.status != Refund.Status.PENDING:
        raise Conflict(f"The request is {refund.get_status_display().lower()} already.", code=ALREADY_DECIDED)
    if actor.user_id is None or actor.user_id == refund.requested_by_id:
        raise NotAllowed("Another person decides on what you asked for.", code=SECOND_PERSON)
    return payment, allocation, refund


def _decide(actor: Actor, refund: Refund, status: Refund.Status, reason: str) -> None:
    refund.status = status
    refund.decided_by_id = actor.user_id
    refund.decided_at = clock.now()
    refund.decision_reason = reason.strip()[:LONGEST]


def _decision(refund: Refund) -> Change:
    return Change(
        _DECIDE,
        [
            str(refund.status),
            refund.discount_amount,
            refund.decided_by_id,
            refund.decided_at,
            refund.decision_reason,
            refund.company_id,
            refund.id,
        ],
    )


def _event(actor: Actor, action: str, refund: Refund) -> AuditEvent:
    details: dict[str, Any] = {
        "refund_id": str(refund.id),
        "amount": str(refund.amount),
        "discount": str(refund.discount_amount),
    }
    if refund.allocation_id:
        details["allocation_id"] = str(refund.allocation_id)
    return audit_event(
        actor=actor,
        action=action,
        subject_type=postings.PAYMENT,
        subject_id=refund.payment_id,
        reason=refund.decision_reason or refund.reason,
        details=details,
    )
