"""What an action of the ledger posts, as its confirmation in the console shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from batconnect.core.console.confirmations import Preview
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount
from ledger.models import Obligation, Posting

HEADINGS: Final = ("event", "account", "debit", "credit", "obligation", "owes afterwards")


def posted_by(*, actor: Actor, run: Callable[[], str]) -> Preview:
    """Carry out an action that says what it did in a sentence; the preview lists what it posted.

    Those are the entries of the actor's request that are younger than its beginning.
    """
    began = uuid7()
    summary = run()
    lines = tuple(_lines(actor=actor, since=began))
    return Preview(summary, HEADINGS, lines, state="" if lines else "nothing is posted")


def _lines(*, actor: Actor, since: UUID) -> list[tuple[str, ...]]:
    postings = (
        Posting.objects.filter(
            company_id=actor.company_id,
            entry_id__gt=since,
            entry__request_id=actor.request_id,
            entry__created_by_id=actor.user_id,
        )
        .select_related("entry", "account")
        .order_by("entry_id", "line")
    )
    rows = list(postings)
    owed = {
        obligation.id: obligation
        for obligation in Obligation.objects.filter(
            company_id=actor.company_id, id__in={row.obligation_id for row in rows if row.obligation_id}
        )
    }
    return [
        (
            row.entry.event.replace("_", " "),
            row.account.name,
            format_amount(row.amount) if row.amount > 0 else "",
            format_amount(-row.amount) if row.amount < 0 else "",
            *_what_is_owed(owed.get(row.obligation_id) if row.obligation_id else None),
        )
        for row in rows
    ]


def _what_is_owed(obligation: Obligation | None) -> tuple[str, str]:
    if obligation is None:
        return "", ""
    return str(obligation), f"{format_amount(obligation.outstanding)} {obligation.currency}"
