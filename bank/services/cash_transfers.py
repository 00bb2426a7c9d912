"""The drawer's side of a transfer between a drawer and a bank account (docs/domain.md#in-transit)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from bank.services.one_sided import OneSided, counterpart, lock_transfers, one_sided_transfers
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.models import Entry
from ledger.treasury.services.transfers import move_cash

TO_BANK: Final = "to_bank"
FROM_BANK: Final = "from_bank"


@joins_transaction
def enter_cash_transfer(
    *,
    actor: Actor,
    amount: Decimal,
    currency: str,
    direction: str,
    drawer_id: UUID | None = None,
    office: bool = False,
    moved_on: date | None = None,
    note: str = "",
    transfer_id: str = "",
) -> tuple[UUID, OneSided | None]:
    """Post that cash was taken to the bank, or fetched from it; the transfer's id, and the transfer itself as long as
    it has no other side.

    It meets the transfer that is named, else the oldest whose bank's line was there first, of the same amount.
    `direction` is `to_bank` or `from_bank`. Needs and raises what `move_cash` does, and what `counterpart` refuses.
    """
    lock_transfers(actor=actor, currency=currency)
    leaving = amount if direction == TO_BANK else -amount
    met = counterpart(
        actor=actor,
        currency=currency,
        amount=leaving,
        named=transfer_id,
        place="",
        of_banks=True,
        named_by="transfer_id",
    )
    entry_id = move_cash(
        actor=actor,
        amount=amount,
        currency=currency,
        to_bank=direction == TO_BANK,
        moved_on=moved_on or today(actor.company),
        drawer_id=drawer_id,
        office=office,
        note=note,
        transfer_id=met,
    )
    made = Entry.objects.values_list("operation_id", flat=True).get(company_id=actor.company_id, id=entry_id)
    assert made is not None
    there = one_sided_transfers(actor=actor, currency=currency)
    return made, next((each for each in there if each.transfer_id == str(made)), None)
