"""Money out that the bank took back of a payment (docs/domain.md#returns)."""

from __future__ import annotations

from typing import Any, Final

from bank.errors import UNKNOWN_EXPLANATION, ExplanationFinal
from bank.models import Explanation, LinePart
from bank.services.kinds.interface import Applied, Ids, Piece, Undone
from bank.services.kinds.values import money_of, text_of
from batconnect.core.approvals.limits import Excess, find_excess
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.field_codes import NOT_POSITIVE
from batconnect.core.models import Approval
from ledger import chart
from ledger.models import Entry
from ledger.services import lock_obligations
from payments import postings as payment_postings
from payments.models import Payment
from payments.services import returns
from payments.services.allocation import lock_payments
from payments.services.taking_back import Taken
from payments.services.void_limits import void_actions
from payments.services.voids import LIVE

APPROVAL: Final = "approval"
_RIGHT: Final = "payments.return"


class PaymentReturned:
    """The bank took a payment, or a part of it, back: what it had paid is owed again, Dr unallocated cash + receivable
    (MISC, what had been refunded) / Cr unexplained payments.

    `values` may have the bank's `reason_code`, else it is the line's, and a `fee` that the customer is charged. Above
    the limit for voids another user decides first. It is not undone: what came back stays back.
    """

    directions = frozenset({"out"})

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        """The payment, its customer where a limit is set, and what it had paid, in the order of locks."""
        payment = lock_payments(actor=actor, ids=[piece.payment_id] if piece.payment_id else []).get(
            piece.payment_id  # type: ignore[arg-type]  # None is not there
        )
        if payment is None:
            return None, None
        over = find_excess(actor=actor, kind=returns.KIND, actions=void_actions([payment]))
        live = payment.allocations.filter(company_id=actor.company_id, status__in=LIVE)
        lock_obligations(actor=actor, ids=set(live.values_list("obligation_id", flat=True)))
        return payment, over

    def excess(self, *, actor: Actor, part: LinePart, piece: Piece, locked: Any) -> Excess | None:
        actor.require(_RIGHT)
        _, over = locked
        self._require(part, piece, locked[0])
        return over if over is None or isinstance(over, Excess) else None

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        payment = self._require(part, piece, locked[0])
        agreed = piece.values.get(APPROVAL)
        done = returns.return_payment(
            actor=actor,
            payment_id=payment.id,
            reason_code=text_of(piece, "reason_code") or part.return_code,
            amount=piece.amount,
            fee=money_of(piece, "fee"),
            notes=piece.note or f"By the bank's line of {part.payment_date}",
            account=chart.UNEXPLAINED_PAYMENTS,
            approval=agreed if isinstance(agreed, Approval) else None,
        )
        assert isinstance(done, Taken), "whether another user decides was asked before"
        entry = Entry.objects.filter(
            company_id=actor.company_id,
            operation_id=done.returned.id,
            postings__account__code=chart.UNEXPLAINED_PAYMENTS,
        )
        unseen = payment.at_bank_id is None
        return Applied(
            entry_id=entry.order_by("id").values_list("id", flat=True)[0],
            names={
                "payment_id": payment.id,
                "customer_id": payment.customer_id,
                "source_type": payment_postings.RETURN,
                "source_id": str(done.returned.id),
            },
            warnings=[
                *done.warnings,
                *([f"No line has shown {payment.number} at the bank yet."] if unseen else []),
            ],
        )

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        raise ExplanationFinal(
            "What the bank took back stays back. If it was another payment, record the money that is there as a new "
            "payment of the customer, and explain the line of the other one by its own return."
        )

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        raise AssertionError("a return is refused when it is asked for")

    def _require(self, part: LinePart, piece: Piece, payment: Payment | None) -> Payment:
        if payment is None or payment.currency != part.currency:
            raise InvalidInput(
                f"There is no payment {piece.payment_id} in {part.currency}.",
                code=UNKNOWN_EXPLANATION,
                field="payment_id",
            )
        if piece.amount <= 0:
            message = "A return is above zero."
            raise InvalidInput(message, errors=[FieldError("amount", message, NOT_POSITIVE)])
        return payment


PAYMENT_RETURNED: Final = PaymentReturned()
