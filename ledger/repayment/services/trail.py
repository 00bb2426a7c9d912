"""What people do to documents with a schedule: in the audit trail, and on the document's case."""

from __future__ import annotations

from typing import Any

from batconnect.core.audit import record_event
from batconnect.core.kernel.actors import Actor
from cases.flow import CreatedEntity
from cases.services import note_on_case
from ledger.repayment.kinds import RepaidKind


def record(
    *,
    actor: Actor,
    kind: RepaidKind,
    document: Any,
    event: str,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Add an event of the trail: `loans.held`, `repairs.cancelled`, …"""
    record_event(
        actor=actor,
        action=f"{kind.app}.{event}",
        subject_type=kind.opened,
        subject_id=document.id,
        reason=reason.strip(),
        details={"number": document.number, **(details or {})},
    )


def note(
    *,
    actor: Actor,
    kind: RepaidKind,
    document: Any,
    event: str,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """`record` it, and add it to the case that made the document, if one did."""
    record(actor=actor, kind=kind, document=document, event=event, reason=reason, details=details)
    if document.case_no:
        note_on_case(
            actor=actor,
            case=document.case_no,
            trigger=f"{kind.noun}_{event}",
            reason=reason.strip(),
            payload={kind.number_field: document.number, **(details or {})},
        )


def made_summary(kind: RepaidKind, document: Any) -> dict[str, Any]:
    """What the case's event records of the document."""
    return {
        kind.number_field: document.number,
        "amount": document.amount,
        **{name: getattr(document, name) for name in kind.noted_columns},
        "installments": document.installment_count,
    }


def made_entity(kind: RepaidKind, document: Any) -> CreatedEntity:
    """The document, as the case lists it."""
    return CreatedEntity(kind.entity, document.number, kind.address(document.number))
