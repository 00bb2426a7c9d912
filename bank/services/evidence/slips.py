"""Money in that may be a deposit slip on its way to the bank (docs/domain.md#matching)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from bank.models import DepositSlip, LinePart
from bank.rules.evidence_text import folded, says_deposit
from bank.services.evidence.known import AFTER, BEFORE
from bank.services.evidence.suggestion import Suggestion, marked_as_return
from bank.services.kinds.interface import Piece
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor

SAME_AMOUNT: Final = 60
"""A slip for which nothing but its amount speaks."""
_SAYS_DEPOSIT: Final = 50
_NAMED: Final = 100


@reads
def suggest_slips(*, actor: Actor, parts: Sequence[LinePart]) -> dict[UUID, list[Suggestion]]:
    """For each part the closed slips of its account, amount and days. One statement.

    Certain is a slip that the line names, or the only one of its amount when the text says that it is a deposit and no
    other line of those looked at can be it.
    """
    slips = _closed(actor, parts)
    claimed = Counter(each.id for some in slips.values() for each in some)
    return {
        part.id: [
            _suggestion(part, each, _doubt(part, each, slips[part.id], claimed)) for each in slips[part.id]
        ]
        for part in parts
    }


def doubted(suggestions: Sequence[Suggestion], why: str) -> list[Suggestion]:
    """The suggestions as a person has to decide on them."""
    return [replace(each, is_certain=False, contradicts=each.contradicts or why) for each in suggestions]


def _closed(actor: Actor, parts: Sequence[LinePart]) -> dict[UUID, list[DepositSlip]]:
    found: dict[UUID, list[DepositSlip]] = {each.id: [] for each in parts}
    if not parts:
        return found
    rows = DepositSlip.objects.filter(
        company_id=actor.company_id,
        status=DepositSlip.Status.CLOSED,
        bank_account__in={each.bank_account_id for each in parts},
        closed_on__range=(
            min(each.payment_date for each in parts) - BEFORE,
            max(each.payment_date for each in parts) + AFTER,
        ),
        amount__in={each.left for each in parts},
    )
    alike: dict[object, list[DepositSlip]] = defaultdict(list)
    for each in rows.order_by("closed_on", "id"):
        alike[each.bank_account_id, each.currency, each.amount].append(each)
    for part in parts:
        found[part.id] = [
            each
            for each in alike[part.bank_account_id, part.currency, part.left]
            if each.closed_on is not None
            and part.payment_date - BEFORE <= each.closed_on <= part.payment_date + AFTER
        ]
    return found


def _is_named(part: LinePart, slip: DepositSlip) -> bool:
    words = part.said
    return folded(slip.number) in words


def _doubt(
    part: LinePart, slip: DepositSlip, others: Sequence[DepositSlip], claimed: Mapping[UUID, int]
) -> str:
    """Why a person has to say that the line is this slip; "" when it is certain."""
    if returned := marked_as_return(part):
        return f"It may be money that came back: {returned}."
    if _is_named(part, slip):
        return ""
    if len(others) > 1:
        return "Several deposit slips have this amount."
    if claimed[slip.id] > 1:
        return "Several lines have the amount of this deposit slip."
    return "" if says_deposit(part.text) else "Nothing but the amount says that it is a deposit."


def _suggestion(part: LinePart, slip: DepositSlip, doubt: str) -> Suggestion:
    because = [f"{slip.number} was closed on {slip.closed_on} with this amount, and is on its way"]
    points = SAME_AMOUNT
    if word := says_deposit(part.text):
        points += _SAYS_DEPOSIT
        because.append(f"its text says {word.lower()}")
    if _is_named(part, slip):
        points += _NAMED
        because.append(f"its text names {slip.number}")
    return Suggestion(
        pieces=(Piece("deposit_slip", part.left, source_id=str(slip.id)),),
        title=f"Deposit slip {slip.number}",
        points=points,
        because=tuple(because),
        is_certain=not doubt,
        contradicts=doubt,
    )
