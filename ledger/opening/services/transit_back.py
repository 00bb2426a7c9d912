"""What the opening brought in transit, reached the bank and came back (docs/domain.md#came-back)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from ledger import chart
from ledger.postings import Leg
from ledger.treasury.models import Disbursement
from ledger.treasury.services.returning import DOCUMENTS, Back, Due, post_paid_again, post_return

_RIGHT: Final = "ledger.pay_vendors"


class OpenedBack:
    """Cr prior-year corrections: what it had paid was settled before the books were opened. What is owed again is
    entered as a bill. Needs `ledger.pay_vendors`."""

    place = DOCUMENTS

    @joins_transaction
    def lock(self, *, actor: Actor, row: Disbursement) -> Any:
        return None

    @joins_transaction
    def come_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID:
        actor.require(_RIGHT)
        legs = (Leg(chart.PRIOR_YEAR_CORRECTIONS, -back.row.amount),)
        return post_return(actor=actor, back=back, due=Due(legs=legs))

    @joins_transaction
    def take_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID | None:
        actor.require(_RIGHT)
        return post_paid_again(actor=actor, back=back)


OPENED_BACK: Final = OpenedBack()
