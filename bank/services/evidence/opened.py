"""Money in that may be a deposit that was on its way when the books were opened (docs/domain.md#matching)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from bank.models import LinePart
from bank.rules.evidence_text import folded, says_deposit
from bank.services.evidence.suggestion import Suggestion, marked_as_return
from bank.services.kinds.interface import Piece
from bank.services.kinds.opened import OpenedItem, opened_items
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from ledger import chart

_SAME_AMOUNT: Final = 55
_SAYS_DEPOSIT: Final = 25
_NAMED: Final = 100


@reads
def suggest_opened(*, actor: Actor, parts: Sequence[LinePart]) -> dict[UUID, list[Suggestion]]:
    """For each part the opened deposits of its account with its amount, or its reference. Two statements.

    Certain is the only one whose reference the line has, with its amount.
    """
    items = [each for each in opened_items(actor=actor) if each.left > 0]
    return {
        part.id: [_suggestion(part, each, items) for each in items if _may_be(part, each)] for part in parts
    }


def _may_be(part: LinePart, item: OpenedItem) -> bool:
    if part.bank_account is None:
        return False
    if item.item_id is None:
        return part.left <= item.left and _is_named(part, item)
    return item.account == chart.deposits_in_transit(part.bank_account.code) and item.left == part.left


def _is_named(part: LinePart, item: OpenedItem) -> bool:
    reference = item.reference.strip()
    if len(reference) < 4:
        return False
    words = part.said
    return folded(reference) in words


def _suggestion(part: LinePart, item: OpenedItem, items: Sequence[OpenedItem]) -> Suggestion:
    named = _is_named(part, item)
    because = [f"{item.words} was on its way with {item.left:,.2f} when the books were opened"]
    points = _SAME_AMOUNT
    if word := says_deposit(part.text):
        points += _SAYS_DEPOSIT
        because.append(f"its text says {word.lower()}")
    if named:
        points += _NAMED
        because.append(f"its text names {item.reference}")
    others = [each for each in items if each is not item and _may_be(part, each) and _is_named(part, each)]
    doubt = f"It may be money that came back: {why}." if (why := marked_as_return(part)) else ""
    if others:
        doubt = doubt or "Several opened deposits have this reference."
    return Suggestion(
        pieces=(Piece("opened", part.left, source_id=str(item.line_id)),),
        title=item.words[0].upper() + item.words[1:],
        points=points,
        because=tuple(because),
        is_certain=named and item.item_id is not None and not doubt,
        contradicts=doubt,
    )
