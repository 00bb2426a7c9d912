"""Undoing a whole batch as a unit: every payment it made is voided with its allocations, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet

from batconnect.core.approvals.kinds import Carried
from batconnect.core.approvals.limits import Excess, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import format_count
from batconnect.core.models import Approval
from ledger.models import Entry
from ledger.postings import EntryDraft
from ledger.rules.reasons import checked_reason
from ledger.services import lock_obligations, post_entries
from payments import postings
from payments.batches.errors import BatchRunning
from payments.batches.feeds import BankFeed, bank_feed
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.subjects import BATCH
from payments.errors import ALREADY_UNDONE, OPERATION_REFUNDED
from payments.models import Allocation, Payment
from payments.services.allocation import lock_payments
from payments.services.figures import void_payments
from payments.services.void_limits import void_actions, void_kind
from payments.services.voids import LIVE, refuse_at_bank, refuse_deposited, undo_drafts, void_rows
from payments.services.waiting import refuse_pending

_CHUNK: Final = 1_000


@dataclass(frozen=True, slots=True)
class UndoneBatch:
    """What undoing took back; amounts are the payments' in their own currencies."""

    batch: PaymentBatch
    operation_id: UUID
    payments: int
    allocations: int
    receipts: int
    amount: Decimal


@reads
def find_batch_operation(*, actor: Actor, operation_id: UUID) -> PaymentBatch | None:
    """The batch that the operation belongs to, if any."""
    return PaymentBatch.objects.filter(company_id=actor.company_id, operation_id=operation_id).first()


@joins_transaction
def undo_batch(*, actor: Actor, batch: PaymentBatch, reason: str) -> UndoneBatch | Approval:
    """Void every payment of the batch with its allocations, those made later too.

    Of a bank's feed what the system said of its lines is taken back; the lines stay booked, and what people said of
    them stays said. Payments that were voided one by one before stay as they are. When one of them, or what a customer
    had today, is above the company's `void_approval_limit`, the answer is the request on which another user decides.
    Needs `payments.import_batches` and `payments.void`, and a reason of 10 to 500 characters. Raises BatchRunning,
    Conflict 409 `already_undone`, `operation_refunded` (something of it was paid back), `at_the_bank` (a payment lies
    on a line of a statement of its own), `refund_pending`, `approval_pending`.
    """
    actor.require("payments.import_batches")
    actor.require("payments.void")
    return _undo_batch(actor, batch, checked_reason(reason))


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Undo the batch that another person asked to undo."""
    batch = PaymentBatch.objects.get(company_id=actor.company_id, id=approval.parameters["batch_id"])
    done = _undo_batch(actor, batch, approval.reason, approval)
    assert isinstance(done, UndoneBatch)
    sentence = f"{batch.number} is undone with {format_count(done.payments, 'payment')}."
    return Carried(sentence, {"operation_id": str(done.operation_id)}, done)


KIND: Final = void_kind(
    code="undo_batch", label="Batch undone", trail="payments.batch_undo", carry_out=_carry_out
)


def _ask(
    actor: Actor, batch: PaymentBatch, payments: Sequence[Payment], reason: str, excess: Excess
) -> Approval:
    """One request for the whole batch; an amount only where all of it is in one currency."""
    currencies = {each.currency for each in payments}
    is_one = len(currencies) == 1
    about = About(
        subject_type=BATCH,
        subject_id=str(batch.id),
        title=f"Undoing {batch.number} with {format_count(len(payments), 'payment')}",
        parameters={"batch_id": str(batch.id)},
        reason=reason,
        amount=sum((each.amount for each in payments), ZERO) if is_one else None,
        currency=currencies.pop() if is_one else "",
        holds=str(batch.id),
    )
    return request_approval(actor=actor, kind=KIND, about=about, excess=excess)


def _undo_batch(
    actor: Actor, batch: PaymentBatch, reason: str, approval: Approval | None = None
) -> UndoneBatch | Approval:
    batch = PaymentBatch.objects.select_for_update(no_key=True).get(company_id=actor.company_id, id=batch.id)
    if not batch.is_finished:
        raise BatchRunning(f"{batch.number} is still running: cancel it first.")
    if batch.undone_at is not None:
        raise Conflict(f"{batch.number} has already been undone.", code=ALREADY_UNDONE)
    feed = bank_feed() if batch.source_type == PaymentBatch.Source.BANK_FEED else None
    ids = _payment_ids(actor, batch, feed)
    payments = [
        each for each in lock_payments(actor=actor, ids=ids).values() if each.status == Payment.Status.POSTED
    ]
    _refuse(actor, batch, ids, feed)
    excess = find_excess(actor=actor, kind=KIND, actions=void_actions(payments))
    if excess is not None and approval is None:
        return _ask(actor, batch, payments, reason, excess)
    _lock_obligations(actor, ids)
    made_id, voided_at = uuid7(), clock.now()
    own = set(feed.payments_of(actor=actor, batch=batch)) if feed else set[UUID]()
    allocations, amount = _live(actor, ids).count(), sum((each.amount for each in payments), ZERO)
    if feed:
        feed.undo_parts(actor=actor, batch=batch, reason=reason, approval=approval)
    for start in range(0, len(ids), _CHUNK):
        _undo_payments(actor, ids[start : start + _CHUNK], own, reason, made_id, voided_at, approval)
    receipts = (
        feed.void_receipts(actor=actor, batch=batch, reason=reason, operation_id=made_id) if feed else 0
    )
    held = _drop_held(batch)
    PaymentBatch.objects.filter(company_id=actor.company_id, id=batch.id).update(
        undone_at=voided_at, held_rows=0, cancelled_rows=F("cancelled_rows") + held
    )
    batch.undone_at = voided_at
    record_event(
        actor=actor,
        action="payments.batch_undone",
        subject_type=BATCH,
        subject_id=batch.id,
        reason=reason,
        details={
            "batch": batch.number,
            "operation_id": str(made_id),
            "payments": len(payments),
            "allocations": allocations,
            "receipts": receipts,
            "amount": str(amount),
        },
    )
    return UndoneBatch(batch, made_id, len(payments), allocations, receipts, amount)


def _payment_ids(actor: Actor, batch: PaymentBatch, feed: BankFeed | None) -> list[UUID]:
    """The payments that rows became, and those that a bank's lines did."""
    rows = PaymentBatchRow.objects.filter(
        company_id=batch.company_id, batch=batch.id, payment__isnull=False
    ).values_list("payment_id", flat=True)
    return sorted({*rows, *(feed.payments_of(actor=actor, batch=batch) if feed else ())})


def _live(actor: Actor, payments: Collection[UUID]) -> QuerySet[Allocation]:
    rows = Allocation.objects.filter(company_id=actor.company_id, payment__in=list(payments), status__in=LIVE)
    return rows.filter(payment__status=Payment.Status.POSTED)


def _drop_held(batch: PaymentBatch) -> int:
    """Cancel the rows that still wait for somebody's decision; how many."""
    return PaymentBatchRow.objects.filter(
        company_id=batch.company_id, batch=batch.id, status=PaymentBatchRow.Status.HELD
    ).update(status=PaymentBatchRow.Status.CANCELLED)


def _lock_obligations(actor: Actor, ids: Sequence[UUID]) -> None:
    """All obligations of the payments, by id, before anything is written in chunks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from ledger_obligations where company_id = %s::uuid and id in (select obligation_id "
            "from payment_allocations where company_id = %s::uuid and payment_id = any(%s::uuid[]) "
            "and status in ('active', 'partially_refunded')) order by id for no key update",
            [actor.company_id, actor.company_id, list(ids)],
        )


def _refuse(actor: Actor, batch: PaymentBatch, ids: Sequence[UUID], feed: BankFeed | None) -> None:
    here = {"company_id": actor.company_id}
    refunded = Payment.objects.filter(**here, id__in=ids, refunded__gt=0).order_by("number_order").first()
    if refunded is not None:
        raise Conflict(
            f"{format_amount(refunded.refunded)} of {refunded.number} was refunded: {batch.number} cannot be undone "
            "as a whole.",
            code=OPERATION_REFUNDED,
        )
    came_back = Payment.objects.filter(
        **here, id__in=ids, returned__gt=0, status=Payment.Status.POSTED
    ).order_by("number_order")
    if (payment := came_back.first()) is not None:
        raise Conflict(
            f"{format_amount(payment.returned)} of {payment.number} came back: {batch.number} cannot be undone as a "
            "whole.",
            code=OPERATION_REFUNDED,
        )

    deposited = Payment.objects.filter(**here, id__in=ids, deposited__gt=0).order_by("number_order").first()
    if deposited is not None:
        refuse_deposited(deposited)
    own = feed.payments_of(actor=actor, batch=batch) if feed else ()
    joined = Payment.objects.filter(**here, id__in=ids, at_bank_id__isnull=False).exclude(id__in=own)
    if (payment := joined.order_by("number_order").first()) is not None:
        refuse_at_bank(payment)
    if feed:
        feed.refuse_undo(actor=actor, batch=batch)
    refuse_pending(actor=actor, payment_ids=ids)


def _undo_payments(
    actor: Actor,
    ids: Sequence[UUID],
    own: Collection[UUID],
    reason: str,
    operation_id: UUID,
    voided_at: datetime,
    approval: Approval | None,
) -> None:
    """Void those of a chunk that are posted, in one statement; `own` are taken off the bank's lines."""
    payments = {
        key: each
        for key, each in lock_payments(actor=actor, ids=ids).items()
        if each.status == Payment.Status.POSTED
    }
    if not payments:
        return
    live = list(_live(actor, payments).order_by("id"))
    obligations = lock_obligations(actor=actor, ids={each.obligation_id for each in live})
    drafts = undo_drafts(actor, payments, live, obligations, reason, operation_id)
    drafts += _reversals(actor, [each for each in payments.values() if each.id not in own], reason)
    changes = [void_rows(actor, live, reason, voided_at)] if live else []
    if lying := [each for each in payments.values() if each.id in own]:
        taken = bank_feed().take_back(actor=actor, payments=lying, reason=reason, operation_id=operation_id)
        drafts += taken.drafts
        changes += taken.changes
    changes.append(void_payments(list(payments.values()), voided_at=voided_at, reason=reason))
    actions = void_actions(list(payments.values()))
    counted = limited_actions(actor=actor, kind=KIND, actions=actions, approval=approval)
    post_entries(actor=actor, drafts=drafts, rows=[counted], changes=changes)


def _reversals(actor: Actor, payments: Sequence[Payment], reason: str) -> list[EntryDraft]:
    """What takes payments that do not lie at the bank out of the books."""
    received = _received(actor, [each.id for each in payments])
    return [
        postings.payment_voided(
            payment_id=each.id,
            method=each.method,
            amount=each.amount,
            currency=each.currency,
            on=clock.today(actor.company),
            customer_id=each.customer_id,
            lease_id=each.lease_id,
            reverses=received.get(str(each.id)),
            reason=reason,
        )
        for each in payments
    ]


def _received(actor: Actor, payments: Collection[UUID]) -> dict[str, UUID]:
    """The entries that received the payments, by the payments' ids as entries name them."""
    entries = Entry.objects.filter(
        company_id=actor.company_id,
        source_type=postings.PAYMENT,
        event=postings.PAYMENT_RECEIVED,
        source_id__in=[str(key) for key in payments],
    )
    return dict(entries.values_list("source_id", "id"))
