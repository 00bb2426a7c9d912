"""Money in that is a deposit slip: cash and checks that were brought to the bank (docs/domain.md#deposit-slips)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from bank.errors import DOES_NOT_ADD_UP, UNKNOWN_EXPLANATION, SlipNotFound
from bank.models import DepositSlip, Explanation, LinePart
from bank.postings import DEPOSIT_SLIP
from bank.services.kinds.accounts import against, explained_draft
from bank.services.kinds.interface import Applied, Ids, Piece, Undone
from bank.services.kinds.reversing import reversal_of
from bank.services.slips import lock_slip
from batconnect.core.database.rows import Change
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval
from ledger import chart

_MOVE: Final = """
update bank_deposit_slips set status = %s, version = version + 1 where company_id = %s::uuid and id = %s::uuid
"""


class OfSlip:
    """The line is a slip's deposit: Dr unidentified receipts / Cr deposits in transit, the slip's item.

    The piece is the slip as it was closed: what the bank counted otherwise is a piece of its own.
    """

    directions = frozenset({"in"})

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        try:
            return lock_slip(actor=actor, slip_id=UUID(piece.source_id))
        except (ValueError, SlipNotFound):
            raise InvalidInput(
                f"There is no deposit slip {piece.source_id[:60]!r}.",
                code=UNKNOWN_EXPLANATION,
                field="source_id",
            ) from None

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        slip: DepositSlip = locked
        _require_meets(slip, part, piece)
        leg = against(
            part.direction,
            chart.deposits_in_transit(slip.bank_account.code),
            piece.amount,
            item_id=slip.id,
        )
        return Applied(
            draft=explained_draft(actor, part, piece.amount, ids, leg),
            changes=[_moved(actor, slip.id, DepositSlip.Status.CLEARED)],
            names={"source_type": DEPOSIT_SLIP, "source_id": str(slip.id)},
        )

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        return None

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        slip = lock_slip(actor=actor, slip_id=UUID(explanation.source_id))
        return Undone(
            drafts=[reversal_of(actor=actor, explanation=explanation, reason=reason)],
            changes=[_moved(actor, slip.id, DepositSlip.Status.CLOSED)],
        )


OF_SLIP: Final = OfSlip()


def _require_meets(slip: DepositSlip, part: LinePart, piece: Piece) -> None:
    """Raise InvalidInput for a slip that is not on its way to the part's bank account with the piece's amount."""
    if slip.status != DepositSlip.Status.CLOSED:
        raise InvalidInput(
            f"{slip.number} is {slip.get_status_display().lower()}.",
            code=UNKNOWN_EXPLANATION,
            field="source_id",
        )
    if slip.bank_account_id != part.bank_account_id or slip.currency != part.currency:
        raise InvalidInput(
            f"{slip.number} is for {slip.bank_account.name} in {slip.currency}.",
            code=UNKNOWN_EXPLANATION,
            field="source_id",
        )
    if piece.amount != slip.amount:
        raise InvalidInput(
            f"{slip.number} has {format_amount(slip.amount)}, not {format_amount(piece.amount)}: what the bank "
            f"counted otherwise is a piece of {chart.CASH_OVER_SHORT}.",
            code=DOES_NOT_ADD_UP,
            field="amount",
        )


def _moved(actor: Actor, slip_id: UUID, status: DepositSlip.Status) -> Change:
    return Change(_MOVE, [str(status), actor.company_id, slip_id])
