"""Why a credit memo has left what it has: every event behind the figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import sum_of
from ledger.querysets import Explanation, explain_item
from payments import postings
from payments.credit_memos.postings import CREDIT_ISSUED, CREDIT_PAID_OUT, CREDIT_REFUNDED, CREDIT_VOIDED
from payments.errors import CreditMemoNotFound
from payments.models import CreditMemo

_KINDS: Final = {
    CREDIT_ISSUED: "issued",
    postings.CREDIT_APPLIED: "applied",
    postings.CREDIT_UNAPPLIED: "taken back",
    CREDIT_REFUNDED: "refunded",
    CREDIT_PAID_OUT: "paid in DTRs",
    CREDIT_VOIDED: "voided",
}


@dataclass(frozen=True, slots=True)
class ExplainedCredit:
    """A credit memo with every event behind what is left of it, oldest first."""

    memo: CreditMemo
    events: Sequence[Explanation]

    def summary(self) -> dict[str, Decimal]:
        """What the events moved by kind, signed; they sum to what is left."""
        return {
            kind: sum_of(each.amount for each in self.events if each.event == event)
            for event, kind in _KINDS.items()
        }

    def sentence(self) -> str:
        """The sum in words: `CRM-2026-001 has 25.00 left: issued 45.00, applied -20.00.`"""
        parts = [
            f"{kind} {amount:{',.2f' if kind == 'issued' else '+,.2f'}}"
            for kind, amount in self.summary().items()
            if amount
        ]
        left = sum_of(each.amount for each in self.events)
        return f"{self.memo.number} has {left:,.2f} left: {', '.join(parts)}."


@reads
def explain_credit(*, actor: Actor, memo_id: UUID) -> ExplainedCredit:
    """Every event of the credit memo. Needs `payments.view`. Raises CreditMemoNotFound (404)."""
    actor.require("payments.view")
    memo = CreditMemo.objects.filter(company_id=actor.company_id, id=memo_id).first()
    if memo is None:
        raise CreditMemoNotFound(f"There is no credit memo {memo_id}.")
    return ExplainedCredit(memo, explain_item(actor=actor, item_id=memo_id))
