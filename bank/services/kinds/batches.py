"""A line that is a whole batch of payouts, or one payout of several DTRs: said once, explained item by item.

Rule: docs/domain.md#explanations. `payout_batch` names the batch by its id (`source_id`); what of it is in transit
becomes a piece each, so that every item has its entry and can come back by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from bank.errors import AMOUNT_DIFFERS, UNKNOWN_EXPLANATION
from bank.models import Explanation
from bank.services.kinds.interface import Piece
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount
from ledger.paying.querysets import Waiting, waiting_of

PAYOUT_BATCH: Final = "payout_batch"


@reads
def expanded(*, actor: Actor, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, with those that are a batch of payouts replaced by one for each item of it that is in transit.

    Raises InvalidInput `unknown_explanation` where there is no such batch with anything in transit, `amount_differs`
    naming what is in transit of it.
    """
    named = [_batch_id(each, place) for place, each in enumerate(pieces) if each.kind == PAYOUT_BATCH]
    if not named:
        return list(pieces)
    waiting = waiting_of(actor=actor, batch_ids=named)
    made: list[Piece] = []
    for place, each in enumerate(pieces):
        made += _of_batch(each, place, waiting) if each.kind == PAYOUT_BATCH else [each]
    return made


def pieces_of(waiting: Sequence[Waiting], note: str = "") -> list[Piece]:
    """A piece for each item."""
    return [
        Piece(
            Explanation.Kind.DISBURSEMENT.value,
            each.amount,
            customer_id=each.customer_id,
            disbursement_id=each.disbursement_id,
            note=note,
        )
        for each in waiting
    ]


def _of_batch(piece: Piece, place: int, waiting: Mapping[UUID, Sequence[Waiting]]) -> list[Piece]:
    items = waiting.get(_batch_id(piece, place), ())
    total = sum((each.amount for each in items), ZERO)
    if not items:
        raise InvalidInput(
            "Nothing of this batch of payouts is in transit.",
            code=UNKNOWN_EXPLANATION,
            field=f"pieces.{place}.source_id",
        )
    if total != piece.amount:
        raise InvalidInput(
            f"{format_amount(total)} of the batch are in transit, not {format_amount(piece.amount)}: name its items.",
            code=AMOUNT_DIFFERS,
            field=f"pieces.{place}.amount",
        )
    return pieces_of(items, piece.note)


def _batch_id(piece: Piece, place: int) -> UUID:
    try:
        return UUID(piece.source_id)
    except ValueError as error:
        raise InvalidInput(
            "Name the batch of payouts by its id.",
            code=UNKNOWN_EXPLANATION,
            field=f"pieces.{place}.source_id",
        ) from error
