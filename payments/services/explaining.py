"""Why an invoice or a payment is at its figure: every event behind it, and the sum they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import sum_of
from ledger.models import Entry, Obligation
from ledger.querysets import Explanation, explain, explain_cash
from payments import postings
from payments.errors import InvoiceNotFound, PaymentNotFound
from payments.models import Invoice, Payment, Refund

# What each kind of event did; every other event is summed as "other".
_KINDS: Final = {
    "obligation_raised": "issued",
    "obligation_voided": "voided",
    postings.ALLOCATION_APPLIED: "applied",
    postings.ALLOCATION_VOIDED: "allocations_voided",
    postings.ALLOCATION_REFUNDED: "refunded",
    postings.CREDIT_APPLIED: "credits_applied",
    postings.CREDIT_UNAPPLIED: "credits_undone",
    "written_off": "written_off",
    "write_off_voided": "write_offs_undone",
    "recovered": "recovered",
    "recovery_voided": "recoveries_undone",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """An invoice with every event behind its figure, oldest first."""

    invoice: Invoice
    obligation: Obligation
    events: Sequence[Explanation]

    def summary(self) -> dict[str, Decimal]:
        """The events' amounts by kind, signed; they sum to what is outstanding."""
        sums = {
            kind: sum_of(each.amount for each in self.events if _KINDS.get(each.event) == kind)
            for kind in _KINDS.values()
        }
        sums["other"] = sum_of(each.amount for each in self.events if each.event not in _KINDS)
        return sums

    def sentence(self) -> str:
        """The sum in words: `INV-2026-001 is at 30.00: issued 100.00, applied −80.00, refunded +10.00.`"""
        parts = [
            f"{kind.replace('_', ' ')} {amount:{',.2f' if kind == 'issued' else '+,.2f'}}"
            for kind, amount in self.summary().items()
            if amount
        ]
        left = sum_of(each.amount for each in self.events)
        return f"{self.invoice.number} is at {left:,.2f}: {', '.join(parts)}."


@reads
def explain_invoice(*, actor: Actor, invoice_id: UUID) -> Explained:
    """Every event behind the invoice's figure. Needs `payments.view`. Raises InvoiceNotFound (404)."""
    actor.require("payments.view")
    invoice = (
        Invoice.objects.select_related("obligation")
        .filter(company_id=actor.company_id, id=invoice_id)
        .first()
    )
    if invoice is None:
        raise InvoiceNotFound(f"There is no invoice {invoice_id}.")
    events = explain(actor=actor, obligation=invoice.obligation)
    return Explained(invoice, invoice.obligation, events)


# What each kind of event did to the payment's unallocated cash.
_OF_CASH: Final = {
    postings.PAYMENT_RECEIVED: "received",
    postings.ALLOCATION_APPLIED: "applied",
    postings.ALLOCATION_VOIDED: "allocations_voided",
    postings.UNALLOCATED_REFUNDED: "refunded",
    postings.PAYMENT_VOIDED: "voided",
    postings.PAYMENT_RETURNED: "returned",
    postings.PAYMENT_UNMATCHED: "unmatched",
}


@dataclass(frozen=True, slots=True)
class ExplainedPayment:
    """A payment with every event behind its unallocated cash, oldest first."""

    payment: Payment
    events: Sequence[Explanation]
    refunded_of_allocations: Decimal

    def summary(self) -> dict[str, Decimal]:
        """What the events moved by kind, signed; they sum to what is unallocated."""
        sums = {
            kind: sum_of(each.amount for each in self.events if _OF_CASH.get(each.event) == kind)
            for kind in _OF_CASH.values()
        }
        sums["other"] = sum_of(each.amount for each in self.events if each.event not in _OF_CASH)
        return sums

    def sentence(self) -> str:
        """The sum in words: `PAY-2026-001 has 150.00 unallocated: received 1,200.00, applied -1,050.00.`"""
        parts = [
            f"{kind.replace('_', ' ')} {amount:{',.2f' if kind == 'received' else '+,.2f'}}"
            for kind, amount in self.summary().items()
            if amount
        ]
        left = sum_of(each.amount for each in self.events)
        back = (
            f" Of what was applied, {self.refunded_of_allocations:,.2f} was paid back."
            if self.refunded_of_allocations
            else ""
        )
        return f"{self.payment.number} has {left:,.2f} unallocated: {', '.join(parts)}.{back}"


@reads
def explain_payment(*, actor: Actor, payment_id: UUID) -> ExplainedPayment:
    """Every event of the payment: what it received, applied, took back and paid back. Needs `payments.view`.

    Refunds of what an allocation applied are among them, though they move no unallocated cash. Raises
    PaymentNotFound (404).
    """
    actor.require("payments.view")
    payment = Payment.objects.filter(company_id=actor.company_id, id=payment_id).first()
    if payment is None:
        raise PaymentNotFound(f"There is no payment {payment_id}.")
    refunds = Refund.objects.filter(company_id=actor.company_id, payment=payment_id, allocation__isnull=False)
    paid_back = {str(each.id): each.amount for each in refunds}
    entries = Entry.objects.filter(
        company_id=actor.company_id, source_type=postings.REFUND, source_id__in=list(paid_back)
    )
    events = explain_cash(actor=actor, payment_id=payment_id, also=list(entries.values_list("id", flat=True)))
    return ExplainedPayment(payment, events, sum_of(paid_back.values()))
