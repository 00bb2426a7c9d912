"""Transfers of which only one side is there yet (docs/domain.md#in-transit)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from bank.errors import AMOUNT_DIFFERS, UNKNOWN_EXPLANATION
from bank.verification import TRANSFER_SIDES
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import format_amount
from ledger import chart
from ledger.treasury.services.paying import lock_account

_OPEN: Final = f"""
with sides as ({TRANSFER_SIDES})
select transfer, min(place), min(currency), sum(amount), min(day), (array_agg(part))[1], (array_agg(entry))[1]
from sides group by transfer having sum(amount) <> 0
order by min(day), min(at), transfer
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class OneSided:
    """A transfer with one side: where it is, and its amount, above zero where money left that place."""

    transfer_id: str
    place: str
    currency: str
    amount: Decimal
    day: date
    part_id: UUID | None
    entry_id: UUID | None


@reads
def one_sided_transfers(*, actor: Actor, currency: str = "") -> Sequence[OneSided]:
    """Those of the company, the oldest first; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"company": actor.company_id})
        rows = [OneSided(*row) for row in cursor.fetchall()]
    return [each for each in rows if not currency or each.currency == currency]


@joins_transaction
def lock_transfers(*, actor: Actor, currency: str) -> None:
    """Let nobody else meet a transfer in the currency until the transaction ends."""
    lock_account(actor=actor, currency=currency, code=chart.TRANSFERS_IN_TRANSIT)


@reads
def counterpart(
    *,
    actor: Actor,
    currency: str,
    amount: Decimal,
    named: str,
    place: str,
    of_banks: bool = False,
    named_by: str = "source_id",
) -> str:
    """The transfer that this side completes: the one that is `named`, else the oldest with the other side alone, at
    another place and of the same amount; "" for none. `amount` is above zero where money leaves the place; `of_banks`
    looks at those alone that a bank account's line began.

    Under `lock_transfers`. Raises InvalidInput, of the field `named_by`, for a named one that is not there, or whose
    amount is another.
    """
    there = one_sided_transfers(actor=actor, currency=currency)
    if named:
        meant = next((each for each in there if each.transfer_id == named), None)
        if meant is None:
            raise InvalidInput(
                f"There is no transfer {named[:40]!r} with one side in {currency}.",
                code=UNKNOWN_EXPLANATION,
                field=named_by,
            )
        if meant.amount != -amount:
            raise InvalidInput(
                f"The other side of the transfer is {format_amount(meant.amount)}, this one {format_amount(amount)}.",
                code=AMOUNT_DIFFERS,
                field="amount",
            )
        return meant.transfer_id
    fitting = (
        each.transfer_id
        for each in there
        if each.amount == -amount and each.place != place and (each.part_id is not None or not of_banks)
    )
    return next(fitting, "")
