"""What the verbs of payments show before they are carried out: what they post, and what is left afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from batconnect.core.approvals.words import waits_in_words
from batconnect.core.console.confirmations import Effect
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import in_words
from ledger.effects import posted_by
from payments.models import Payment
from payments.services.refunds import Refunded


def effect_on(*, actor: Actor, run: Callable[[], tuple[str, Payment]]) -> Effect:
    """Carry out a verb that says what it did and to which payment.

    The payment's version tells a second click from the first, which may post the very same lines.
    """
    done: list[Payment] = []

    def sentence() -> str:
        said, payment = run()
        done.append(payment)
        return said

    effect = posted_by(actor=actor, run=sentence)
    return replace(effect, state=f"{effect.state} {done[0].id} {done[0].version}")


def refund_in_words(*, actor: Actor, refunded: Refunded) -> str:
    """Paid back, or waiting for a second person."""
    payment, amount = refunded.payment, in_words(refunded.amount)
    left = f"{in_words(payment.unallocated)} {payment.currency} of {payment.number} stay unallocated."
    if refunded.is_pending:
        assert refunded.approval is not None
        return f"{waits_in_words(refunded.approval)} The amount is reserved."
    if refunded.items is not None and refunded.allocation is not None:
        debt = refunded.items.obligations[refunded.allocation.obligation_id]
        left = f"{debt} owes {in_words(debt.outstanding)} again."
    return f"{amount} {payment.currency} are paid back from {payment.number}. {left}"
