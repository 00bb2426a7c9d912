"""The trail of what people do outside of cases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from batconnect.core.database.replica.switch import on_primary, reads_from_replica
from batconnect.core.database.rows import RowBatch, insert_batch
from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import AuditEvent


def audit_event(
    *,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: object,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> AuditEvent:
    """An unsaved event of the trail, to be inserted together with the change that it records (`core.database.rows`)."""
    return AuditEvent(
        company_id=actor.company_id,
        user_id=actor.user_id,
        actor=actor.name,
        action=action,
        subject_type=subject_type,
        subject_id=str(subject_id),
        reason=reason,
        request_id=actor.request_id,
        details=details or {},
    )


def audit_rows(
    *, actor: Actor, action: str, subject_type: str, subjects: Sequence[tuple[object, dict[str, Any]]]
) -> RowBatch:
    """The same for many subjects, each with its details."""
    of_all = {
        "company_id": actor.company_id,
        "user_id": actor.user_id,
        "actor": actor.name,
        "action": action,
        "subject_type": subject_type,
        "reason": "",
        "request_id": actor.request_id,
    }
    rows = [
        {**of_all, "id": uuid7(), "subject_id": str(subject), "details": details}
        for subject, details in subjects
    ]
    return RowBatch(AuditEvent, rows)


def record_event(
    *,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: object,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Add an event to the trail by itself, in the running transaction.

    What is read from a replica (a list as a file) is noted on the primary as soon as it was read; if it cannot be, the
    request fails as it would have.
    """
    event = audit_event(
        actor=actor,
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        reason=reason,
        details=details,
    )
    if reads_from_replica():
        transaction.on_commit(partial(_insert_on_primary, event, actor))
    else:
        insert_batch([event])


def last_person(
    *, company_id: UUID, actions: Collection[str], subject_type: str, subject_id: object
) -> int | None:
    """The id of who did one of these to the subject last, in the company's context; None where nobody did."""
    events = AuditEvent.objects.filter(
        company_id=company_id, subject_type=subject_type, subject_id=str(subject_id), action__in=actions
    )
    return events.order_by("-at", "-id").values_list("user_id", flat=True).first()


def _insert_on_primary(event: AuditEvent, actor: Actor) -> None:
    metadata = {"user": actor.user_id, "request_id": actor.request_id}
    with on_primary(), transaction.atomic():
        set_company(actor.company_id, metadata=metadata, user_id=actor.user_id)
        insert_batch([event])
