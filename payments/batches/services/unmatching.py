"""Taking a wrong match back: the money is unidentified again, and everything it paid is owed again.

Rule: docs/domain.md#bookings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from batconnect.core.approvals.kinds import Carried
from batconnect.core.approvals.limits import Excess, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval, AuditEvent
from ledger.errors import ALREADY_VOIDED
from ledger.models import Entry, Obligation
from ledger.postings import EntryDraft
from ledger.rules.reasons import checked_reason
from ledger.services import lock_obligations, post_entries
from payments.batches import postings
from payments.batches.errors import ReceiptNotFound, ReceiptNotMatched
from payments.batches.models import PayerAccount, UnidentifiedReceipt
from payments.errors import PaymentNotPosted, PaymentRefunded
from payments.models import Allocation, Payment
from payments.services.allocation import lock_payment
from payments.services.figures import void_payments
from payments.services.void_limits import void_actions, void_kind
from payments.services.voids import (
    LIVE,
    mark_voided,
    undo_drafts,
    void_rows,
)
from payments.services.waiting import refuse_pending

_REOPEN: Final = """
update unidentified_receipts set status = 'open', payment_id = null, matched_by = '', matched_at = null
where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """The receipt, open again, the payment that it had become, and what that had paid."""

    receipt: UnidentifiedReceipt
    payment: Payment
    allocations: tuple[Allocation, ...]


@joins_transaction
def unmatch_receipt(*, actor: Actor, receipt_id: UUID, reason: str) -> Unmatched | Approval:
    """Take the match of a receipt back: it is open again, to be matched to another customer.

    The payment that it became is voided with every live allocation; its money stays in the bank, as an
    unidentified receipt. That the payer's account is the customer's is forgotten. Above the company's
    `void_approval_limit` the answer is the request on which another user decides. Needs
    `payments.import_batches`, `payments.void` and a reason of 10 to 500 characters. Raises ReceiptNotFound (404),
    ReceiptNotMatched, PaymentNotPosted (the payment is voided, so the money is gone), PaymentRefunded (409),
    Conflict 409 `refund_pending`, `approval_pending`. Locks the payment, its customer, its obligations, then the
    receipt.
    """
    actor.require("payments.import_batches")
    actor.require("payments.void")
    return _unmatch(actor, receipt_id, checked_reason(reason))


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Take the match back that another person asked for."""
    done = _unmatch(actor, UUID(approval.parameters["receipt_id"]), approval.reason, approval)
    assert isinstance(done, Unmatched)
    sentence = f"The match of {format_amount(done.receipt.amount)} {done.receipt.currency} is taken back."
    return Carried(sentence, {"payment_id": str(done.payment.id)}, done)


KIND: Final = void_kind(
    code="unmatch", label="Match taken back", trail="payments.receipt_unmatch", carry_out=_carry_out
)


def _ask(
    actor: Actor, receipt: UnidentifiedReceipt, payment: Payment, reason: str, excess: Excess
) -> Approval:
    about = About(
        subject_type=postings.RECEIPT,
        subject_id=str(receipt.id),
        title=f"Match of {payment.number} for {format_amount(payment.amount)} {payment.currency} taken back",
        parameters={"receipt_id": str(receipt.id)},
        reason=reason,
        amount=payment.amount,
        currency=payment.currency,
        customer_id=payment.customer_id,
        holds=str(receipt.id),
    )
    return request_approval(actor=actor, kind=KIND, about=about, excess=excess)


def _unmatch(
    actor: Actor, receipt_id: UUID, reason: str, approval: Approval | None = None
) -> Unmatched | Approval:
    receipts = UnidentifiedReceipt.objects.filter(company_id=actor.company_id, id=receipt_id)
    known = receipts.first()
    if known is None:
        raise ReceiptNotFound(f"There is no unidentified receipt {receipt_id}.")
    payment = _matched_payment(actor, known)
    _refuse(actor, payment)
    excess = find_excess(actor=actor, kind=KIND, actions=void_actions([payment]))
    if excess is not None and approval is None:
        return _ask(actor, known, payment, reason, excess)
    live = list(payment.allocations.filter(company_id=actor.company_id, status__in=LIVE).order_by("id"))
    obligations = lock_obligations(actor=actor, ids={each.obligation_id for each in live})
    receipt = receipts.select_for_update(no_key=True).get()
    if receipt.payment_id != payment.id:
        raise ReceiptNotMatched(f"The receipt is now {receipt.get_status_display().lower()}.")
    voided_at = clock.now()
    post_entries(
        actor=actor,
        drafts=_drafts(actor, payment, live, obligations, reason),
        rows=[
            [_event(actor, payment, receipt, len(live), reason)],
            limited_actions(actor=actor, kind=KIND, actions=void_actions([payment]), approval=approval),
        ],
        changes=_changes(actor, payment, live, reason, voided_at, receipt),
    )
    mark_voided(live, reason, voided_at)
    PayerAccount.objects.filter(
        company_id=actor.company_id, account=receipt.payer_account, customer=payment.customer_id
    ).delete()
    receipt.refresh_from_db()
    return Unmatched(receipt, payment, tuple(live))


@joins_transaction
def void_match(*, actor: Actor, source_id: str, event: str, reason: str) -> Approval | None:
    """Void the event that a match posted. Raises Conflict 409 `already_voided` when it is none, or taken back."""
    receipt_id = (
        UnidentifiedReceipt.objects.filter(company_id=actor.company_id, payment_id=UUID(source_id))
        .values_list("id", flat=True)
        .first()
    )
    if event != postings.MATCHED or receipt_id is None:
        raise Conflict("There is no match to take back.", code=ALREADY_VOIDED)
    done = unmatch_receipt(actor=actor, receipt_id=receipt_id, reason=reason)
    return done if isinstance(done, Approval) else None


def _matched_payment(actor: Actor, receipt: UnidentifiedReceipt) -> Payment:
    """The payment that the receipt became, locked."""
    if receipt.payment_id is None:
        raise ReceiptNotMatched(
            f"The receipt is {receipt.get_status_display().lower()}: it is nobody's payment."
        )
    return lock_payment(actor=actor, payment_id=receipt.payment_id)


def _refuse(actor: Actor, payment: Payment) -> None:
    if payment.status != Payment.Status.POSTED:
        raise PaymentNotPosted(
            f"{payment.number} is {payment.get_status_display().lower()}: its money is no longer here."
        )
    if payment.refunded > 0:
        raise PaymentRefunded(
            f"{payment.refunded:,.2f} of {payment.number} was refunded: the match cannot be taken back."
        )
    refuse_pending(actor=actor, payment_ids=[payment.id], what=payment.number)


def _matching_entry(actor: Actor, payment: Payment) -> UUID:
    """The entry that made the receipt the customer's."""
    return Entry.objects.values_list("id", flat=True).get(
        company_id=actor.company_id, event=postings.MATCHED, postings__payment_id=payment.id
    )


def _drafts(
    actor: Actor,
    payment: Payment,
    live: Sequence[Allocation],
    obligations: Mapping[UUID, Obligation],
    reason: str,
) -> list[EntryDraft]:
    """Every line is voided, then the match itself."""
    drafts = undo_drafts(actor, {payment.id: payment}, live, obligations, reason)
    matched = postings.unidentified_unmatched(
        payment_id=payment.id,
        amount=payment.amount,
        currency=payment.currency,
        on=clock.today(actor.company),
        customer_id=payment.customer_id,
        reverses=_matching_entry(actor, payment),
        reason=reason,
    )
    return [*drafts, matched]


def _event(
    actor: Actor, payment: Payment, receipt: UnidentifiedReceipt, allocations: int, reason: str
) -> AuditEvent:
    return audit_event(
        actor=actor,
        action="payments.receipt_unmatched",
        subject_type=postings.RECEIPT,
        subject_id=receipt.id,
        reason=reason,
        details={
            "payment_id": payment.number,
            "customer_id": str(payment.customer_id),
            "amount": str(receipt.amount),
            "allocations": allocations,
        },
    )


def _changes(
    actor: Actor,
    payment: Payment,
    live: Sequence[Allocation],
    reason: str,
    voided_at: datetime,
    receipt: UnidentifiedReceipt,
) -> list[Change]:
    """What is written beside the entries: the lines, the payment, the receipt."""
    voids = [void_rows(actor, live, reason, voided_at)] if live else []
    return [
        *voids,
        void_payments([payment], voided_at=voided_at, reason=reason),
        Change(_REOPEN, [actor.company_id, receipt.id]),
    ]
