"""What the actions of payments show before they are carried out: what they post, and what is left afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.confirmations import Preview
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from ledger.previews import posted_by
from payments.models import CreditMemo, Payment
from payments.services.refunds import Refunded


def preview_on(*, actor: Actor, run: Callable[[], tuple[str, Payment | CreditMemo]]) -> Preview:
    """Carry out an action that says what it did and to which payment or credit memo.

    Its version tells a second click from the first, which may post the very same lines.
    """
    done: list[Payment | CreditMemo] = []

    def sentence() -> str:
        said, payment = run()
        done.append(payment)
        return said

    preview = posted_by(actor=actor, run=sentence)
    return replace(preview, state=f"{preview.state} {done[0].id} {done[0].version}")


def describe_refund(*, actor: Actor, refunded: Refunded) -> str:
    """Paid back, or waiting for a second person."""
    payment, amount = refunded.payment, format_amount(refunded.amount)
    left = f"{format_amount(payment.unallocated)} {payment.currency} of {payment.number} stays unallocated."
    if refunded.is_pending:
        assert refunded.approval is not None
        return f"{describe_waiting(refunded.approval)} The amount is reserved."
    if refunded.items is not None and refunded.allocation is not None:
        debt = refunded.items.obligations[refunded.allocation.obligation_id]
        left = f"{debt} owes {format_amount(debt.outstanding)} again."
    warned = "".join(f" {each}" for each in refunded.warnings)
    return f"{amount} {payment.currency} is paid back from {payment.number}. {left}{warned}"
