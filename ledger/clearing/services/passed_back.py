"""Remittances and returned deposits that reached the bank and came back: they are held again.

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
from ledger.clearing import postings
from ledger.clearing.errors import MoreThanHeld
from ledger.clearing.models import DepositMove, Remittance, SecurityDeposit
from ledger.clearing.services.deposits import HANDLE, lock_deposit, move_deposit, require_held, void_move
from ledger.clearing.services.taxes import REMIT
from ledger.errors import ALREADY_VOIDED
from ledger.postings import Leg
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import locked_balance
from ledger.treasury.services.returning import DOCUMENTS, Back, Due, post_paid_again, post_return

_RETURNED: Final = """
update remittances set status = 'returned' where company_id = %s::uuid and id = %s::uuid
"""
_PAID: Final = "update remittances set status = 'paid' where company_id = %s::uuid and id = %s::uuid"
_MOVE_STANDS: Final = """
update security_deposit_moves set is_voided = false where company_id = %s::uuid and id = %s::uuid
"""


class RemittanceBack:
    """Cr what had been held: it is to be remitted again. Needs `ledger.remit`."""

    place = DOCUMENTS

    @joins_transaction
    def lock(self, *, actor: Actor, row: Disbursement) -> Any:
        rows = Remittance.objects.select_for_update(no_key=True)
        return rows.get(company_id=actor.company_id, id=UUID(row.source_id))

    @joins_transaction
    def come_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID:
        actor.require(REMIT)
        remittance: Remittance = locked
        due = Due(
            legs=(Leg(remittance.account, -back.row.amount),),
            changes=(Change(_RETURNED, [actor.company_id, remittance.id]),),
            about=(postings.REMITTANCE, str(remittance.id)),
        )
        return post_return(actor=actor, back=back, due=due)

    @joins_transaction
    def take_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID | None:
        """Raises MoreThanHeld (409) where less is held by now."""
        actor.require(REMIT)
        remittance: Remittance = locked
        there = -locked_balance(actor=actor, currency=remittance.currency, code=remittance.account)
        if remittance.amount > there:
            raise MoreThanHeld(
                f"{format_amount(remittance.amount)} {remittance.currency} came back, and "
                f"{format_amount(max(there, ZERO))} of it is still held: it was remitted again."
            )
        paid = Change(_PAID, [actor.company_id, remittance.id])
        return post_paid_again(actor=actor, back=back, changes=[paid])


class DepositBack:
    """Cr security deposits: it is held again. Needs `ledger.handle_deposits`."""

    place = DOCUMENTS

    @joins_transaction
    def lock(self, *, actor: Actor, row: Disbursement) -> Any:
        move = DepositMove.objects.get(company_id=actor.company_id, id=UUID(row.source_id))
        deposit = lock_deposit(actor=actor, deposit_id=move.deposit_id)
        move.refresh_from_db()
        return move, deposit

    @joins_transaction
    def come_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID:
        actor.require(HANDLE)
        move: DepositMove
        deposit: SecurityDeposit
        move, deposit = locked
        if move.is_voided:
            raise Conflict("This return of the deposit is voided already.", code=ALREADY_VOIDED)
        due = Due(
            legs=(Leg(chart.SECURITY_DEPOSITS, -back.row.amount),),
            changes=(
                move_deposit(actor=actor, deposit=deposit, amount=move.amount),
                void_move(actor=actor, move=move),
            ),
        )
        return post_return(actor=actor, back=back, due=due)

    @joins_transaction
    def take_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID | None:
        """Raises MoreThanHeld (409) where it was used or returned since."""
        actor.require(HANDLE)
        move: DepositMove
        deposit: SecurityDeposit
        move, deposit = locked
        require_held(actor=actor, deposit=deposit, amount=move.amount)
        changes = [
            move_deposit(actor=actor, deposit=deposit, amount=-move.amount),
            Change(_MOVE_STANDS, [actor.company_id, move.id]),
        ]
        return post_paid_again(actor=actor, back=back, changes=changes)


REMITTANCE_BACK: Final = RemittanceBack()
DEPOSIT_BACK: Final = DepositBack()
