"""Money out that we paid, and money in that came back of it (docs/domain.md#explanations)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from bank import postings
from bank.errors import AMOUNT_DIFFERS, UNKNOWN_EXPLANATION, ExplanationFinal
from bank.models import Explanation, LinePart
from bank.services.kinds.accounts import explained_draft
from bank.services.kinds.interface import Applied, Ids, Piece, Undone
from bank.services.kinds.reversing import reversal_of
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval
from ledger import chart
from ledger.models import Entry
from ledger.postings import EntryDraft, Leg
from ledger.treasury.errors import NotInTransit
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import lock_disbursement
from ledger.treasury.services.returning import DOCUMENTS, Back, find_returning, returning_of

_CLEAR: Final = """
update disbursements set status = 'cleared', cleared_on = %s::date where company_id = %s::uuid and id = %s::uuid
"""
_IN_TRANSIT: Final = """
update disbursements set status = 'in_transit', cleared_on = null where company_id = %s::uuid and id = %s::uuid
"""


class PaidOut:
    """What we paid reaches the bank: Dr payments in transit of its account / Cr unexplained payments.

    It is cleared on the bank's day; several on one line, as those of a payout file, are several pieces. Seen on another
    account's line it clears there, with a warning. Undone, it is in transit again.
    """

    directions = frozenset({"out"})

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        return _locked(actor, piece)

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        row = _fitting(locked, part, piece)
        if row.status != Disbursement.Status.IN_TRANSIT:
            raise NotInTransit(f"{row} of {row.paid_on} is {row.get_status_display().lower()}.")
        assert row.bank_account is not None, "what is in transit is so from a bank account"
        warnings = []
        if row.bank_account_id != part.bank_account_id:
            seen = part.bank_account.name if part.bank_account else "no bank account"
            warnings.append(f"{row} was paid from {row.bank_account.name}, and is seen at {seen}.")
        leg = Leg(chart.payments_in_transit(row.bank_account.code), row.amount, item_id=row.id)
        return Applied(
            draft=explained_draft(actor, part, piece.amount, ids, leg, customer_id=row.customer_id),
            changes=[Change(_CLEAR, [part.payment_date, actor.company_id, row.id])],
            names={"disbursement_id": row.id, "customer_id": row.customer_id},
            warnings=warnings,
        )

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        return None

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        assert explanation.disbursement_id is not None
        row = lock_disbursement(actor=actor, disbursement_id=explanation.disbursement_id)
        if row.status != Disbursement.Status.CLEARED:
            raise ExplanationFinal(
                f"{row} of {row.paid_on} came back since: that it had reached the bank stays on this line."
            )
        return Undone(
            drafts=[reversal_of(actor=actor, explanation=explanation, reason=reason)],
            changes=[Change(_IN_TRANSIT, [actor.company_id, row.id])],
        )


class CameBack:
    """What we had paid came back. Recorded before: Dr unidentified receipts / Cr deposits in transit, its item.

    What nobody has recorded is returned now, by whoever paid it out (`ledger.treasury.services.returning`): Dr
    unidentified receipts / Cr what it had paid, which is due again. Undone, it is paid and at the bank as before, if
    what was due again still is. A payout stays returned: what came back is on its way to the bank again.
    """

    directions = frozenset({"in"})

    def place(self, *, actor: Actor, piece: Piece) -> int:
        """Before what else is paid out, in the order of what is due again."""
        return place_of(actor=actor, disbursement_id=piece.disbursement_id)

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        return lock_paid_out(actor=actor, disbursement_id=piece.disbursement_id)

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        row, documents = locked
        row = _fitting(row, part, piece)
        names = {"disbursement_id": row.id, "customer_id": row.customer_id}
        if row.status == Disbursement.Status.CLEARED:
            code = str(piece.values.get("reason_code") or part.return_code).strip()
            reason = f"Came back by the bank's line of {part.payment_date} {code} {piece.note}".strip()
            back = Back(row, chart.UNIDENTIFIED_RECEIPTS, reason[:500], ids.operation_id)
            returning = returning_of(row.source_type)
            return Applied(
                entry_id=returning.come_back(actor=actor, back=back, locked=documents), names=names
            )
        _require_back(row)
        assert row.bank_account is not None
        leg = Leg(chart.deposits_in_transit(row.bank_account.code), -row.amount, item_id=row.id)
        draft = explained_draft(actor, part, piece.amount, ids, leg, customer_id=row.customer_id)
        return Applied(draft=draft, names=names)

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        return None

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        assert explanation.disbursement_id is not None
        row, documents = lock_paid_out(actor=actor, disbursement_id=explanation.disbursement_id)
        assert row is not None
        if row.stop_entry_id != explanation.entry_id:
            return Undone(drafts=[reversal_of(actor=actor, explanation=explanation, reason=reason)])
        back = Back(row, chart.UNIDENTIFIED_RECEIPTS, reason, explanation.operation_id)
        entry_id = returning_of(row.source_type).take_back(actor=actor, back=back, locked=documents)
        if entry_id is not None:
            return Undone(entry_id=entry_id)
        return Undone(drafts=[_on_its_way(actor, explanation, row, reason)])


PAID_OUT: Final = PaidOut()
CAME_BACK: Final = CameBack()


@joins_transaction
def _locked(actor: Actor, piece: Piece) -> Disbursement | None:
    if piece.disbursement_id is None:
        return None
    here = Disbursement.objects.filter(company_id=actor.company_id, id=piece.disbursement_id)
    if not here.exists():
        return None
    return lock_disbursement(actor=actor, disbursement_id=piece.disbursement_id)


@reads
def place_of(*, actor: Actor, disbursement_id: UUID | None) -> int:
    """Where the documents of what was paid out stand in the order of locks; last for what is not there."""
    known = find_returning(actor=actor, disbursement_id=disbursement_id) if disbursement_id else None
    return known[1].place if known else DOCUMENTS


@joins_transaction
def lock_paid_out(*, actor: Actor, disbursement_id: UUID | None) -> tuple[Disbursement | None, Any]:
    """What was paid out, locked after its documents, and what was read of these; (None, None) where nothing was."""
    known = find_returning(actor=actor, disbursement_id=disbursement_id) if disbursement_id else None
    if known is None:
        return None, None
    row, returning = known
    documents = returning.lock(actor=actor, row=row)
    return lock_disbursement(actor=actor, disbursement_id=row.id), documents


def _fitting(row: Disbursement | None, part: LinePart, piece: Piece) -> Disbursement:
    """What is named, if it is in the part's currency and of the piece's whole amount."""
    if row is None:
        raise InvalidInput(
            f"Nothing was paid out under {piece.disbursement_id}.",
            code=UNKNOWN_EXPLANATION,
            field="disbursement_id",
        )
    if row.currency != part.currency:
        raise InvalidInput(
            f"{row} is not in {part.currency}, the line's currency.",
            code=UNKNOWN_EXPLANATION,
            field="disbursement_id",
        )
    if row.amount != piece.amount:
        raise InvalidInput(
            f"{row} of {row.paid_on} is explained as a whole, not with {format_amount(piece.amount)}.",
            code=AMOUNT_DIFFERS,
            field="amount",
        )
    return row


def _require_back(row: Disbursement) -> None:
    """Refuse what is not in deposits in transit. Raises NotInTransit (409)."""
    if row.status == Disbursement.Status.IN_TRANSIT:
        raise NotInTransit(
            f"{row} of {row.paid_on} has not reached the bank: explain the line that paid it first."
        )
    if row.status == Disbursement.Status.PAID:
        raise NotInTransit(f"{row} of {row.paid_on} was paid in cash, which no bank gives back.")
    if row.cleared_on is None:
        raise NotInTransit(f"{row} of {row.paid_on} was stopped before it reached the bank.")
    lines = Explanation.objects.filter(
        company_id=row.company_id,
        disbursement=row.id,
        kind=Explanation.Kind.DISBURSEMENT_RETURN,
        status=Explanation.Status.LIVE,
    )
    if lines.exists():
        raise NotInTransit(f"{row} of {row.paid_on} came back by another line.")


def _on_its_way(actor: Actor, explanation: Explanation, row: Disbursement, reason: str) -> EntryDraft:
    """Dr deposits in transit / Cr unidentified receipts: it did come back, and not by this line."""
    assert row.bank_account is not None
    assert explanation.entry_id is not None
    entry = Entry.objects.get(company_id=actor.company_id, id=explanation.entry_id)
    return EntryDraft(
        event=postings.UNDONE,
        source_type=postings.EXPLANATION,
        source_id=str(explanation.id),
        currency=row.currency,
        effective_on=today(actor.company),
        customer_id=entry.customer_id,
        lease_id=entry.lease_id,
        operation_id=explanation.operation_id,
        reason=reason,
        legs=(
            Leg(chart.deposits_in_transit(row.bank_account.code), row.amount, item_id=row.id),
            Leg(chart.UNIDENTIFIED_RECEIPTS, -row.amount),
        ),
    )
