"""The states of a document: held, released, cancelled; closed and reopened by what happens to its obligations.

Each action leaves an event in the trail, and on the document's case. It locks the document first and then its
installments, which the posting skips while they are locked; what was posted before is seen, what was not is no longer
posted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, Sum

from batconnect.core.audit import audit_event
from batconnect.core.database.rows import insert_many
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from ledger.models import Entry, Posting
from ledger.repayment.errors import AlreadyPosted, DocumentState, NothingScheduled, not_found
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import Installment, RepaidDocument
from ledger.repayment.postings import document_adjusted
from ledger.repayment.services.advanced import in_place_of
from ledger.repayment.services.trail import note
from ledger.rules.reasons import checked_reason
from ledger.services.corrections import reverse_entry
from ledger.services.journal import post_entries

SHORTEST_REASON: Final = 3
_OPEN, _HOLD = RepaidDocument.Status.OPEN, RepaidDocument.Status.HOLD
HELD_FROM: Final = frozenset({_OPEN})
RELEASED_FROM: Final = frozenset({_HOLD})
CANCELLED_FROM: Final = frozenset({_OPEN, _HOLD})

_LOCK: Final = """
select d.id from {documents} d
where d.company_id = %(company)s::uuid and d.id in (
  select i.{parent} from {installments} i where i.company_id = %(company)s::uuid and i.id = any(%(ids)s::uuid[]))
order by d.id for no key update
"""
_PAID: Final = """
with paid as (
  update {installments} i set status = 'Paid'
  where i.company_id = %(company)s::uuid and i.id = any(%(ids)s::uuid[]) and i.status = 'Posted'
)
update {documents} d set status = 'Closed', closed_at = %(now)s::timestamptz
where d.company_id = %(company)s::uuid and d.id = any(%(documents)s::uuid[]) and d.status = 'Open'
  and not exists (select 1 from {installments} o where o.company_id = d.company_id and o.{parent} = d.id
    and o.status not in ('Paid', 'Withdrawn') and not (o.id = any(%(ids)s::uuid[]) and o.status = 'Posted'))
returning d.id, d.number
"""
_REOPENED: Final = """
with reopened as (
  update {installments} i set status = 'Posted'
  where i.company_id = %(company)s::uuid and i.id = any(%(ids)s::uuid[]) and i.status = 'Paid'
)
update {documents} d set status = 'Open', closed_at = null
where d.company_id = %(company)s::uuid and d.id = any(%(documents)s::uuid[]) and d.status = 'Closed'
returning d.id, d.number
"""


@joins_transaction
def lock_document(*, actor: Actor, kind: RepaidKind, number: str) -> Any:
    """The document, locked until the transaction ends. Raises NotFound, also for another company's."""
    document = (
        kind.document.objects.select_for_update(no_key=True)
        .filter(company_id=actor.company_id, number=number)
        .first()
    )
    if document is None:
        raise not_found(kind.noun, number)
    return document


@transaction.atomic
def hold_document(*, actor: Actor, kind: RepaidKind, number: str, reason: str) -> Any:
    """Put an open document on hold: nothing more of it is posted until it is released.

    Needs `{app}.manage` and a reason of 3 to 500 characters. Raises NotFound; Conflict 409 `document_state`,
    `nothing_scheduled`.
    """
    actor.require(f"{kind.app}.manage")
    reason = checked_reason(reason, shortest=SHORTEST_REASON)
    document = lock_document(actor=actor, kind=kind, number=number)
    require_status(document, HELD_FROM, "put on hold")
    if not _suspend(actor, kind, document, suspended=True):
        raise NothingScheduled(f"Every installment of {number} is posted: there is nothing to hold.")
    return move_document(actor=actor, kind=kind, document=document, status=_HOLD, event="held", reason=reason)


@transaction.atomic
def release_document(*, actor: Actor, kind: RepaidKind, number: str, reason: str = "") -> Any:
    """Release a document from hold: the next run posts what fell due meanwhile, with its own due dates.

    Needs `{app}.manage`; a reason, when given, of 3 to 500 characters. Raises NotFound; Conflict 409
    `document_state`.
    """
    actor.require(f"{kind.app}.manage")
    if reason.strip():
        checked_reason(reason, shortest=SHORTEST_REASON)
    document = lock_document(actor=actor, kind=kind, number=number)
    require_status(document, RELEASED_FROM, "released")
    _suspend(actor, kind, document, suspended=False)
    return move_document(
        actor=actor, kind=kind, document=document, status=_OPEN, event="released", reason=reason
    )


@transaction.atomic
def cancel_document(*, actor: Actor, kind: RepaidKind, number: str, reason: str) -> Any:
    """Cancel a document of which nothing is posted: its opening entry is reversed, for good.

    Needs `{app}.manage` and a reason of 10 to 500 characters. Raises NotFound; Conflict 409 `document_state`,
    `installments_posted`, and what the kind's guard refuses.
    """
    actor.require(f"{kind.app}.manage")
    reason = checked_reason(reason)
    document = lock_document(actor=actor, kind=kind, number=number)
    require_status(document, CANCELLED_FROM, "cancelled")
    kind.guard(document)
    take_back(actor=actor, kind=kind, document=document, reason=reason)
    return move_document(
        actor=actor,
        kind=kind,
        document=document,
        status=RepaidDocument.Status.CANCELLED,
        event="cancelled",
        reason=reason,
    )


@joins_transaction
def take_back(*, actor: Actor, kind: RepaidKind, document: Any, reason: str, in_part: bool = False) -> None:
    """Reverse what opened the document, and what lowered it since; its schedule is never posted.

    What is posted of it and credited to the customer stays, if it is taken back `in_part`: then what is scheduled is
    taken back by an entry of its own. The caller holds its lock. Raises Conflict 409 `installments_posted`.
    """
    # After this no run can post one of them; what a run posted before is seen by the next statement.
    scheduled = _suspend(actor, kind, document, suspended=True)
    if in_part:
        _take_back_scheduled(actor, kind, document, reason)
        return
    if scheduled < document.installment_count:
        raise AlreadyPosted(
            f"{document.installment_count - scheduled} of {document.installment_count} installments of {document} "
            "are posted: it cannot be cancelled."
        )
    entries = Entry.objects.filter(
        Q(event=kind.opened_event) | Q(event__startswith=kind.adjusted_event),
        company_id=actor.company_id,
        source_type=kind.opened,
        source_id=str(document.id),
        reverses__isnull=True,
    )
    for place, entry in enumerate(entries.order_by("id"), start=1):
        reverse_entry(actor=actor, entry=entry, event=attempt(kind.cancelled_event, place), reason=reason)


def _take_back_scheduled(actor: Actor, kind: RepaidKind, document: Any, reason: str) -> None:
    rows = kind.installment.objects.filter(company_id=actor.company_id, **{kind.parent: document.id})
    amount = rows.filter(status=Installment.Status.SCHEDULED).aggregate(total=Sum("principal"))["total"]
    if amount:
        draft = document_adjusted(
            event=kind.cancelled_event,
            source_type=kind.opened,
            document_id=document.id,
            advances=kind.credits[0][0],
            against=credited_by_opening(actor=actor, kind=kind, document=document),
            amount=amount,
            currency=document.currency,
            on=today(actor.company),
            customer_id=document.customer_id,
            lease_id=document.lease_id,
            case_no=document.case_no,
            reason=reason,
        )
        post_entries(actor=actor, drafts=[draft])


@reads
def credited_by_opening(*, actor: Actor, kind: RepaidKind, document: Any) -> str:
    """The account that the document's opening entry credited; prior-year corrections of one opened with the books."""
    posting = Posting.objects.select_related("account").get(
        company_id=actor.company_id,
        entry__source_type=kind.opened,
        entry__source_id=str(document.id),
        entry__event=kind.opened_event,
        amount__lt=0,
    )
    return in_place_of(posting.account.code)


def attempt(event: str, number: int) -> str:
    """The event of what can happen again: the first time by its name alone."""
    return event if number == 1 else f"{event}/{number}"


def require_status(document: Any, allowed: frozenset[RepaidDocument.Status], done: str) -> None:
    """Raise Conflict 409 `document_state` unless the document has one of the statuses."""
    if document.status not in allowed:
        raise DocumentState(
            f"{document.number} is {document.status}: it cannot be {done}.",
            extra={"document_status": document.status},
        )


@dataclass(frozen=True, slots=True)
class Follower:
    """Lets a kind's documents follow their obligations: the callbacks of `ledger.sources`."""

    kind: RepaidKind

    def paid(self, actor: Actor, source_ids: Sequence[str]) -> None:
        """The installments are settled: Posted → Paid; a document with nothing left closes."""
        self._follow(actor, source_ids, "paid")

    def reopened(self, actor: Actor, source_ids: Sequence[str]) -> None:
        """A payment was undone: Paid → Posted; a closed document is open again."""
        self._follow(actor, source_ids, "reopened")

    def _follow(self, actor: Actor, source_ids: Sequence[str], which: str) -> None:
        values: dict[str, Any] = {
            "company": actor.company_id,
            "ids": sorted(UUID(each) for each in source_ids),
            "now": now(),
        }
        with connection.cursor() as cursor:
            # Locked by a separate statement: of two last payments at once the second must see the first.
            cursor.execute(_text(self.kind, "lock"), values)
            values["documents"] = [key for (key,) in cursor.fetchall()]
            cursor.execute(_text(self.kind, which), values)
            moved = cursor.fetchall()
        if moved:
            insert_many(
                [
                    audit_event(
                        actor=actor,
                        action=f"{self.kind.app}.{'closed' if which == 'paid' else 'reopened'}",
                        subject_type=self.kind.opened,
                        subject_id=key,
                        details={"number": number},
                    )
                    for key, number in moved
                ]
            )


def _suspend(actor: Actor, kind: RepaidKind, document: Any, *, suspended: bool) -> int:
    """Mark the installments that are still scheduled, waiting for a run that is posting them; how many."""
    rows = kind.installment.objects.filter(company_id=actor.company_id, **{kind.parent: document.id})
    return int(rows.filter(status=Installment.Status.SCHEDULED).update(is_suspended=suspended))


@joins_transaction
def move_document(
    *, actor: Actor, kind: RepaidKind, document: Any, status: RepaidDocument.Status, event: str, reason: str
) -> Any:
    """Move it and note the event; an open document keeps no reason."""
    document.status = status
    document.status_reason = "" if status is _OPEN else reason
    document.save(update_fields=["status", "status_reason"])
    note(actor=actor, kind=kind, document=document, event=event, reason=reason)
    return document


@lru_cache(maxsize=16)
def _text(kind: RepaidKind, which: str) -> str:
    documents, installments = kind.tables
    return {"lock": _LOCK, "paid": _PAID, "reopened": _REOPENED}[which].format(
        documents=documents, installments=installments, parent=kind.parent_column
    )
