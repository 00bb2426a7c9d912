"""Lines that are an amount of an account of the chart: bank charges, interest, and any account without items."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from bank import postings
from bank.errors import ACCOUNT_HAS_ITEMS, UNKNOWN_EXPLANATION
from bank.models import Explanation, LinePart
from bank.services.kinds.interface import Applied, Ids, Piece, Undone
from bank.services.kinds.reversing import reversal_of
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import Approval
from ledger import chart
from ledger.models import Account
from ledger.postings import EntryDraft, Leg
from ledger.services.dates import open_day

_BOTH: Final = frozenset({"in", "out"})


class OfAccount:
    """An amount of an account; of a fixed one where the kind names it."""

    directions = _BOTH

    def __init__(self, account: str = "") -> None:
        self._account = account

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        return None

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        code = self._account or checked_account(actor, part.currency, piece.account_code)
        return Applied(
            draft=explained_draft(
                actor, part, piece.amount, ids, against(part.direction, code, piece.amount)
            ),
            names={"account_code": code},
        )

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        return None

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        return Undone(drafts=[reversal_of(actor=actor, explanation=explanation, reason=reason)])


CHARGES: Final = OfAccount(chart.BANK_CHARGES)
INTEREST: Final = OfAccount(chart.BANK_INTEREST)
ACCOUNT: Final = OfAccount()


def against(direction: str, code: str, amount: Decimal, **items: Any) -> Leg:
    """The line opposite to suspense: a credit for money in, a debit for money out."""
    return Leg(code, -amount if direction == "in" else amount, **items)


@reads
def explained_draft(
    actor: Actor, part: LinePart, amount: Decimal, ids: Ids, *legs: Leg, **names: Any
) -> EntryDraft:
    """The entry of an explanation, on the bank's day or the first open day."""
    return postings.part_explained(
        explanation_id=ids.explanation_id,
        entry_id=ids.entry_id,
        direction=part.direction,
        amount=amount,
        currency=part.currency,
        on=open_day(actor=actor, day=part.payment_date),
        against=legs,
        operation_id=ids.operation_id,
        **names,
    )


@reads
def checked_account(actor: Actor, currency: str, code: str, field: str = "account_code") -> str:
    """The code of an account of the chart that is not made up of items. Raises InvalidInput `unknown_explanation`,
    `account_has_items` naming the field."""
    there = Account.objects.filter(company_id=actor.company_id, currency=currency, code=code).exists()
    if not there:
        raise InvalidInput(
            f"There is no account {code[:60]!r} in {currency}.",
            code=UNKNOWN_EXPLANATION,
            field=field,
        )
    if operation := chart.operation(code):
        raise InvalidInput(f"{code} is made up of items: {operation}", code=ACCOUNT_HAS_ITEMS, field=field)
    return code
