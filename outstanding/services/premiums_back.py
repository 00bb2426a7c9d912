"""Premiums that were remitted, reached the bank and came back: they are due to the insurer again.

Rule: docs/domain.md#came-back.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import ZERO, format_amount
from ledger import chart
from ledger.errors import ALREADY_VOIDED
from ledger.postings import Leg
from ledger.treasury.models import Disbursement
from ledger.treasury.services.returning import CASES, Back, Due, post_paid_again, post_return
from outstanding import postings
from outstanding.errors import ABOVE_PAYABLE
from outstanding.models import PremiumMove
from outstanding.services.premiums import REMIT, VOID, lock_renewal, premium_standing

_STANDS: Final = "update premium_moves set is_voided = false where company_id = %s::uuid and id = %s::uuid"


class PremiumBack:
    """Cr premiums payable: it is to be remitted again. Needs `outstanding.remit`."""

    place = CASES

    @joins_transaction
    def lock(self, *, actor: Actor, row: Disbursement) -> Any:
        """The case, and what had been remitted."""
        move = PremiumMove.objects.get(company_id=actor.company_id, id=UUID(row.source_id))
        lock_renewal(actor=actor, case=move.renewal_case_id)
        move.refresh_from_db()
        return move

    @joins_transaction
    def come_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID:
        actor.require(REMIT)
        move: PremiumMove = locked
        if move.is_voided:
            raise Conflict("This remittance is voided already.", code=ALREADY_VOIDED)
        due = Due(
            legs=(Leg(chart.PREMIUMS_PAYABLE, -back.row.amount),),
            changes=(Change(VOID, [actor.company_id, move.id]),),
            about=(postings.PREMIUM, str(move.id)),
        )
        return post_return(actor=actor, back=back, due=due)

    @joins_transaction
    def take_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID | None:
        """Raises Conflict 409 `above_payable` where it was remitted again."""
        actor.require(REMIT)
        move: PremiumMove = locked
        payable = premium_standing(actor=actor, case_id=move.renewal_case_id).payable
        if move.amount > payable:
            raise Conflict(
                f"{format_amount(move.amount)} came back, and {format_amount(max(payable, ZERO))} is due to the "
                "insurer by now: it was remitted again.",
                code=ABOVE_PAYABLE,
            )
        return post_paid_again(actor=actor, back=back, changes=[Change(_STANDS, [actor.company_id, move.id])])


PREMIUM_BACK: Final = PremiumBack()
