"""Undoing: a correction is a new entry that names the original (docs/domain.md#voiding)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import models, transaction
from django.db.models import Exists, OuterRef

from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, NotFound
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval
from ledger import sources
from ledger.chart import OPENING_BALANCES
from ledger.errors import ALREADY_VOIDED, NOT_VOIDABLE, OBLIGATION_IN_USE, OWNED_BY_DOCUMENT
from ledger.models import Entry, Obligation, Posting
from ledger.postings import OBLIGATION, RECOVERED, WRITE_OFF, Leg, reversal
from ledger.rules.reasons import checked_reason
from ledger.services.journal import Posted, post_entries
from ledger.services.locks import lock_obligations
from ledger.services.opening import refuse_locked_opening


@dataclass(frozen=True, slots=True)
class Voided:
    """The entry whose business event was undone, and the entries that undid it."""

    entry_id: UUID
    event: str
    reversal_ids: tuple[UUID, ...]


@transaction.atomic
def void_posting(*, actor: Actor, posting_id: UUID, reason: str) -> Voided | Approval:
    """Undo the business event of the posting's entry, through that event's own action.

    When that action needs a second person first, the result is the request, and nothing is undone yet.
    Needs `ledger.void` and a reason of 10 to 500 characters. Raises NotFound; Conflict 409 `already_voided`,
    `not_voidable` (a correction, or an event without an action to undo it), `obligation_in_use`,
    `owned_by_document`, and whatever the event's action refuses.
    """
    actor.require("ledger.void")
    reason = checked_reason(reason)
    entry = Entry.objects.filter(company_id=actor.company_id, postings=posting_id).first()
    if entry is None:
        raise NotFound("There is no such posting.")
    if entry.reverses_id is not None:
        raise Conflict("This posting is itself a correction: it cannot be voided.", code=NOT_VOIDABLE)
    refuse_reversed(actor=actor, entry=entry)
    if entry.source_type == OBLIGATION:
        void_obligation(actor=actor, obligation_id=UUID(entry.source_id), reason=reason)
    elif entry.source_type == WRITE_OFF:
        undo_write_off(actor=actor, entry=entry, reason=reason)
    elif approval := _void_by_source(actor=actor, entry=entry, reason=reason):
        return approval
    made = Entry.objects.filter(company_id=actor.company_id, reverses=entry.id).order_by("id")
    return Voided(entry.id, entry.event, tuple(made.values_list("id", flat=True)))


def _void_by_source(*, actor: Actor, entry: Entry, reason: str) -> Approval | None:
    undo = sources.source(entry.source_type).void
    if undo is None:
        raise Conflict(f"What posted this ({entry.event}) cannot be undone by a void.", code=NOT_VOIDABLE)
    return undo(actor=actor, source_id=entry.source_id, event=entry.event, reason=reason)


@transaction.atomic
def void_obligation(*, actor: Actor, obligation_id: UUID, reason: str) -> Obligation:
    """Void a raised obligation to which nothing is applied; it keeps its reference and is not raised again.

    Raises NotFound; Conflict 409 `already_voided`, `owned_by_document` (an installment of a loan, a repair or a
    premium), `obligation_in_use` naming the figures. The caller has checked permission and reason.
    """
    obligation = lock_obligations(actor=actor, ids=[obligation_id]).get(obligation_id)
    if obligation is None:
        raise NotFound("There is no such obligation.")
    if obligation.status == Obligation.Status.VOIDED:
        raise Conflict(f"{obligation} is voided already.", code=ALREADY_VOIDED)
    if owner := sources.source(obligation.source_type).owner:
        raise Conflict(
            f"{obligation} belongs to a {owner}: cancel the {owner}, credit the item where it is wrong, or write it "
            "off where it will not be paid.",
            code=OWNED_BY_DOCUMENT,
        )
    if obligation.outstanding != obligation.original:
        gone = format_amount(obligation.original - obligation.outstanding)
        raise Conflict(
            f"{gone} of {format_amount(obligation.original)} is applied to {obligation} or written off; undo that "
            f"first.",
            code=OBLIGATION_IN_USE,
        )
    if obligation.credited:
        raise Conflict(
            f"{format_amount(obligation.credited)} of {format_amount(obligation.original)} of {obligation} is "
            "credited; void the credit memo first, or credit the rest too.",
            code=OBLIGATION_IN_USE,
        )
    raising = Entry.objects.get(
        company_id=actor.company_id,
        source_type=OBLIGATION,
        source_id=str(obligation.id),
        reverses__isnull=True,
    )
    reverse_entry(
        actor=actor,
        entry=raising,
        event="obligation_voided",
        reason=reason,
        closes_as="voided",
        rows=[[_audit(actor, "ledger.void", obligation, reason)]],
    )
    obligation.refresh_from_db()
    return obligation


@transaction.atomic
def undo_write_off(*, actor: Actor, entry: Entry, reason: str) -> None:
    """Reverse a write-off: the obligation owes the amount again; or a recovery: it is written off again.

    Raises Conflict 409 `already_voided`, `obligation_in_use` when something was recovered of the obligation since, or
    when what was recovered has been paid.
    """
    line = Posting.objects.get(company_id=actor.company_id, entry=entry.id, obligation__isnull=False)
    assert line.obligation_id is not None
    obligation = lock_obligations(actor=actor, ids=[line.obligation_id])[line.obligation_id]
    if entry.event == RECOVERED:
        _refuse_paid(obligation, line.amount)
    else:
        _refuse_recovered(actor, obligation)
    reverse_entry(
        actor=actor,
        entry=entry,
        event="recovery_voided" if entry.event == RECOVERED else "write_off_voided",
        reason=reason,
        rows=[[_audit(actor, "ledger.void", obligation, reason)]],
    )


def _refuse_paid(obligation: Obligation, amount: Decimal) -> None:
    if amount > obligation.outstanding:
        paid = format_amount(amount - obligation.outstanding)
        raise Conflict(
            f"{paid} of the {format_amount(amount)} that was recovered of {obligation} is paid; undo that first.",
            code=OBLIGATION_IN_USE,
        )


def _refuse_recovered(actor: Actor, obligation: Obligation) -> None:
    recovered = Entry.objects.filter(
        company_id=actor.company_id,
        source_type=WRITE_OFF,
        event=RECOVERED,
        postings__obligation=obligation.id,
    )
    undone = Entry.objects.filter(company_id=actor.company_id, reverses=OuterRef("id"), is_full_reversal=True)
    if live := recovered.exclude(Exists(undone)).order_by("id").first():
        raise Conflict(
            f"Something of {obligation} was recovered on {live.effective_on}; undo the recovery first.",
            code=OBLIGATION_IN_USE,
        )


@joins_transaction
def reverse_entry(
    *,
    actor: Actor,
    entry: Entry,
    event: str,
    reason: str,
    closes_as: str = "settled",
    rows: Sequence[Sequence[models.Model]] = (),
    changes: Sequence[Change] = (),
) -> Posted:
    """Post the full reversal of an entry, effective on the company's today, at most once per entry.

    `event` names the reversal beside the original's source. The caller holds the locks on the entry's obligations
    (and payment), and passes its own rows and changes along. Raises Conflict 409 `already_voided`, and `opening_locked`
    for what opened the books, once their opening is locked.
    """
    refuse_reversed(actor=actor, entry=entry)
    lines = Posting.objects.filter(company_id=actor.company_id, entry=entry.id).order_by("line")
    legs = [
        Leg(*line)
        for line in lines.values_list("account__code", "amount", "obligation_id", "payment_id", "item_id")
    ]
    if any(leg.account == OPENING_BALANCES for leg in legs):
        refuse_locked_opening(actor=actor, what="An opening balance is not voided")
    draft = reversal(
        entry_id=entry.id,
        event=event,
        source_type=entry.source_type,
        source_id=entry.source_id,
        currency=entry.currency,
        on=today(actor.company),
        legs=legs,
        customer_id=entry.customer_id,
        lease_id=entry.lease_id,
        reason=reason,
    )
    return post_entries(actor=actor, drafts=[draft], rows=rows, changes=changes, closes_as=closes_as)


@reads
def refuse_reversed(*, actor: Actor, entry: Entry) -> None:
    """Raise Conflict 409 `already_voided` when the entry has its full reversal."""
    if Entry.objects.filter(company_id=actor.company_id, reverses=entry.id, is_full_reversal=True).exists():
        raise Conflict("This is voided already.", code=ALREADY_VOIDED)


def _audit(actor: Actor, action: str, obligation: Obligation, reason: str) -> models.Model:
    return audit_event(
        actor=actor, action=action, subject_type=OBLIGATION, subject_id=obligation.id, reason=reason
    )
