"""Transfers between own places: each side meets the other in transfers in transit (docs/domain.md#explanations)."""

from __future__ import annotations

from typing import Any, Final

from bank.models import Explanation, LinePart
from bank.services.kinds.accounts import against, explained_draft
from bank.services.kinds.interface import Applied, Ids, Piece, Undone
from bank.services.kinds.reversing import reversal_of
from bank.services.one_sided import counterpart, lock_transfers
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.field_codes import NOT_POSITIVE
from batconnect.core.models import Approval
from ledger import chart
from ledger.treasury.services.transfers import TRANSFER

_BOTH: Final = frozenset({"in", "out"})


class Transferred:
    """A side of a transfer. Money out: Dr transfers in transit / Cr unexplained payments; money in: Dr unidentified
    receipts / Cr transfers in transit.

    It is the other side of the transfer that `source_id` names, else of the oldest that has only the other side with
    this amount; else it begins a transfer. Undone, what met it has one side again.
    """

    directions = _BOTH

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        return None

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        if piece.amount <= 0:
            message = "A transfer is above zero."
            raise InvalidInput(message, errors=[FieldError("amount", message, NOT_POSITIVE)])
        lock_transfers(actor=actor, currency=part.currency)
        met = counterpart(
            actor=actor,
            currency=part.currency,
            amount=piece.amount if part.direction == "out" else -piece.amount,
            named=piece.source_id,
            place=chart.bank(part.bank_account.code) if part.bank_account else "",
        )
        leg = against(part.direction, chart.TRANSFERS_IN_TRANSIT, piece.amount)
        return Applied(
            draft=explained_draft(actor, part, piece.amount, ids, leg),
            names={"source_type": TRANSFER, "source_id": met or str(ids.explanation_id)},
        )

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        return None

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        lock_transfers(actor=actor, currency=explanation.currency)
        return Undone(drafts=[reversal_of(actor=actor, explanation=explanation, reason=reason)])


TRANSFER_SIDE: Final = Transferred()
