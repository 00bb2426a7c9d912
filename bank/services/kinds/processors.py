"""Money in that a card processor deposited of drivers' earnings, less its fee (docs/domain.md#earnings-clearing)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from bank.models import Explanation, LinePart
from bank.services.kinds.interface import Applied, Ids, Piece, Undone
from bank.services.kinds.values import needed
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from batconnect.core.models import Approval
from ledger.clearing.postings import PROCESSOR as SOURCE
from ledger.clearing.services.processors import prepare_processor_deposit, reverse_processor_deposit
from ledger.services.dates import open_day


class ProcessorDeposited:
    """Dr unidentified receipts (net) + card fees (fee) / Cr earnings clearing (gross).

    `values` are `processor`, `fee` (that of the processor's report, or a person's figure), and perhaps `report` and
    `gross`, with which net and fee have to agree.
    """

    directions = frozenset({"in"})

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        return None

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        row, draft = prepare_processor_deposit(
            actor=actor,
            receipt_id=part.id,
            processor=needed(piece, "processor"),
            net=piece.amount,
            fee=piece.values.get("fee", ZERO),
            currency=part.currency,
            deposited_on=part.payment_date,
            report=piece.values.get("report", ""),
            gross=piece.values.get("gross"),
            on=open_day(actor=actor, day=part.payment_date),
        )
        return Applied(draft=draft, rows=[[row]], names={"source_type": SOURCE, "source_id": str(row.id)})

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        return None

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        _, entry_id = reverse_processor_deposit(
            actor=actor, deposit_id=UUID(explanation.source_id), reason=reason
        )
        return Undone(entry_id=entry_id)


PROCESSOR: Final = ProcessorDeposited()
