"""What the page of the opening of the books shows first: how far it is, and whether it balances."""

from __future__ import annotations

from typing import Final

from batconnect.core.console.faces import Card, Face, Kept, Money, Stamp, stamped
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import format_day
from ledger.opening.models import OpeningBatch
from ledger.opening.services.batch import difference_of


def _card(actor: Actor, row: OpeningBatch) -> Card:
    is_draft = row.status == OpeningBatch.Status.DRAFT
    debit, credit = difference_of(actor=actor, batch=row)
    currency = actor.company.base_currency
    balances = debit == credit
    return Card(
        kind="Opening of the books",
        number=f"on {format_day(row.cut_over_on)}",
        amount=Money(debit, currency),
        amount_is="Debits",
        status=str(row.get_status_display()) if balances else "Does not balance",
        tone="bad" if not balances else "warn" if is_draft else "good",
        since=row.locked_at or row.prepared_at,
        facts=(
            ("Credits", Money(credit, currency)),
            ("Difference", None if balances else Money(debit - credit, currency)),
            ("Version", row.version),
            ("Prepared by", Kept(row.prepared_by, row.preparer_id)),
            ("Locked by", Kept(row.locked_by)),
        ),
        next_step=""
        if not is_draft
        else "Ask a second person to lock it."
        if balances
        else "Prepare it anew, from a file whose debits and credits come to the same.",
        next_action="lock" if is_draft and balances else "",
    )


OPENING_FACE: Final = Face(card=_card)
stamped(
    OpeningBatch,
    Stamp("prepared_at", "Prepared", who="prepared_by", person="preparer"),
    Stamp("locked_at", "Locked", who="locked_by"),
)
