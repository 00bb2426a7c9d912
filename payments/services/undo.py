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
from cases.services import note_on_case
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries
from payments.errors import ALREADY_UNDONE, OPERATION_REFUNDED, OperationNotFound
from payments.models import Allocation, Payment
from payments.services.allocation import lock_payments
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


@joins_transaction
def undo_operation(*, actor: Actor, operation_id: UUID, reason: str) -> Undone:
    """Void every live allocation of the operation, in one statement and as a separate operation.

    Lines voided one by one before stay as they are. Needs `payments.void_allocation` and a reason of 10 to 500
    characters. Raises OperationNotFound (404), Conflict 409 `already_undone`, `operation_refunded` (something of it
    was paid back), `refund_pending`.
    """
    actor.require("payments.void_allocation")
    reason = checked_reason(reason)
    rows = Allocation.objects.filter(company_id=actor.company_id, operation_id=operation_id).order_by("line")
    owners = set(rows.values_list("payment_id", flat=True))
    if not owners:
        raise OperationNotFound(f"There is no operation {operation_id}.")
    payments = lock_payments(actor=actor, ids=owners)
    # Read under the payments' locks.
    allocations = list(rows)
    live = [each for each in allocations if each.status in LIVE]
    _refuse(actor, allocations, live)
    items = lock_named(actor=actor, obligation_ids={each.obligation_id for each in live})
    made_id = uuid7()
    voided_at = clock.now()
    drafts = undo_drafts(actor, payments, live, items.obligations, reason, made_id)
    back = _cash_by_payment(live)
    event = audit_event(
        actor=actor,
        action="payments.operation_undone",
        subject_type=OPERATION,
        subject_id=operation_id,
        reason=reason,
        details={
            "operation_id": str(made_id),
            "undo_of": str(operation_id),
            "lines": len(live),
            "cash": str(sum(back.values(), ZERO)),
        },
    )
    posted = post_entries(
        actor=actor,
        drafts=drafts,
        rows=[[event]],
        changes=[
            void_rows(actor, live, reason, voided_at),
            move_unallocated(company_id=actor.company_id, by_payment=back),
        ],
    )
    mark_voided(live, reason, voided_at)
    _bring_up_to_date(items, posted.outstanding, payments, back)
    _note_on_cases(actor, [payments[key] for key in sorted(back)], operation_id, reason)
    return Undone(made_id, operation_id, tuple(payments[key] for key in sorted(payments)), tuple(live), items)


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


def _refuse(actor: Actor, allocations: Sequence[Allocation], live: Sequence[Allocation]) -> None:
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
        payment_ids={each.payment_id for each in live},
        allocation_ids={each.id for each in live},
        what="the operation",
    )


def _cash_by_payment(allocations: Sequence[Allocation]) -> dict[UUID, Decimal]:
    cash_by_payment: dict[UUID, Decimal] = {}
    for allocation in allocations:
        cash, _ = rest_of(allocation)
        cash_by_payment[allocation.payment_id] = cash_by_payment.get(allocation.payment_id, ZERO) + cash
    return cash_by_payment


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
