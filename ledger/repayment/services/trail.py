"""What people do to documents with a schedule, in the audit trail."""

from __future__ import annotations

from typing import Any

from batconnect.core.audit import record_event
from batconnect.core.kernel.actors import Actor
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
