"""Asking a second person, approving and rejecting: the same for every kind (ADR 0018)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from batconnect.core.approvals.errors import (
    ALREADY_DECIDED,
    NEEDS_PERSON,
    PENDING,
    SECOND_PERSON,
    ApprovalNotFound,
)
from batconnect.core.approvals.kinds import ApprovalKind, Carried, find_kind, visible_kinds
from batconnect.core.approvals.limits import Excess
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change, execute_batch
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import Conflict, NotAllowed
from batconnect.core.models import Approval, AuditEvent, Notice
from batconnect.core.notices import full_name, members_with, notify

_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class About:
    """What is asked for: about what, in words and as the parameters that carrying it out replays.

    `parameters` is JSON: amounts and dates as text. `holds` names what nobody can ask for again while this waits.
    """

    subject_type: str
    subject_id: str
    title: str
    parameters: Mapping[str, Any]
    reason: str
    amount: Decimal | None = None
    currency: str = ""
    customer_id: UUID | None = None
    holds: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decided request and what came of it; `carried` is None where turning one down left nothing to do."""

    approval: Approval
    carried: Carried | None = None


@transaction.atomic
def request_approval(
    *,
    actor: Actor,
    kind: ApprovalKind,
    about: About,
    excess: Excess | None = None,
    changes: Sequence[Change] = (),
    notifies: bool = True,
) -> Approval:
    """Ask a second person: store what was asked for with its audit event, and whatever `changes` reserve for it, and
    tell those who may decide, unless the caller does.

    The caller has checked the right to do the action itself, and holds the lock of its subject. Raises NotAllowed 403
    `approval_needs_person` for a job, Conflict 409 `approval_pending` (or the kind's own code) when the same thing
    waits already.
    """
    if actor.user_id is None:
        why = f"{excess.sentence if excess else about.title}: a person must ask for it."
        raise NotAllowed(why, code=NEEDS_PERSON)
    if about.holds:
        _refuse_twice(actor, kind, about)
    approval = Approval(
        company_id=actor.company_id,
        kind=kind.code,
        subject_type=about.subject_type,
        subject_id=about.subject_id,
        title=about.title[:200],
        customer_id=about.customer_id,
        amount=about.amount,
        currency=about.currency,
        limit_then=excess.limit if excess else None,
        counted=excess.counted if excess else None,
        parameters=dict(about.parameters),
        holds=about.holds,
        reason=about.reason,
        requested_by_id=actor.user_id,
    )
    execute_batch([approval], [_event(actor, kind, approval, "requested", approval.reason)], changes=changes)
    if notifies:
        notify(
            company_id=actor.company_id,
            user_ids=set(_deciding(actor, kind)) - {actor.user_id},
            kind=Notice.Kind.APPROVAL,
            text=f"{full_name(actor)} asks for your decision: {approval.title}.",
            subject_model=Approval._meta.label,
            subject_key=approval.id,
        )
    return approval


@joins_transaction
def approve(*, actor: Actor, approval_id: UUID, reason: str = "", kind: str = "") -> Decision:
    """Carry out what another person asked for, with exactly the parameters that were asked for.

    `kind` narrows to one. Needs the kind's permission. What carrying out refuses is raised as it is and leaves the
    request waiting. Raises ApprovalNotFound (404), Conflict 409 `already_decided`, NotAllowed 403
    `permission_denied`, `second_person_required`.
    """

    def carry_out(approval_kind: ApprovalKind, approval: Approval) -> Carried:
        carried = approval_kind.carry_out(replace(actor, approval_id=approval.id), approval)
        if carried.outcome:
            approval.outcome = dict(carried.outcome)
            approval.save(update_fields=["outcome"])
        return carried

    return _decide(actor, approval_id, kind, Approval.Status.APPROVED, reason, carry_out)


@joins_transaction
def reject(*, actor: Actor, approval_id: UUID, reason: str = "", kind: str = "") -> Decision:
    """Turn down what another person asked for: nothing is done, and what it held is free again.

    Needs the kind's permission. Raises ApprovalNotFound (404), Conflict 409 `already_decided`, NotAllowed 403
    `permission_denied`, `second_person_required`.
    """

    def turn_down(approval_kind: ApprovalKind, approval: Approval) -> Carried | None:
        return approval_kind.turn_down(actor, approval)

    return _decide(actor, approval_id, kind, Approval.Status.REJECTED, reason, turn_down)


@reads
def find_approval(*, actor: Actor, approval_id: UUID) -> Approval:
    """The request, if the actor may see its kind. Raises ApprovalNotFound (404)."""
    approval = (
        Approval.objects.select_related("requested_by", "decided_by")
        .filter(company_id=actor.company_id, id=approval_id, kind__in=visible_kinds(actor))
        .first()
    )
    if approval is None:
        raise ApprovalNotFound(f"There is no approval request {approval_id}.")
    return approval


@transaction.atomic
def _decide(
    actor: Actor,
    approval_id: UUID,
    kind: str,
    status: Approval.Status,
    reason: str,
    follow: Callable[[ApprovalKind, Approval], Carried | None],
) -> Decision:
    """The request is locked before whatever it is about: docs/architecture.md has the order."""
    rows = Approval.objects.filter(company_id=actor.company_id, id=approval_id)
    if kind:
        rows = rows.filter(kind=kind)
    approval = rows.select_for_update(no_key=True).first()
    if approval is None:
        raise ApprovalNotFound(f"There is no approval request {approval_id}.")
    approval_kind = find_kind(approval.kind)
    actor.require(approval_kind.permission)
    if approval.status != Approval.Status.PENDING:
        raise Conflict(
            f"The request is already {approval.get_status_display().lower()}.", code=ALREADY_DECIDED
        )
    if actor.user_id is None or actor.user_id == approval.requested_by_id:
        raise NotAllowed("Another person must decide on what you asked for.", code=SECOND_PERSON)
    approval.status = status
    approval.decided_by_id = actor.user_id
    approval.decided_at = now()
    approval.decision_reason = reason.strip()[:_LONGEST]
    approval.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
    execute_batch([_event(actor, approval_kind, approval, str(status), approval.decision_reason)])
    _notify_decided(actor, approval_kind, approval)
    return Decision(approval, follow(approval_kind, approval))


def _deciding(actor: Actor, kind: ApprovalKind) -> list[int]:
    return members_with(company_id=actor.company_id, permission=kind.permission)


def _notify_decided(actor: Actor, kind: ApprovalKind, approval: Approval) -> None:
    """It waits for nobody any more, and the person who asked learns what came of it."""
    about = {"subject_model": Approval._meta.label, "subject_key": str(approval.id)}
    Notice.objects.filter(
        company_id=actor.company_id,
        user_id__in=_deciding(actor, kind),
        kind=Notice.Kind.APPROVAL,
        read_at__isnull=True,
        **about,
    ).update(read_at=now())
    why = f": {approval.decision_reason}" if approval.decision_reason else "."
    notify(
        company_id=actor.company_id,
        user_ids=[approval.requested_by_id],
        kind=Notice.Kind.DECIDED,
        text=f"{full_name(actor)} {approval.get_status_display().lower()} what you asked for: {approval.title}{why}",
        **about,
    )


def _refuse_twice(actor: Actor, kind: ApprovalKind, about: About) -> None:
    waiting = Approval.objects.filter(
        company_id=actor.company_id, kind=kind.code, holds=about.holds, status=Approval.Status.PENDING
    ).first()
    if waiting is not None:
        raise Conflict(f"{waiting.title} is already waiting for approval.", code=kind.pending_code or PENDING)


def _event(actor: Actor, kind: ApprovalKind, approval: Approval, what: str, reason: str) -> AuditEvent:
    details: dict[str, Any] = {"approval_request_id": str(approval.id), "title": approval.title}
    if approval.amount is not None:
        details |= {"amount": str(approval.amount), "currency": approval.currency}
    return audit_event(
        actor=actor,
        action=f"{kind.trail}_{what}",
        subject_type=approval.subject_type,
        subject_id=approval.subject_id,
        reason=reason or approval.reason,
        details=details,
    )
