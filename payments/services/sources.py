"""What the ledger asks the app of payments: to undo the business event behind an entry, and to describe it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.models import Approval
from ledger import chart, sources
from ledger.clearing.models import DepositMove
from ledger.clearing.postings import DEPOSIT_TAKEN
from ledger.errors import NOT_VOIDABLE
from ledger.sources import Description
from payments import postings
from payments.models import Allocation, InvoiceTax, Payment, PaymentReturn, Refund
from payments.rules.methods import method_label
from payments.rules.write_offs import tax_written_off
from payments.services.credit_voids import void_credit_application
from payments.services.deposits import void_deposit_event
from payments.services.voids import void_allocation, void_payment
from payments.subjects import INVOICE

_VOIDABLE = {
    postings.ALLOCATION: postings.APPLYING,
    postings.PAYMENT: (postings.PAYMENT_RECEIVED,),
}


def register() -> None:
    """Register the app's source types; once, when the app is ready."""
    sources.register(postings.PAYMENT, void=void_payment_event, describe=describe_payments)
    sources.register(postings.ALLOCATION, void=void_allocation_event, describe=describe_allocations)
    sources.register(postings.REFUND, describe=describe_refunds)
    sources.register(postings.RETURN, describe=describe_returns, owner="returned payment")
    sources.register(INVOICE, passed_on=tax_of_write_off)
    sources.register(DEPOSIT_TAKEN, void=void_deposit_event, describe=describe_deposits)


@reads
def tax_of_write_off(
    actor: Actor, source_id: str, before: Decimal, amount: Decimal
) -> Sequence[tuple[str, Decimal]]:
    """The sales tax in what is written off of an invoice, by rate, where the company claims it; one statement.

    Rule: docs/domain.md#write-offs-by-category.
    """
    if not actor.company.claims_tax_on_bad_debt:
        return ()
    by_rate = (
        InvoiceTax.objects.filter(company_id=actor.company_id, line__invoice=UUID(source_id))
        .values("rate", total=F("line__invoice__total"))
        .annotate(tax=Sum("amount"))
        .order_by("rate")
    )
    rows = list(by_rate)
    if not rows:
        return ()
    shares = tax_written_off(
        taxes=[row["tax"] for row in rows], total=rows[0]["total"], before=before, amount=amount
    )
    return [(chart.TAX_PAYABLE, share) for share in shares if share]


@joins_transaction
def void_payment_event(*, actor: Actor, source_id: str, event: str, reason: str) -> Approval | None:
    """Void the payment that an entry received, with its allocations."""
    _require_voidable(postings.PAYMENT, event)
    done = void_payment(actor=actor, payment_id=UUID(source_id), reason=reason)
    return done if isinstance(done, Approval) else None


@joins_transaction
def void_allocation_event(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """Void the allocation that an entry applied, as a whole."""
    _require_voidable(postings.ALLOCATION, event)
    if event == postings.CREDIT_APPLIED:
        void_credit_application(actor=actor, allocation_id=UUID(source_id), reason=reason)
        return
    void_allocation(actor=actor, allocation_id=UUID(source_id), reason=reason)


@reads
def describe_payments(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The payments in words; one statement."""
    payments = Payment.objects.filter(company_id=actor.company_id, id__in=ids)
    return {str(each.id): _payment(each, f"{each.get_kind_display()} {each.number}") for each in payments}


@reads
def describe_allocations(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The allocations in words, with their payments; one statement."""
    allocations = Allocation.objects.select_related("payment", "memo").filter(
        company_id=actor.company_id, id__in=ids
    )
    return {str(each.id): _allocation(each) for each in allocations}


@reads
def describe_refunds(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The refunds in words, with their payments; one statement."""
    refunds = Refund.objects.select_related("payment").filter(company_id=actor.company_id, id__in=ids)
    return {
        str(each.id): _payment(each.payment, f"{each.payment.number} refunded {each.amount:,.2f}")
        for each in refunds
    }


@reads
def describe_returns(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The returns in words, with their payments; one statement."""
    returns = PaymentReturn.objects.select_related("payment").filter(company_id=actor.company_id, id__in=ids)
    return {
        str(each.id): _payment(
            each.payment, f"{each.payment.number} returned {each.amount:,.2f} ({each.reason_code})"
        )
        for each in returns
    }


def _allocation(allocation: Allocation) -> Description:
    amount = f"applied {allocation.amount:,.2f}"
    if allocation.memo is not None:
        memo = allocation.memo
        return Description(f"{memo.number} {amount}", url=memo.url, case_no=memo.case_no)
    assert allocation.payment is not None, "an allocation is of a payment or of a credit memo"
    return _payment(allocation.payment, f"{allocation.payment.number} {amount}")


@reads
def describe_deposits(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """Deposits that were taken, in words; one statement."""
    moves = DepositMove.objects.filter(company_id=actor.company_id, id__in=ids).values_list(
        "id", "payment_id"
    )
    payments = Payment.objects.filter(company_id=actor.company_id).in_bulk([key for _, key in moves if key])
    return {
        str(move): _payment(payments[key], f"{payments[key].number} taken as security deposit")
        for move, key in moves
        if key
    }


def _payment(payment: Payment, text: str) -> Description:
    return Description(
        text=f"{text} ({method_label(payment.method)}, {payment.payment_date})",
        url=payment.url,
        case_no=payment.case_no,
        payment_number=payment.number,
    )


def _require_voidable(source_type: str, event: str) -> None:
    if event not in _VOIDABLE[source_type]:
        raise Conflict("This posting is itself a correction, so it cannot be voided.", code=NOT_VOIDABLE)
