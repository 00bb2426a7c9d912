"""Refunds of credits that reached the bank and came back: they are credits of the customer again.

Rule: docs/domain.md#came-back.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import format_amount
from ledger import chart
from ledger.postings import Leg
from ledger.treasury.models import Disbursement
from ledger.treasury.services.returning import MEMOS, Back, Due, post_paid_again, post_return
from payments.credit_memos.errors import ABOVE_LEFT
from payments.models import CreditMemo, CreditRefund
from payments.services.credits import lock_memo, move_credit

_RIGHT: Final = "payments.refund"


class CreditRefundBack:
    """Cr customer credits of the memo that had been refunded. Needs `payments.refund`."""

    place = MEMOS

    @joins_transaction
    def lock(self, *, actor: Actor, row: Disbursement) -> Any:
        refund = CreditRefund.objects.get(company_id=actor.company_id, id=UUID(row.source_id))
        return lock_memo(actor=actor, memo_id=refund.memo_id)

    @joins_transaction
    def come_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID:
        actor.require(_RIGHT)
        memo: CreditMemo = locked
        due = Due(
            legs=(Leg(chart.CUSTOMER_CREDITS, -back.row.amount, item_id=memo.id),),
            changes=(move_credit(memo, refunded=-back.row.amount),),
        )
        return post_return(actor=actor, back=back, due=due)

    @joins_transaction
    def take_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID | None:
        """Raises Conflict 409 `above_left` where the credit was used since."""
        actor.require(_RIGHT)
        memo: CreditMemo = locked
        if memo.available < back.row.amount:
            raise Conflict(
                f"Only {format_amount(memo.available)} of the {format_amount(back.row.amount)} that came back are left "
                f"of {memo.number}: undo first what the rest was used for.",
                code=ABOVE_LEFT,
            )
        moved = move_credit(memo, refunded=back.row.amount)
        return post_paid_again(actor=actor, back=back, changes=[moved])


CREDIT_REFUND_BACK: Final = CreditRefundBack()
