"""Money in that a vendor paid back of what it owed us (docs/domain.md#vendors)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from bank.models import Explanation, LinePart
from bank.services.kinds.interface import Applied, Ids, Piece, Undone
from bank.services.kinds.values import needed
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger.services.dates import open_day
from ledger.vendors.postings import REFUND
from ledger.vendors.services.paying import post_vendor_refund, reverse_vendor_refund


class VendorRefunded:
    """Dr unidentified receipts / Cr vendors payable. `values` has `credit_id`: the prepaid account or credit note that
    was paid back. Needs `ledger.pay_vendors`."""

    directions = frozenset({"in"})

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        return None

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        refund_id, entry_id = post_vendor_refund(
            actor=actor,
            credit_id=needed(piece, "credit_id"),
            amount=piece.amount,
            currency=part.currency,
            on=open_day(actor=actor, day=part.payment_date),
        )
        return Applied(entry_id=entry_id, names={"source_type": REFUND, "source_id": str(refund_id)})

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        return None

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        actor.require("ledger.pay_vendors")
        entry_id = reverse_vendor_refund(actor=actor, refund_id=UUID(explanation.source_id), reason=reason)
        return Undone(entry_id=entry_id)


VENDOR_REFUND: Final = VendorRefunded()
