"""Why an invoice is at its figure: every event behind it, and the sum they make (docs/api.md#payments)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.actors import Actor
from ledger.models import Obligation
from ledger.querysets import Explanation, explain
from payments import postings
from payments.errors import InvoiceNotFound
from payments.models import Invoice
from payments.rules.interim import sum_of

# What each kind of event did; what is in none of them is told as "other".
_KINDS: Final = {
    "obligation_raised": "issued",
    "obligation_voided": "voided",
    postings.ALLOCATION_APPLIED: "applied",
    postings.ALLOCATION_VOIDED: "allocations_voided",
    postings.ALLOCATION_REFUNDED: "refunded",
    "written_off": "written_off",
    "write_off_voided": "write_offs_undone",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """An invoice with every event behind its figure, oldest first."""

    invoice: Invoice
    obligation: Obligation
    events: Sequence[Explanation]

    def summary(self) -> dict[str, Decimal]:
        """The events' amounts by kind, signed; they sum to what is outstanding."""
        found = {
            kind: sum_of(each.amount for each in self.events if _KINDS.get(each.event) == kind)
            for kind in _KINDS.values()
        }
        found["other"] = sum_of(each.amount for each in self.events if each.event not in _KINDS)
        return found

    def sentence(self) -> str:
        """The sum in words: `INV-2026-001 is at 30.00: issued 100.00, applied −80.00, refunded +10.00.`"""
        parts = [
            f"{kind.replace('_', ' ')} {amount:{',.2f' if kind == 'issued' else '+,.2f'}}"
            for kind, amount in self.summary().items()
            if amount
        ]
        left = sum_of(each.amount for each in self.events)
        return f"{self.invoice.number} is at {left:,.2f}: {', '.join(parts)}."


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
