"""What was paid out, reached the bank, and came back: what it had paid is due again (docs/domain.md#came-back).

Whoever pays money out says, by the source type of its disbursements, what becomes of its document
(`register_returning`). The bank's word (`bank.services.kinds.disbursements`) asks for it by the disbursement alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from django.db import models

from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from ledger import sources
from ledger.models import Entry, Posting
from ledger.postings import EntryDraft, Leg, reversal
from ledger.services.corrections import refuse_reversed
from ledger.services.journal import post_entries
from ledger.sources import Description
from ledger.treasury.errors import NotInTransit
from ledger.treasury.models import Disbursement
from ledger.treasury.subjects import DISBURSEMENT

CAME_BACK: Final = "paid_out_came_back"
STAYED_PAID: Final = "paid_out_stayed_paid"
_CLEARED_AGAIN: Final = """
update disbursements set status = 'cleared', stop_entry_id = null, stopped_on = null, stop_reason = ''
where company_id = %s::uuid and id = %s::uuid
"""
_STOP: Final = """
update disbursements set status = 'stopped', stop_entry_id = %s::uuid, stopped_on = %s::date, stop_reason = %s
where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class Back:
    """What came back: the row (locked), the account that has the money now, why in words, and whose operation it is."""

    row: Disbursement
    into: str
    reason: str
    operation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What is due again: the credits of what had been paid, with the rows and changes of the document.

    `about` is the source of the entry where that has to be the document's own; `customer_id` and `lease_id` are those
    of the entry that paid it, unless the document says otherwise."""

    legs: Sequence[Leg]
    rows: Sequence[Sequence[models.Model]] = ()
    changes: Sequence[Change] = ()
    about: tuple[str, str] | None = None


class Returning(Protocol):
    """What a kind of money out does when it comes back. `place` is that of its documents in the lock order.

    `lock` locks them and returns what it read, before the disbursement is locked; `come_back` posts the return, today,
    and returns its entry's id; `take_back` undoes that where it was wrong, and returns the entry's id, or None where
    what came back stays back: then it is on its way to the bank again. Both need the right of whoever pays it out.
    """

    place: int

    def lock(self, *, actor: Actor, row: Disbursement) -> Any: ...

    def come_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID: ...

    def take_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID | None: ...


_returning: dict[str, Returning] = {}
CASES: Final = 0
PAYMENTS: Final = 1
MEMOS: Final = 2
DOCUMENTS: Final = 3
"""Places of what comes back in docs/architecture.md#lock-order, by the first that is locked for it."""


def register_returning(source_type: str, returning: Returning) -> None:
    """Say what comes back of what this source type paid; once, when the app is ready."""
    assert source_type not in _returning, f"{source_type} is registered already"
    _returning[source_type] = returning


def returning_of(source_type: str) -> Returning:
    """What this source type registered."""
    return _returning[source_type]


def returning_types() -> frozenset[str]:
    """The source types of what is paid out, and can come back."""
    return frozenset(_returning)


@reads
def find_returning(*, actor: Actor, disbursement_id: UUID) -> tuple[Disbursement, Returning] | None:
    """What was paid out under this id and who answers for it, read without a lock; None where nothing was."""
    row = Disbursement.objects.filter(company_id=actor.company_id, id=disbursement_id).first()
    return (row, returning_of(row.source_type)) if row else None


@joins_transaction
def post_return(*, actor: Actor, back: Back, due: Due) -> UUID:
    """Post that what had cleared came back, effective today: Dr `back.into` / Cr what it had paid; the entry's id.

    The caller holds the locks of its documents and of the row. Raises NotInTransit (409) for what did not clear.
    """
    row = back.row
    if row.status != Disbursement.Status.CLEARED:
        raise NotInTransit(f"{row} of {row.paid_on} is {row.get_status_display().lower()}.")
    paid = Entry.objects.get(company_id=actor.company_id, id=row.entry_id)
    entry_id, day = uuid7(), today(actor.company)
    source_type, source_id = due.about or (DISBURSEMENT, str(row.id))
    times = Entry.objects.filter(
        company_id=actor.company_id,
        source_type=source_type,
        source_id=source_id,
        event__startswith=CAME_BACK,
    ).count()
    draft = EntryDraft(
        id=entry_id,
        event=CAME_BACK if not times else f"{CAME_BACK}/{times + 1}",
        source_type=source_type,
        source_id=source_id,
        currency=row.currency,
        effective_on=day,
        customer_id=paid.customer_id,
        lease_id=paid.lease_id,
        case_no=paid.case_no,
        reverses=paid.id,
        reason=back.reason,
        operation_id=back.operation_id,
        legs=(Leg(back.into, row.amount), *due.legs),
    )
    post_entries(
        actor=actor,
        drafts=[draft],
        rows=[*due.rows, [_event(actor, "ledger.disbursement_came_back", back)]],
        changes=[
            *due.changes,
            Change(_STOP, [entry_id, day, back.reason, actor.company_id, row.id]),
        ],
    )
    return entry_id


@joins_transaction
def post_paid_again(
    *,
    actor: Actor,
    back: Back,
    rows: Sequence[Sequence[models.Model]] = (),
    changes: Sequence[Change] = (),
) -> UUID:
    """Post that it did not come back after all: the full reversal of that entry, effective today; the entry's id.

    The caller holds the locks, has seen that what was due again still is, and passes its own rows and changes along.
    Raises Conflict 409 `already_voided`.
    """
    assert back.row.stop_entry_id is not None, "it came back before"
    entry = Entry.objects.get(company_id=actor.company_id, id=back.row.stop_entry_id)
    refuse_reversed(actor=actor, entry=entry)
    lines = Posting.objects.filter(company_id=actor.company_id, entry=entry.id).order_by("line")
    draft = reversal(
        entry_id=entry.id,
        event=entry.event.replace(CAME_BACK, STAYED_PAID, 1),
        source_type=entry.source_type,
        source_id=entry.source_id,
        currency=entry.currency,
        on=today(actor.company),
        legs=[
            Leg(*line)
            for line in lines.values_list("account__code", "amount", "obligation_id", "payment_id", "item_id")
        ],
        customer_id=entry.customer_id,
        lease_id=entry.lease_id,
        reason=back.reason,
        case_no=entry.case_no,
        operation_id=entry.operation_id,
    )
    post_entries(
        actor=actor,
        drafts=[draft],
        rows=[*rows, [_event(actor, "ledger.disbursement_stayed_paid", back)]],
        changes=[*changes, Change(_CLEARED_AGAIN, [actor.company_id, back.row.id])],
    )
    return draft.id


def register_returns() -> None:
    """What entries of returns are to the ledger; once, when the app is ready."""
    sources.register(DISBURSEMENT, describe=_describe)


@reads
def _describe(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    rows = Disbursement.objects.filter(company_id=actor.company_id, id__in=[UUID(each) for each in ids])
    return {
        str(each.id): Description(
            f"What came back of the {each.get_kind_display().lower()} of {each.paid_on}",
            f"/api/accounting/disbursements/{each.id}",
        )
        for each in rows
    }


def _event(actor: Actor, action: str, back: Back) -> models.Model:
    row = back.row
    return audit_event(
        actor=actor,
        action=action,
        subject_type=DISBURSEMENT,
        subject_id=row.id,
        reason=back.reason,
        details={"kind": row.kind, "amount": str(row.amount), "reference": row.reference},
    )
