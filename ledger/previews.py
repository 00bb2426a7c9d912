"""What an action of the ledger posts, as its confirmation in the console shows it: line by line, or by account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from batconnect.core.console.confirmations import Preview
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import describe_code
from ledger.models import Obligation, Posting

HEADINGS: Final = ("event", "account", "debit", "credit", "obligation", "owes afterwards")


@dataclass(frozen=True, slots=True)
class Booking:
    """What an account was debited and credited."""

    account: str
    debit: Decimal
    credit: Decimal


def posted_by(*, actor: Actor, run: Callable[[], str]) -> Preview:
    """Carry out an action that says what it did in a sentence; the preview lists what it posted."""
    began = uuid7()
    summary = run()
    lines = tuple(_lines(actor=actor, began=began))
    return Preview(summary, HEADINGS, lines, state="" if lines else "nothing is posted")


def bookings_since(*, actor: Actor, began: UUID) -> tuple[Booking, ...]:
    """What the actor's request has posted since `began`, summed by account; one statement."""
    rows = (
        _posted_since(actor=actor, began=began)
        .order_by()
        .values("account__code", "account__name")
        .annotate(debit=Sum("amount", filter=Q(amount__gt=0)), credit=Sum("amount", filter=Q(amount__lt=0)))
        .order_by("account__code")
    )
    return tuple(
        Booking(row["account__name"], row["debit"] or ZERO, -(row["credit"] or ZERO)) for row in rows
    )


def _posted_since(*, actor: Actor, began: UUID) -> QuerySet[Posting]:
    """The postings of the actor's request in entries that are younger than `began`, a new id."""
    return Posting.objects.filter(
        company_id=actor.company_id,
        entry_id__gt=began,
        entry__request_id=actor.request_id,
        entry__created_by_id=actor.user_id,
    )


def _lines(*, actor: Actor, began: UUID) -> list[tuple[str, ...]]:
    rows = list(
        _posted_since(actor=actor, began=began)
        .select_related("entry", "account")
        .order_by("entry_id", "line")
    )
    owed = {
        obligation.id: obligation
        for obligation in Obligation.objects.filter(
            company_id=actor.company_id, id__in={row.obligation_id for row in rows if row.obligation_id}
        )
    }
    return [
        (
            describe_code(row.entry.event),
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
