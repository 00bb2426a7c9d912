"""Money in that the opening of the books brought: a deposit on its way then, or what lay in cash of a method.

Rule: docs/domain.md#explanations, docs/domain.md#opening-batch.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Sum

from bank.errors import AMOUNT_DIFFERS, UNKNOWN_EXPLANATION
from bank.models import CutOverItem, Explanation, LinePart
from bank.services.kinds.accounts import against, explained_draft
from bank.services.kinds.interface import Applied, Ids, Piece, Undone
from bank.services.kinds.reversing import reversal_of
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import Approval
from ledger import chart
from ledger.opening.models import OpeningBatch, OpeningLine
from ledger.opening.postings import LINE
from ledger.treasury.services.paying import lock_account

DEPOSIT: Final = "deposit_in_transit"
ACCOUNT: Final = "account"


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """A line of the opening that a statement's line can be: `account` has its money, `left` of it in the company's
    currency, `item_id` for a deposit in transit, which counts whole."""

    line_id: UUID
    account: str
    amount: Decimal
    left: Decimal
    reference: str
    name: str
    item_id: UUID | None

    @property
    def words(self) -> str:
        """How a person knows it."""
        said = " ".join(each for each in (self.reference, self.name) if each)
        return f"the opened {said or self.account}"


class Opened:
    """What the opening brought: Dr unidentified receipts / Cr deposits in transit of the part's bank account, its item;
    or Cr cash of a method, as far as the opening's line goes.

    `source_id` is the id of the opening's line. Undone, it is on its way again.
    """

    directions = frozenset({"in"})

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        return None

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        line = _line(actor, piece.source_id)
        code = _account_of(line)
        if code is not None:
            # The line itself never changes: of two at once the second sees what the first has left.
            lock_account(actor=actor, currency=actor.company.base_currency, code=code)
        item = next(iter(opened_items(actor=actor, lines=[line])), None)
        if item is None or part.currency != actor.company.base_currency:
            raise InvalidInput(
                f"What line {line.place} of the opening opens is not money on its way to the bank in {part.currency}.",
                code=UNKNOWN_EXPLANATION,
                field="source_id",
            )
        _require_meets(item, part, piece)
        leg = against(part.direction, item.account, piece.amount, item_id=item.item_id)
        return Applied(
            draft=explained_draft(actor, part, piece.amount, ids, leg),
            names={"source_type": LINE, "source_id": str(item.line_id)},
        )

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        return None

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        return Undone(drafts=[reversal_of(actor=actor, explanation=explanation, reason=reason)])


OPENED: Final = Opened()


@reads
def opened_items(*, actor: Actor, lines: Collection[OpeningLine] | None = None) -> list[OpenedItem]:
    """What the locked opening brought that statements' lines can be, with what is left of each; all of it, or of these
    lines. A fixed number of statements."""
    if lines is None:
        rows = OpeningLine.objects.filter(
            company_id=actor.company_id, batch__status=OpeningBatch.Status.LOCKED, kind__in=(DEPOSIT, ACCOUNT)
        )
        lines = list(rows.order_by("place"))
    accounts = {each.id: code for each in lines if (code := _account_of(each)) is not None}
    taken = _taken(actor, list(accounts))
    return [
        OpenedItem(
            line_id=each.id,
            account=accounts[each.id],
            amount=each.amount,
            left=each.amount - taken.get(str(each.id), ZERO),
            reference=str(each.values.get("reference", "")),
            name=each.name,
            item_id=each.id if each.kind == DEPOSIT else None,
        )
        for each in lines
        if each.id in accounts
    ]


def _account_of(line: OpeningLine) -> str | None:
    """Where its money stands, of a deposit in transit or of cash of a method without a drawer; else None."""
    if line.kind == DEPOSIT:
        return chart.deposits_in_transit(str(line.values.get("account", "")))
    code = str(line.values.get("account", ""))
    held = code.startswith(chart.cash("")) and code != chart.cash("cash") and not chart.is_drawer(code)
    return code if line.kind == ACCOUNT and held else None


def _taken(actor: Actor, ids: Collection[UUID]) -> dict[str, Decimal]:
    """How much of the lines has reached the bank, by id as text."""
    moved = CutOverItem.objects.filter(
        company_id=actor.company_id,
        is_live=True,
        source_entry__source_type=LINE,
        source_entry__source_id__in=[str(each) for each in ids],
    )
    rows = Explanation.objects.filter(
        company_id=actor.company_id,
        kind=Explanation.Kind.OPENED,
        status=Explanation.Status.LIVE,
        source_id__in=[str(each) for each in ids],
    )
    taken: dict[str, Decimal] = dict(rows.values_list("source_id").annotate(sum=Sum("amount")))
    for source_id, amount in moved.values_list("source_entry__source_id", "amount"):
        taken[source_id] = taken.get(source_id, ZERO) + amount
    return taken


def _line(actor: Actor, text: str) -> OpeningLine:
    try:
        found = OpeningLine.objects.filter(
            company_id=actor.company_id, id=UUID(text), batch__status=OpeningBatch.Status.LOCKED
        ).first()
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput(
            f"The opening has no line {text[:60]!r}.", code=UNKNOWN_EXPLANATION, field="source_id"
        )
    return found


def _require_meets(item: OpenedItem, part: LinePart, piece: Piece) -> None:
    """Raise InvalidInput for another account's deposit, a part of one, more than is left, or below zero."""
    if item.item_id is not None:
        here = part.bank_account and chart.deposits_in_transit(part.bank_account.code)
        if item.account != here:
            raise InvalidInput(
                f"{item.words} is on its way to another bank account ({item.account}).",
                code=UNKNOWN_EXPLANATION,
                field="source_id",
            )
        if item.left != item.amount:
            raise InvalidInput(
                f"{item.words} reached the bank by another line.", code=UNKNOWN_EXPLANATION, field="source_id"
            )
    if piece.amount <= 0 or piece.amount > item.left or (item.item_id and piece.amount != item.amount):
        what = (
            f"{format_amount(item.amount)} as a whole"
            if item.item_id
            else f"at most {format_amount(item.left)}"
        )
        raise InvalidInput(
            f"{item.words} is {what}, not {format_amount(piece.amount)}.", code=AMOUNT_DIFFERS, field="amount"
        )
