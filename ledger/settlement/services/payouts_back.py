"""A payout that reached the bank and came back by a line of its statement (docs/domain.md#came-back)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from ledger.settlement.errors import PayoutNotReturnable
from ledger.settlement.models import Dtr
from ledger.settlement.services.payouts import return_payout
from ledger.treasury.models import Disbursement
from ledger.treasury.services.returning import DOCUMENTS, Back


class PayoutBack:
    """The DTR is due again, as its next attempt. Needs `ledger.return_payout`. It is not taken back: a payout that came
    back stays so, and the next one is its next attempt."""

    place = DOCUMENTS

    @joins_transaction
    def lock(self, *, actor: Actor, row: Disbursement) -> Any:
        rows = Dtr.objects.filter(company_id=actor.company_id, id=_dtr_id(row))
        return rows.select_for_update(no_key=True).first()

    @joins_transaction
    def come_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID:
        if locked is None:
            raise PayoutNotReturnable(f"{back.row} pays no DTR.")
        return_payout(actor=actor, number=locked.number, reason=back.reason, into=back.into)
        back.row.refresh_from_db()
        assert back.row.stop_entry_id is not None
        return back.row.stop_entry_id

    @joins_transaction
    def take_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID | None:
        return None


PAYOUT_BACK: Final = PayoutBack()


def _dtr_id(row: Disbursement) -> UUID:
    """The DTR of a payout's source id, which names its attempt too from the second on."""
    return UUID(row.source_id.partition("/")[0])
