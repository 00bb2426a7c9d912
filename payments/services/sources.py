"""What the ledger asks the app of payments: to undo the business event behind an entry, and to describe it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.models import Approval
from ledger import sources
from ledger.errors import NOT_VOIDABLE
from ledger.sources import Description
from payments import postings
from payments.models import Allocation, Payment, Refund
from payments.rules.methods import method_label
from payments.services.voids import void_allocation, void_payment

_VOIDABLE = {
    postings.ALLOCATION: postings.ALLOCATION_APPLIED,
    postings.PAYMENT: postings.PAYMENT_RECEIVED,
}


def register() -> None:
    """Register both source types; once, when the app is ready."""
    sources.register(postings.PAYMENT, void=void_payment_event, describe=describe_payments)
    sources.register(postings.ALLOCATION, void=void_allocation_event, describe=describe_allocations)
    sources.register(postings.REFUND, describe=describe_refunds)


def void_payment_event(*, actor: Actor, source_id: str, event: str, reason: str) -> Approval | None:
    """Void the payment that an entry received, with its allocations."""
    _require_voidable(postings.PAYMENT, event)
    done = void_payment(actor=actor, payment_id=UUID(source_id), reason=reason)
    return done if isinstance(done, Approval) else None


def void_allocation_event(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """Void the allocation that an entry applied, as a whole."""
    _require_voidable(postings.ALLOCATION, event)
    void_allocation(actor=actor, allocation_id=UUID(source_id), reason=reason)


def describe_payments(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The payments in words; one statement."""
    payments = Payment.objects.filter(company_id=actor.company_id, id__in=ids)
    return {str(each.id): _payment(each, f"{each.get_kind_display()} {each.number}") for each in payments}


def describe_allocations(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The allocations in words, with their payments; one statement."""
    allocations = Allocation.objects.select_related("payment").filter(company_id=actor.company_id, id__in=ids)
    return {
        str(each.id): _payment(each.payment, f"{each.payment.number} applied {each.amount:,.2f}")
        for each in allocations
    }


def describe_refunds(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The refunds in words, with their payments; one statement."""
    refunds = Refund.objects.select_related("payment").filter(company_id=actor.company_id, id__in=ids)
    return {
        str(each.id): _payment(each.payment, f"{each.payment.number} refunded {each.amount:,.2f}")
        for each in refunds
    }


def _payment(payment: Payment, text: str) -> Description:
    return Description(
        text=f"{text} ({method_label(payment.method)}, {payment.payment_date})",
        url=payment.url,
        case_no=payment.case_no,
        payment_number=payment.number,
    )


def _require_voidable(source_type: str, event: str) -> None:
    if event != _VOIDABLE[source_type]:
        raise Conflict("This posting is itself a correction, so it cannot be voided.", code=NOT_VOIDABLE)
