"""What was paid back of a payment, and what was asked to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from batconnect.core.models import Approval, User
from ledger.treasury.models import Disbursement
from payments import postings
from payments.errors import PaymentNotFound
from payments.models import Payment, Refund
from payments.services.refunds import KIND

CAME_BACK: Final = "came_back"
"""The status of a refund that reached the bank and came back: it is not among what the payment has refunded."""


@dataclass(frozen=True, slots=True)
class ListedRefund:
    """A refund, or a request for one that waits or was rejected; `id` is the request's while there is no refund."""

    id: UUID
    request_id: UUID | None
    allocation_id: UUID | None
    amount: Decimal
    discount: Decimal
    status: str
    reason: str
    requested_by: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str
    refunded_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundsOfPayment:
    """A payment with everything that was to be paid back of it, oldest first."""

    payment: Payment
    refunds: Sequence[ListedRefund]


@reads
def read_refunds(*, actor: Actor, payment_id: UUID) -> RefundsOfPayment:
    """The refunds of a payment; three statements. Needs `payments.view`. Raises PaymentNotFound (404)."""
    actor.require("payments.view")
    payment = Payment.objects.filter(company_id=actor.company_id, id=payment_id).first()
    if payment is None:
        raise PaymentNotFound(f"There is no payment {payment_id}.")
    people = ("approval__requested_by", "approval__decided_by", "refunded_by")
    stopped = Disbursement.objects.filter(
        company_id=actor.company_id,
        source_type=postings.REFUND,
        source_id=Cast(OuterRef("id"), CharField()),
        status=Disbursement.Status.STOPPED,
    )
    refunds = (
        Refund.objects.select_related(*people)
        .filter(company_id=actor.company_id, payment=payment_id)
        .annotate(came_back=Exists(stopped))
    )
    requests = (
        Approval.objects.select_related("requested_by", "decided_by")
        .filter(
            company_id=actor.company_id,
            kind=KIND.code,
            subject_type=postings.PAYMENT,
            subject_id=str(payment_id),
        )
        .exclude(status=Approval.Status.APPROVED)
    )
    refunds_and_requests = [*map(_refund, refunds), *map(_request, requests)]
    return RefundsOfPayment(
        payment, sorted(refunds_and_requests, key=lambda each: (each.requested_at, each.id))
    )


def _refund(refund: Any) -> ListedRefund:
    approval, came_back = refund.approval, refund.came_back
    return ListedRefund(
        id=refund.id,
        request_id=refund.approval_id,
        allocation_id=refund.allocation_id,
        amount=refund.amount,
        discount=refund.discount_amount,
        status=CAME_BACK if came_back else approval.status if approval else "posted",
        reason=refund.reason,
        requested_by=_name(approval.requested_by if approval else refund.refunded_by),
        requested_at=approval.requested_at if approval else refund.refunded_at,
        decided_by=_name(approval.decided_by if approval else None),
        decided_at=approval.decided_at if approval else None,
        decision_reason=approval.decision_reason if approval else "",
        refunded_at=refund.refunded_at,
    )


def _request(approval: Approval) -> ListedRefund:
    assert approval.amount is not None, "a refund is about money"
    allocation_id = approval.parameters["allocation_id"]
    return ListedRefund(
        id=approval.id,
        request_id=approval.id,
        allocation_id=UUID(allocation_id) if allocation_id else None,
        amount=approval.amount,
        discount=ZERO,
        status=approval.status,
        reason=approval.reason,
        requested_by=_name(approval.requested_by),
        requested_at=approval.requested_at,
        decided_by=_name(approval.decided_by),
        decided_at=approval.decided_at,
        decision_reason=approval.decision_reason,
        refunded_at=None,
    )


def _name(user: User | None) -> str:
    return user.display_name if user else ""
