"""Giving up what is owed: at once up to the company's limit, above it by a second person (DOMAIN 3, 8)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from batconnect.core.actors import Actor
from batconnect.core.audit import audit_event
from batconnect.core.clock import now, today
from batconnect.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from batconnect.core.ids import uuid7
from batconnect.core.models import AuditEvent
from batconnect.core.money import in_words
from batconnect.core.rows import insert_together
from ledger.errors import (
    ABOVE_LIMIT_BY_JOB,
    ABOVE_OUTSTANDING,
    ALREADY_DECIDED,
    NOT_OPEN,
    SECOND_PERSON,
    WRITE_OFF_PENDING,
)
from ledger.models import Obligation, WriteOffRequest
from ledger.postings import OBLIGATION, obligation_written_off
from ledger.rules.reasons import checked_reason
from ledger.services.journal import post_entries
from ledger.services.locks import lock_obligations


@dataclass(frozen=True, slots=True)
class WriteOff:
    """What became of a write-off: posted (`entry_id`), or waiting for a second person (`request`)."""

    obligation: Obligation
    amount: Decimal
    entry_id: UUID | None = None
    request: WriteOffRequest | None = None


@transaction.atomic
def write_off(*, actor: Actor, obligation_id: UUID, amount: Decimal, reason: str) -> WriteOff:
    """Write off an obligation or a part of it, in its currency; above `write_off_approval_limit` ask for approval.

    Needs `ledger.write_off` and a reason of 10 to 500 characters. A request posts and reserves nothing. Raises
    NotFound; Conflict 409 `obligation_not_open`, `write_off_pending`; InvalidInput 400 `above_outstanding`.
    """
    actor.require("ledger.write_off")
    reason = checked_reason(reason)
    assert amount > 0, "doors take amounts above zero only"
    obligation = lock_obligations(actor=actor, ids=[obligation_id]).get(obligation_id)
    if obligation is None:
        raise NotFound("There is no such obligation.")
    _refuse_more_than_owed(obligation, amount)
    if amount > actor.company.write_off_approval_limit:
        return _ask(actor, obligation, amount, reason)
    return _post(actor, obligation, amount, reason)


@transaction.atomic
def approve_write_off(*, actor: Actor, request_id: UUID, reason: str = "") -> WriteOff:
    """Post what another person asked for. Needs `payments.approve_refund`.

    Raises NotFound; NotAllowed 403 `second_person_required`; Conflict 409 `already_decided`,
    `obligation_not_open`; InvalidInput 400 `above_outstanding` when less is owed by now.
    """
    request, obligation = _lock_request(actor, request_id)
    _refuse_more_than_owed(obligation, request.amount)
    _decide(actor, request, WriteOffRequest.Status.APPROVED, reason)
    return _post(actor, obligation, request.amount, request.reason, request)


@transaction.atomic
def reject_write_off(*, actor: Actor, request_id: UUID, reason: str = "") -> WriteOff:
    """Turn down what another person asked for; nothing is posted. Needs `payments.approve_refund`.

    Raises NotFound; NotAllowed 403 `second_person_required`; Conflict 409 `already_decided`.
    """
    request, obligation = _lock_request(actor, request_id)
    _decide(actor, request, WriteOffRequest.Status.REJECTED, reason)
    return WriteOff(obligation, request.amount, request=request)


def _ask(actor: Actor, obligation: Obligation, amount: Decimal, reason: str) -> WriteOff:
    if actor.user_id is None:
        raise NotAllowed(
            f"{in_words(amount)} is above the limit of {in_words(actor.company.write_off_approval_limit)}: "
            "a person asks for it.",
            code=ABOVE_LIMIT_BY_JOB,
        )
    # The obligation is locked: nobody asks at the same moment.
    pending = WriteOffRequest.objects.filter(
        company_id=actor.company_id, obligation=obligation.id, status=WriteOffRequest.Status.PENDING
    ).first()
    if pending is not None:
        raise Conflict(
            f"A write-off of {in_words(pending.amount)} of {obligation} waits for approval.",
            code=WRITE_OFF_PENDING,
        )
    request = WriteOffRequest(
        company_id=actor.company_id,
        obligation_id=obligation.id,
        amount=amount,
        reason=reason,
        requested_by_id=actor.user_id,
    )
    insert_together([request], [_audit(actor, "ledger.write_off_requested", obligation, amount, reason)])
    return WriteOff(obligation, amount, request=request)


def _post(
    actor: Actor, obligation: Obligation, amount: Decimal, reason: str, request: WriteOffRequest | None = None
) -> WriteOff:
    draft = obligation_written_off(
        write_off_id=request.id if request else uuid7(),
        obligation_id=obligation.id,
        category=obligation.category,
        amount=amount,
        currency=obligation.currency,
        on=today(actor.company),
        customer_id=obligation.customer_id,
        lease_id=obligation.lease_id,
        reason=reason,
    )
    trail = _audit(actor, "ledger.write_off", obligation, amount, reason)
    posted = post_entries(actor=actor, drafts=[draft], rows=[[trail]])
    obligation.refresh_from_db()
    return WriteOff(obligation, amount, posted.entry_ids[0], request)


def _lock_request(actor: Actor, request_id: UUID) -> tuple[WriteOffRequest, Obligation]:
    """The request and its obligation, both locked, obligation first; refused unless this person may decide."""
    actor.require("payments.approve_refund")
    rows = WriteOffRequest.objects.filter(company_id=actor.company_id, id=request_id)
    obligation_id = rows.values_list("obligation_id", flat=True).first()
    if obligation_id is None:
        raise NotFound("There is no such write-off request.")
    obligation = lock_obligations(actor=actor, ids=[obligation_id])[obligation_id]
    request = rows.select_for_update(no_key=True).get()
    if request.status != WriteOffRequest.Status.PENDING:
        raise Conflict(
            f"The request is {request.get_status_display().lower()} already.", code=ALREADY_DECIDED
        )
    if actor.user_id is None or actor.user_id == request.requested_by_id:
        raise NotAllowed("Another person decides on what you asked for.", code=SECOND_PERSON)
    return request, obligation


def _decide(actor: Actor, request: WriteOffRequest, status: WriteOffRequest.Status, reason: str) -> None:
    request.status = status
    request.decided_by_id = actor.user_id
    request.decided_at = now()
    request.decision_reason = reason.strip()[:500]
    request.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
    insert_together(
        [
            audit_event(
                actor=actor,
                action=f"ledger.write_off_{status.name.lower()}",
                subject_type=OBLIGATION,
                subject_id=request.obligation_id,
                reason=request.decision_reason,
                details={"write_off_request_id": str(request.id), "amount": str(request.amount)},
            )
        ]
    )


def _refuse_more_than_owed(obligation: Obligation, amount: Decimal) -> None:
    if obligation.status != Obligation.Status.OPEN:
        raise Conflict(f"{obligation} is {obligation.status}: nothing is outstanding.", code=NOT_OPEN)
    if amount > obligation.outstanding:
        raise InvalidInput(
            f"{in_words(amount)} is more than the {in_words(obligation.outstanding)} outstanding on {obligation}.",
            code=ABOVE_OUTSTANDING,
            field="amount",
        )


def _audit(actor: Actor, action: str, obligation: Obligation, amount: Decimal, reason: str) -> AuditEvent:
    return audit_event(
        actor=actor,
        action=action,
        subject_type=OBLIGATION,
        subject_id=obligation.id,
        reason=reason,
        details={"amount": str(amount)},
    )
