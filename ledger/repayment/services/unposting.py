"""Installments that were posted and go back to their schedule, as long as nothing has come after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, format_amount
from ledger.models import Entry, Obligation, Posting
from ledger.postings import OBLIGATION, EntryDraft, Leg, reversal
from ledger.repayment.errors import InstallmentUsed
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.rules import interest_anew
from ledger.repayment.services.schedules import NewRow, interest_since, prepaid_of, replace_rows
from ledger.services.locks import lock_obligations


@joins_transaction
def lock_posted(*, actor: Actor, kind: RepaidKind, number: str) -> dict[UUID, Obligation]:
    """Lock what the installments of a document have become, before the document itself."""
    ids = kind.installment.objects.filter(
        company_id=actor.company_id, posted_on__isnull=False, **{f"{kind.parent}__number": number}
    ).values_list("id", flat=True)
    return lock_obligations(actor=actor, ids=list(ids))


def untouched(owed: Obligation) -> bool:
    """Whether nothing was paid, credited or written off of it, so that it may be voided."""
    return owed.status == Obligation.Status.OPEN and owed.outstanding == owed.original and not owed.credited


@joins_transaction
def unpost(
    *,
    actor: Actor,
    kind: RepaidKind,
    document: Any,
    rows: Sequence[Any],
    obligations: dict[UUID, Obligation],
    reason: str,
    anew: bool = True,
) -> None:
    """Void what the rows have become (`obligations`, locked), and schedule them anew for their own weeks.

    A voided obligation keeps its reference, so others take the rows' place; their interest is made `anew`, unless they
    are never to be posted. Raises Conflict 409 `installment_used`
    naming what has been applied to one of them or written off.
    """
    for row in rows:
        owed = obligations[row.id]
        if not untouched(owed):
            gone = format_amount(max(owed.original - owed.outstanding, owed.credited))
            raise InstallmentUsed(
                f"{gone} of the {format_amount(owed.original)} of {row.installment_id} has been paid, credited or "
                "written off: undo that first."
            )
    ordered = sorted(rows, key=lambda row: (row.week_start_date, row.number))
    interests = [row.interest if kind.bears_interest else ZERO for row in ordered]
    if kind.bears_interest and anew:
        interests = interest_anew(
            rows=[(row.week_start_date, row.principal) for row in ordered],
            rate=document.interest_rate,
            since=interest_since(actor=actor, kind=kind, document=document, without=ordered),
            prepaid=prepaid_of(actor=actor, kind=kind, document=document, without=ordered),
        )
    replace_rows(
        actor=actor,
        kind=kind,
        document=document,
        withdrawn=ordered,
        added=[
            NewRow(row.week_start_date, row.week_start_date, row.principal, interest)
            for row, interest in zip(ordered, interests, strict=True)
        ],
        drafts=_reversals(actor, ordered, reason),
        closes_as=Obligation.Status.VOIDED,
    )


def _reversals(actor: Actor, rows: Sequence[Any], reason: str) -> list[EntryDraft]:
    """The full reversals of what raised the rows' obligations, in two reads."""
    entries = Entry.objects.filter(
        company_id=actor.company_id,
        source_type=OBLIGATION,
        source_id__in=[str(row.id) for row in rows],
        reverses__isnull=True,
        event="obligation_raised",
    ).order_by("id")
    lines: dict[UUID, list[Leg]] = {}
    postings = Posting.objects.filter(
        company_id=actor.company_id, entry__in=[entry.id for entry in entries]
    ).order_by("entry_id", "line")
    for entry_id, code, amount, obligation_id, payment_id, item_id in postings.values_list(
        "entry_id", "account__code", "amount", "obligation_id", "payment_id", "item_id"
    ):
        leg = Leg(code, amount, obligation_id, payment_id, item_id)
        lines.setdefault(entry_id, []).append(leg)
    return [
        reversal(
            entry_id=entry.id,
            event="obligation_voided",
            source_type=entry.source_type,
            source_id=entry.source_id,
            currency=entry.currency,
            on=today(actor.company),
            legs=lines[entry.id],
            customer_id=entry.customer_id,
            lease_id=entry.lease_id,
            reason=reason,
            case_no=entry.case_no,
        )
        for entry in entries
    ]
