"""Undoing an operation as a unit: everything that was applied together is taken back together.

Rule: docs/domain.md#corrections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.audit import audit_event
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import AuditEvent
from cases.services import note_on_case
from ledger.postings import EntryDraft
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries
from payments.errors import ALREADY_UNDONE, OPERATION_REFUNDED, OperationNotFound
from payments.models import Allocation, CreditMemo, Payment
from payments.services.allocation import lock_payments
from payments.services.credit_voids import unapply_drafts
from payments.services.credits import follow_figures, lock_memos, refuse_used_by_run, use_credits
from payments.services.figures import move_unallocated
from payments.services.open_items import Items, lock_named
from payments.services.voids import LIVE, mark_voided, rest_of, undo_drafts, void_rows
from payments.services.waiting import refuse_pending

OPERATION: Final = "payments.operation"


@dataclass(frozen=True, slots=True)
class Undone:
    """An operation that was undone (`undo_of`) by another one, with what it had applied."""

    operation_id: UUID
    undo_of: UUID
    payments: tuple[Payment, ...]
    allocations: tuple[Allocation, ...]
    items: Items
    memos: tuple[CreditMemo, ...] = ()


@joins_transaction
def undo_operation(*, actor: Actor, operation_id: UUID, reason: str) -> Undone:
    """Void every live allocation of the operation, in one statement and as a separate operation.

    Lines voided one by one before stay as they are. Needs `payments.void_allocation` and a reason of 10 to 500
    characters. Raises OperationNotFound (404), Conflict 409 `already_undone`, `operation_refunded` (something of it
    was paid back), `refund_pending`; WeekClosed (409) for a credit that the weekly run applied.
    """
    actor.require("payments.void_allocation")
    reason = checked_reason(reason)
    rows = Allocation.objects.filter(company_id=actor.company_id, operation_id=operation_id).order_by("line")
    owners = list(rows.values_list("payment_id", "memo_id"))
    if not owners:
        raise OperationNotFound(f"There is no operation {operation_id}.")
    payments = lock_payments(actor=actor, ids={payment for payment, _ in owners if payment})
    memos = lock_memos(actor=actor, ids={memo for _, memo in owners if memo})
    # Read under the locks of payments and memos.
    allocations = list(rows)
    live = [each for each in allocations if each.status in LIVE]
    _refuse(actor, allocations, live, memos)
    items = lock_named(actor=actor, obligation_ids={each.obligation_id for each in live})
    made_id = uuid7()
    back = _cash_by_payment(live)
    credits = _credit_by_memo(live)
    voided_at = clock.now()
    event = _event(actor, operation_id, made_id, len(live), (back, credits), reason)
    taken = {key: -amount for key, amount in credits.items()}
    posted = post_entries(
        actor=actor,
        drafts=_drafts(actor, payments, memos, live, items, reason, made_id),
        rows=[[event]],
        changes=[
            void_rows(actor, live, reason, voided_at),
            move_unallocated(company_id=actor.company_id, by_payment=back),
            use_credits(company_id=actor.company_id, applied=taken, paid_out={}),
        ],
    )
    mark_voided(live, reason, voided_at)
    _bring_up_to_date(items, posted.outstanding, payments, back)
    _bring_memos_up_to_date(memos, credits)
    _note_on_cases(actor, [payments[key] for key in sorted(back)], operation_id, reason)
    return Undone(
        operation_id=made_id,
        undo_of=operation_id,
        payments=tuple(payments[key] for key in sorted(payments)),
        allocations=tuple(live),
        items=items,
        memos=tuple(memos[key] for key in sorted(memos)),
    )


def _event(
    actor: Actor,
    operation_id: UUID,
    made_id: UUID,
    lines: int,
    taken: tuple[Mapping[UUID, Decimal], Mapping[UUID, Decimal]],
    reason: str,
) -> AuditEvent:
    cash, credit = (sum(each.values(), ZERO) for each in taken)
    return audit_event(
        actor=actor,
        action="payments.operation_undone",
        subject_type=OPERATION,
        subject_id=operation_id,
        reason=reason,
        details={
            "operation_id": str(made_id),
            "undo_of": str(operation_id),
            "lines": lines,
            "cash": str(cash),
            "credit": str(credit),
        },
    )


def _drafts(
    actor: Actor,
    payments: Mapping[UUID, Payment],
    memos: Mapping[UUID, CreditMemo],
    live: Sequence[Allocation],
    items: Items,
    reason: str,
    made_id: UUID,
) -> list[EntryDraft]:
    of_payments = [each for each in live if each.payment_id is not None]
    of_memos = [each for each in live if each.memo_id is not None]
    return [
        *undo_drafts(actor, payments, of_payments, items.obligations, reason, made_id),
        *unapply_drafts(actor, memos, of_memos, items.obligations, reason, made_id),
    ]


def _bring_memos_up_to_date(memos: Mapping[UUID, CreditMemo], credits: Mapping[UUID, Decimal]) -> None:
    for key, amount in credits.items():
        memos[key].applied -= amount
        memos[key].version += 1
        follow_figures(memos[key])


def _bring_up_to_date(
    items: Items, owed: Mapping[UUID, Decimal], payments: Mapping[UUID, Payment], back: Mapping[UUID, Decimal]
) -> None:
    """Give the rows in memory what the statement made of them."""
    for key, left in owed.items():
        items.obligations[key].outstanding = left
        items.obligations[key].status = items.obligations[key].Status.OPEN
    for key, cash in back.items():
        payments[key].unallocated += cash
        payments[key].version += 1


def _refuse(
    actor: Actor,
    allocations: Sequence[Allocation],
    live: Sequence[Allocation],
    memos: Mapping[UUID, CreditMemo],
) -> None:
    for each in live:
        if each.memo_id is not None:
            refuse_used_by_run(memos[each.memo_id], each)
    refunded = sum((each.refunded_amount for each in allocations), ZERO)
    if refunded:
        raise Conflict(
            f"{format_amount(refunded)} of the operation was refunded: it cannot be undone as a whole.",
            code=OPERATION_REFUNDED,
        )
    if not live:
        raise Conflict("Everything in the operation has already been undone.", code=ALREADY_UNDONE)
    refuse_pending(
        actor=actor,
        payment_ids={each.payment_id for each in live if each.payment_id},
        allocation_ids={each.id for each in live},
        what="the operation",
    )


def _cash_by_payment(allocations: Sequence[Allocation]) -> dict[UUID, Decimal]:
    cash_by_payment: dict[UUID, Decimal] = {}
    for allocation in allocations:
        if allocation.payment_id is None:
            continue
        cash, _ = rest_of(allocation)
        cash_by_payment[allocation.payment_id] = cash_by_payment.get(allocation.payment_id, ZERO) + cash
    return cash_by_payment


def _credit_by_memo(allocations: Sequence[Allocation]) -> dict[UUID, Decimal]:
    credit_by_memo: dict[UUID, Decimal] = {}
    for allocation in allocations:
        if allocation.memo_id is not None:
            credit_by_memo[allocation.memo_id] = (
                credit_by_memo.get(allocation.memo_id, ZERO) + allocation.amount
            )
    return credit_by_memo


def _note_on_cases(actor: Actor, payments: Sequence[Payment], operation_id: UUID, reason: str) -> None:
    """A case hears of what was undone under it."""
    for payment in payments:
        if payment.case_no:
            note_on_case(
                actor=actor,
                case=payment.case_no,
                trigger="operation_undone",
                reason=reason,
                payload={"operation_id": str(operation_id), "payment_id": payment.number},
            )
