"""Undoing: an allocation, or a payment with every allocation it ever fed.

Rule: docs/domain.md#interim-payments, docs/domain.md#corrections.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import models

from batconnect.core.approvals.kinds import Carried
from batconnect.core.approvals.limits import Excess, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval, LimitedAction
from cases.services import note_on_case
from ledger.errors import ALREADY_VOIDED, OPENING_LOCKED
from ledger.models import Entry, Obligation
from ledger.postings import EntryDraft
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries
from ledger.services.locks import lock_obligations
from ledger.treasury.services.paying import returning_account
from payments import postings
from payments.errors import (
    AllocationNotFound,
    AllocationNotLive,
    PaymentAtBank,
    PaymentDeposited,
    PaymentNotPosted,
    PaymentRefunded,
    PaymentReturned,
)
from payments.models import Allocation, Payment
from payments.services.allocation import lock_payment
from payments.services.figures import move_cash, void_payments
from payments.services.void_limits import VOID, void_actions, void_kind
from payments.services.waiting import refuse_pending

LIVE: Final = (Allocation.Status.ACTIVE.value, Allocation.Status.PARTIALLY_REFUNDED.value)
Check = Callable[[Payment], None]

_VOID_ALLOCATIONS: Final = """
update payment_allocations
set status = 'voided', voided_at = %s::timestamptz, updated_at = %s::timestamptz, reason = %s
where company_id = %s::uuid and id = any(%s::uuid[])
"""


@joins_transaction
def void_allocation(
    *,
    actor: Actor,
    allocation_id: UUID,
    reason: str,
    payment_id: UUID | None = None,
    check: Check | None = None,
) -> Allocation:
    """Return what is left of the allocation to its payment and its obligation (docs/domain.md#corrections).

    Cash goes back to unallocated cash, the discount's rest to discounts allowed; refunded parts stay refunded.
    What a credit memo was applied to is `credit_voids`'s. `payment_id`, when given, must be its payment; `check` is
    called with the locked payment (`If-Match`). Needs `payments.void_allocation` and a reason of 10 to 500 characters.
    Raises AllocationNotFound (404), AllocationNotLive (409) when it is voided or wholly refunded, Conflict 409
    `refund_pending`.
    """
    actor.require("payments.void_allocation")
    reason = checked_reason(reason)
    matching = Allocation.objects.filter(company_id=actor.company_id, id=allocation_id, payment__isnull=False)
    owner = matching.values_list("payment_id", flat=True).first()
    if owner is None or (payment_id is not None and owner != payment_id):
        raise AllocationNotFound(f"There is no allocation {allocation_id}.")
    payment = lock_payment(actor=actor, payment_id=owner)
    if check:
        check(payment)
    allocation = matching.get()
    require_live(allocation)
    refuse_pending(
        actor=actor, payment_ids=[payment.id], allocation_ids=[allocation.id], what="the allocation"
    )
    drafts, voided_at = _undo(actor, payment, [allocation], reason)
    cash, _ = rest_of(allocation)
    _write(
        actor,
        payment,
        event="allocation_voided",
        reason=reason,
        payload={"allocation_id": str(allocation.id), "amount": allocation.amount},
        drafts=drafts,
        changes=[
            void_rows(actor, [allocation], reason, voided_at),
            move_cash(payment, unallocated=cash),
        ],
    )
    return allocation


@joins_transaction
def void_payment(
    *,
    actor: Actor,
    reason: str,
    payment_id: UUID | None = None,
    number: str | None = None,
    check: Check | None = None,
) -> Payment | Approval:
    """Void every live allocation of the payment, those made later from its rest too, then the payment.

    The obligations owe again what was applied, the cash account gives the money back, the case gets an event.
    `check` is called with the locked payment (`If-Match`). Above the company's `void_approval_limit`, counted with
    what its customer had today, nothing is done: the answer is the request on which another user decides. Needs
    `payments.void` and a reason of 10 to 500 characters. Raises PaymentNotFound (404), PaymentNotPosted (409
    `already_voided`), PaymentRefunded (409), Conflict 409 `refund_pending`, `approval_pending`.
    """
    actor.require("payments.void")
    reason = checked_reason(reason)
    payment = lock_payment(actor=actor, payment_id=payment_id, number=number)
    if check:
        check(payment)
    refuse_at_bank(payment)
    require_voidable(actor, payment)
    excess = find_excess(actor=actor, kind=KIND, actions=void_actions([payment]))
    if excess is not None:
        return _ask(actor, payment, reason, excess)
    return _void(actor, payment, reason, None)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Void what another person asked for; refused by now when it is voided or refunded already."""
    payment = lock_payment(actor=actor, payment_id=UUID(approval.parameters["payment_id"]))
    refuse_at_bank(payment)
    require_voidable(actor, payment)
    find_excess(actor=actor, kind=KIND, actions=void_actions([payment]))
    _void(actor, payment, approval.reason, approval)
    sentence = f"{payment.number} for {format_amount(payment.amount)} {payment.currency} is voided."
    return Carried(sentence, {"payment_id": str(payment.id)}, payment)


KIND: Final = void_kind(code=VOID, label="Void", trail="payments.void", carry_out=_carry_out)


def _ask(actor: Actor, payment: Payment, reason: str, excess: Excess) -> Approval:
    about = About(
        subject_type=postings.PAYMENT,
        subject_id=str(payment.id),
        title=f"Void of {payment.number} for {format_amount(payment.amount)} {payment.currency}",
        parameters={"payment_id": str(payment.id)},
        reason=reason,
        amount=payment.amount,
        currency=payment.currency,
        customer_id=payment.customer_id,
        holds=str(payment.id),
    )
    return request_approval(actor=actor, kind=KIND, about=about, excess=excess)


def refuse_at_bank(payment: Payment) -> None:
    """Raise PaymentAtBank (409) for a payment that lies on a statement's line or a closed deposit slip."""
    if payment.at_bank_id is not None:
        raise PaymentAtBank(
            f"{payment.number} is at the bank: take it off its line or deposit slip, or record that it came back."
        )


@reads
def require_voidable(actor: Actor, payment: Payment) -> None:
    """Raise for a payment that cannot be voided: PaymentNotPosted, PaymentReturned, PaymentRefunded, PaymentDeposited,
    Conflict `refund_pending` (409)."""
    if payment.status == Payment.Status.VOIDED:
        raise PaymentNotPosted(f"{payment.number} has already been voided.", code=ALREADY_VOIDED)
    if payment.status != Payment.Status.POSTED:
        raise PaymentNotPosted(f"{payment.number} is {payment.get_status_display().lower()}.")
    if payment.returned > 0:
        raise PaymentReturned(f"{payment.returned:,.2f} of {payment.number} came back: it cannot be voided.")
    if payment.refunded > 0:
        raise PaymentRefunded(
            f"{payment.refunded:,.2f} of {payment.number} was refunded: it cannot be voided."
        )
    refuse_deposited(payment)
    refuse_pending(actor=actor, payment_ids=[payment.id], what=payment.number)


def refuse_deposited(payment: Payment) -> None:
    """Raise for a payment whose money is not here to be taken back: PaymentDeposited (409) while some of it is a
    security deposit, Conflict `opening_locked` for one that came before the books were opened."""
    if payment.deposited > 0:
        raise PaymentDeposited(
            f"{format_amount(payment.deposited)} of {payment.number} is held as a security deposit."
        )
    if payment.is_opening:
        raise Conflict(
            f"{payment.number} came before the books were opened: it cannot be voided.", code=OPENING_LOCKED
        )


def _void(actor: Actor, payment: Payment, reason: str, approval: Approval | None) -> Payment:
    """Void the locked payment; its instance gets the new figures."""
    live = list(payment.allocations.filter(company_id=actor.company_id, status__in=LIVE).order_by("id"))
    drafts, voided_at = _undo(actor, payment, live, reason, with_payment=True)
    changes = [void_payments([payment], voided_at=voided_at, reason=reason)]
    if live:
        changes.insert(0, void_rows(actor, live, reason, voided_at))
    _write(
        actor,
        payment,
        event="payment_voided",
        reason=reason,
        payload={"payment_id": payment.number, "amount": payment.amount, "allocations": len(live)},
        drafts=drafts,
        changes=changes,
        counted=limited_actions(actor=actor, kind=KIND, actions=void_actions([payment]), approval=approval),
    )
    return payment


def require_live(allocation: Allocation) -> None:
    """Raise AllocationNotLive (409) for an allocation that is voided or wholly refunded."""
    if allocation.status not in LIVE:
        raise AllocationNotLive(f"The allocation is already {allocation.get_status_display().lower()}.")


def rest_of(allocation: Allocation) -> tuple[Decimal, Decimal]:
    """The cash and the discount of the allocation that refunds have left."""
    cash = allocation.amount - allocation.discount_amount - allocation.refunded_amount
    return cash, allocation.discount_amount - allocation.refunded_discount


def _undo(
    actor: Actor,
    payment: Payment,
    allocations: Sequence[Allocation],
    reason: str,
    *,
    with_payment: bool = False,
) -> tuple[list[EntryDraft], datetime]:
    """Lock the obligations, draft the entries that undo, mark the instances; the caller writes."""
    obligations = lock_obligations(actor=actor, ids={each.obligation_id for each in allocations})
    entries = entries_to_reverse(actor, allocations, payment=payment if with_payment else None)
    voided_at = clock.now()
    drafts = [
        undo_draft(actor, payment, each, obligations[each.obligation_id], entries, reason)
        for each in allocations
    ]
    mark_voided(allocations, reason, voided_at)
    if with_payment:
        received = entries.get(str(payment.id))
        drafts.append(
            postings.payment_voided(
                payment_id=payment.id,
                method=payment.method,
                amount=payment.amount,
                currency=payment.currency,
                on=clock.today(actor.company),
                customer_id=payment.customer_id,
                lease_id=payment.lease_id,
                reverses=received,
                reason=reason,
                case_no=payment.case_no,
                cash_account=returning_account(actor=actor, entry_id=received) if received else "",
            )
        )
    return drafts, voided_at


def mark_voided(allocations: Sequence[Allocation], reason: str, voided_at: datetime) -> None:
    """Give the instances what `void_rows` writes."""
    for allocation in allocations:
        allocation.status = Allocation.Status.VOIDED
        allocation.voided_at = allocation.updated_at = voided_at
        allocation.reason = reason


@joins_transaction
def undo_draft(
    actor: Actor,
    payment: Payment,
    allocation: Allocation,
    obligation: Obligation,
    entries: Mapping[str, UUID],
    reason: str,
    operation_id: UUID | None = None,
) -> EntryDraft:
    """The entry that undoes what refunds left of the allocation; part of its operation unless another is named."""
    cash, discount = rest_of(allocation)
    return postings.allocation_voided(
        allocation_id=allocation.id,
        operation_id=operation_id or allocation.operation_id,
        payment_id=payment.id,
        obligation_id=obligation.id,
        category=obligation.category,
        cash=cash,
        discount=discount,
        currency=payment.currency,
        on=clock.today(actor.company),
        customer_id=payment.customer_id,
        lease_id=obligation.lease_id,
        reverses=entries[str(allocation.id)],
        is_full_reversal=allocation.refunded_amount == 0,
        reason=reason,
        case_no=payment.case_no,
    )


@joins_transaction
def undo_drafts(
    actor: Actor,
    payments: Mapping[UUID, Payment],
    allocations: Sequence[Allocation],
    obligations: Mapping[UUID, Obligation],
    reason: str,
    operation_id: UUID | None = None,
) -> list[EntryDraft]:
    """The entries that undo what refunds left of the allocations, as `undo_draft` makes each."""
    entries = entries_to_reverse(actor, allocations)
    return [
        undo_draft(
            actor,
            payments[_owner(each)],
            each,
            obligations[each.obligation_id],
            entries,
            reason,
            operation_id,
        )
        for each in allocations
    ]


def _owner(allocation: Allocation) -> UUID:
    assert allocation.payment_id is not None, "credit memos have entries of their own"
    return allocation.payment_id


@reads
def entries_to_reverse(
    actor: Actor, allocations: Sequence[Allocation], *, payment: Payment | None = None
) -> dict[str, UUID]:
    """The entries that applied the allocations, and the one that received the payment if given, by source id."""
    condition = models.Q(
        source_type=postings.ALLOCATION,
        event__in=postings.APPLYING,
        source_id__in=[str(each.id) for each in allocations],
    )
    if payment is not None:
        condition |= models.Q(
            source_type=postings.PAYMENT, event=postings.PAYMENT_RECEIVED, source_id=str(payment.id)
        )
    rows = Entry.objects.filter(condition, company_id=actor.company_id)
    return dict(rows.values_list("source_id", "id"))


@joins_transaction
def void_rows(actor: Actor, allocations: Sequence[Allocation], reason: str, voided_at: datetime) -> Change:
    """The update that marks the allocations voided."""
    ids = sorted(each.id for each in allocations)
    return Change(_VOID_ALLOCATIONS, [voided_at, voided_at, reason, actor.company_id, ids])


def _write(
    actor: Actor,
    payment: Payment,
    *,
    event: str,
    reason: str,
    payload: dict[str, Any],
    drafts: Sequence[EntryDraft],
    changes: Sequence[Change],
    counted: Sequence[LimitedAction] = (),
) -> None:
    """Post, and record who did it and why: on the payment's case or, if it has none, in the audit trail."""
    row_changes = (
        []
        if payment.case_no
        else [
            audit_event(
                actor=actor,
                action=f"payments.{event}",
                subject_type=postings.PAYMENT,
                subject_id=payment.id,
                reason=reason,
                details=payload,
            )
        ]
    )
    post_entries(actor=actor, drafts=drafts, rows=[row_changes, counted], changes=changes)
    if payment.case_no:
        note_on_case(actor=actor, case=payment.case_no, trigger=event, reason=reason, payload=payload)
