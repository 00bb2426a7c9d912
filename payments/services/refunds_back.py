"""Refunds that reached the bank and came back: the money is the customer's unallocated cash again.

Rule: docs/domain.md#came-back.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db.models import Sum

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount
from ledger import chart
from ledger.postings import Leg
from ledger.treasury.models import Disbursement
from ledger.treasury.services.returning import PAYMENTS, Back, Due, post_paid_again, post_return
from payments.errors import ABOVE_REFUNDABLE, PaymentNotPosted, PaymentReturned
from payments.models import Payment, Refund
from payments.services.allocation import lock_payment
from payments.services.figures import move_cash

_RIGHT: Final = "payments.refund"


class RefundBack:
    """Cr unallocated cash of the payment that had been refunded: what its application had paid stays owed, and the
    money can be applied or refunded anew. Needs `payments.refund`."""

    place = PAYMENTS

    @joins_transaction
    def lock(self, *, actor: Actor, row: Disbursement) -> Any:
        refund = Refund.objects.get(company_id=actor.company_id, id=UUID(row.source_id))
        return lock_payment(actor=actor, payment_id=refund.payment_id)

    @joins_transaction
    def come_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID:
        """Raises PaymentReturned (409) where the customer was charged with the refund already, because the bank took
        the payment back: the money is a new payment then. Raises PaymentNotPosted (409)."""
        actor.require(_RIGHT)
        payment: Payment = locked
        amount = back.row.amount
        _require_posted(payment)
        charged = (
            payment.returns.filter(company_id=actor.company_id).aggregate(sum=Sum("charged"))["sum"] or ZERO
        )
        if payment.refunded - amount < charged:
            raise PaymentReturned(_NEW_PAYMENT.format(number=payment.number, charged=format_amount(charged)))
        due = Due(
            legs=(Leg(chart.UNALLOCATED_CASH, -amount, payment_id=payment.id),),
            changes=(move_cash(payment, unallocated=amount, refunded=-amount),),
        )
        return post_return(actor=actor, back=back, due=due)

    @joins_transaction
    def take_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID | None:
        """Raises Conflict 409 `above_refundable` where the money was used since."""
        actor.require(_RIGHT)
        payment: Payment = locked
        amount = back.row.amount
        _require_posted(payment)
        if payment.available < amount:
            raise Conflict(
                f"Only {format_amount(payment.available)} of the {format_amount(amount)} that came back are still "
                f"unallocated on {payment.number}: undo first what the rest was used for.",
                code=ABOVE_REFUNDABLE,
            )
        moved = move_cash(payment, unallocated=-amount, refunded=amount)
        return post_paid_again(actor=actor, back=back, changes=[moved])


class ReturnOfPayment:
    """What the bank took back of a payment and gives again is not a return of ours, but money of the customer."""

    place = PAYMENTS

    @joins_transaction
    def lock(self, *, actor: Actor, row: Disbursement) -> Any:
        return None

    @joins_transaction
    def come_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID:
        raise InvalidInput(
            "What the bank took back of a payment and gives again is a new payment of the customer: explain the line "
            "as a payment.",
            field="kind",
        )

    @joins_transaction
    def take_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID | None:
        raise AssertionError("it never came back")


REFUND_BACK: Final = RefundBack()
RETURN_OF_PAYMENT: Final = ReturnOfPayment()
_NEW_PAYMENT: Final = (
    "The bank took {number} back since, and {charged} that had been refunded of it are charged to the customer: "
    "explain the line as a new payment of the customer, which pays that."
)


def _require_posted(payment: Payment) -> None:
    if payment.status == Payment.Status.RETURNED:
        raise PaymentReturned(
            f"The bank took {payment.number} back since: explain the line as a new payment of the customer."
        )
    if payment.status != Payment.Status.POSTED:
        raise PaymentNotPosted(f"{payment.number} is {payment.get_status_display().lower()}.")
