"""How a refund is posted: its entry, its row, its event and the new figures, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.approvals.kinds import ApprovalKind
from batconnect.core.approvals.limits import PlannedAction, limited_actions
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from batconnect.core.models import Approval, AuditEvent
from batconnect.directory.models import Customer
from ledger.models import Entry, Obligation
from ledger.postings import EntryDraft
from ledger.services import post_entries
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import PaidFrom, Prepared, prepare_disbursement
from payments import postings
from payments.models import Allocation, Payment, Refund
from payments.rules.discounts import discount_share
from payments.services.figures import move_cash
from payments.services.open_items import Items, lock_named

AS_PAID: Final = PaidFrom(method="")
"""By the payment's own method, from the default account or drawer, today."""
_PAYEE: Final = 120
_REFUND_ALLOCATION: Final = """
update payment_allocations
set refunded_amount = refunded_amount + %s::numeric, refunded_discount = refunded_discount + %s::numeric,
    status = case when refunded_amount + %s::numeric = amount - discount_amount then 'refunded'
             else 'partially_refunded' end,
    reason = %s, updated_at = statement_timestamp()
where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is to be paid back and why: of an allocation, or without one of unallocated cash."""

    amount: Decimal
    reason: str
    allocation_id: UUID | None = None
    paid_from: PaidFrom = AS_PAID


@dataclass(frozen=True, slots=True)
class PaidBack:
    """A refund that was posted, how it was paid, and the obligation with its invoice, if any."""

    refund: Refund
    disbursement: Disbursement
    warnings: tuple[str, ...]
    items: Items | None = None


@joins_transaction
def post_refund(
    *,
    actor: Actor,
    kind: ApprovalKind,
    payment: Payment,
    allocation: Allocation | None,
    details: Wanted,
    approval: Approval | None,
) -> PaidBack:
    """Post a refund that may be made, under the payment's lock; the obligation, if any, is locked here, and then the
    drawer that cash comes from.

    The instances get their new figures. With an `approval` the unallocated cash that it held is what is paid back.
    Raises what `prepare_disbursement` refuses (docs/domain.md#refunds).
    """
    refund = Refund(
        id=uuid7(),
        company_id=actor.company_id,
        payment_id=payment.id,
        allocation_id=allocation.id if allocation else None,
        approval_id=approval.id if approval else None,
        amount=details.amount,
        reason=details.reason,
        refunded_by_id=actor.user_id,
    )
    if allocation is None:
        prepared = _prepare(actor, payment, refund, details.paid_from)
        draft = _draft_of_unallocated(actor, payment, refund, prepared)
        _post(actor, kind, payment, refund, prepared, draft, [], approval)
        return PaidBack(refund, prepared.row, prepared.warnings)
    items = lock_named(actor=actor, obligation_ids=[allocation.obligation_id])
    obligation = items.obligations[allocation.obligation_id]
    refund.discount_amount = discount_share(
        discount=allocation.discount_amount,
        cash=allocation.amount - allocation.discount_amount,
        refunded=allocation.refunded_amount + refund.amount,
        reversed_before=allocation.refunded_discount,
    )
    prepared = _prepare(actor, payment, refund, details.paid_from)
    draft = _draft_of_allocation(actor, payment, allocation, obligation, refund, prepared)
    left = _post(actor, kind, payment, refund, prepared, draft, [_change(allocation, refund)], approval)
    obligation.outstanding = left[obligation.id]
    obligation.status = obligation.Status.OPEN
    allocation.refresh_from_db()
    return PaidBack(refund, prepared.row, prepared.warnings, items)


def _prepare(actor: Actor, payment: Payment, refund: Refund, paid_from: PaidFrom) -> Prepared:
    """What pays the refund: what was said, and for the rest the payment's method and its customer."""
    payee = paid_from.payee
    if not payee:
        payee = Customer.objects.values_list("name", flat=True).get(
            company_id=actor.company_id, id=payment.customer_id
        )
    return prepare_disbursement(
        actor=actor,
        kind=Disbursement.Kind.REFUND,
        amount=refund.amount,
        currency=payment.currency,
        paid_from=replace(paid_from, method=paid_from.method or payment.method, payee=payee[:_PAYEE]),
        entry_id=uuid7(),
        source_type=postings.REFUND,
        source_id=str(refund.id),
        customer_id=payment.customer_id,
    )


def _draft_of_allocation(
    actor: Actor,
    payment: Payment,
    allocation: Allocation,
    obligation: Obligation,
    refund: Refund,
    prepared: Prepared,
) -> EntryDraft:
    return postings.allocation_refunded(
        refund_id=refund.id,
        operation_id=allocation.operation_id,
        obligation_id=obligation.id,
        category=obligation.category,
        entry_id=prepared.row.entry_id,
        paid=prepared.leg,
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


def _draft_of_unallocated(actor: Actor, payment: Payment, refund: Refund, prepared: Prepared) -> EntryDraft:
    return postings.unallocated_refunded(
        refund_id=refund.id,
        payment_id=payment.id,
        entry_id=prepared.row.entry_id,
        paid=prepared.leg,
        amount=refund.amount,
        currency=payment.currency,
        on=clock.today(actor.company),
        customer_id=payment.customer_id,
        lease_id=payment.lease_id,
        reason=refund.reason,
        case_no=payment.case_no,
    )


def _change(allocation: Allocation, refund: Refund) -> Change:
    figures = [refund.amount, refund.discount_amount, refund.amount, refund.reason]
    return Change(_REFUND_ALLOCATION, [*figures, allocation.company_id, allocation.id])


def _post(
    actor: Actor,
    kind: ApprovalKind,
    payment: Payment,
    refund: Refund,
    prepared: Prepared,
    draft: EntryDraft,
    changes: Sequence[Change],
    approval: Approval | None,
) -> dict[UUID, Decimal]:
    """Post the refund with its row, its event, what counts from now on and the payment's figures."""
    unallocated = refund.amount if refund.allocation_id is None else ZERO
    held = unallocated if approval else ZERO
    action = PlannedAction(str(payment.id), payment.customer_id, refund.amount, payment.currency)
    posted = post_entries(
        actor=actor,
        drafts=[draft],
        rows=[
            [refund],
            [prepared.row],
            [_event(actor, refund)],
            limited_actions(actor=actor, kind=kind, actions=[action], approval=approval),
        ],
        changes=[
            *changes,
            move_cash(payment, refunded=refund.amount, unallocated=-unallocated, reserved=-held),
        ],
    )
    return posted.outstanding


def _applied_entry(actor: Actor, allocation: Allocation) -> UUID:
    """The entry that applied the allocation, which its refund corrects in part."""
    return Entry.objects.values_list("id", flat=True).get(
        company_id=actor.company_id,
        source_type=postings.ALLOCATION,
        event=postings.ALLOCATION_APPLIED,
        source_id=str(allocation.id),
    )


def _event(actor: Actor, refund: Refund) -> AuditEvent:
    details: dict[str, Any] = {
        "refund_id": str(refund.id),
        "amount": str(refund.amount),
        "discount": str(refund.discount_amount),
    }
    if refund.allocation_id:
        details["allocation_id"] = str(refund.allocation_id)
    if refund.approval_id:
        details["approval_request_id"] = str(refund.approval_id)
    return audit_event(
        actor=actor,
        action="payments.refunded",
        subject_type=postings.PAYMENT,
        subject_id=refund.payment_id,
        reason=refund.reason,
        details=details,
    )
