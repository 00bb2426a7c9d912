"""The engine's own job."""

from __future__ import annotations

from batconnect.core.jobs.running import each_company
from batconnect.core.jobs.schedules import declare_schedule
from batconnect.core.kernel.actors import Actor
from cases import services

declare_schedule(
    name="Escalate overdue cases",
    task="cases.escalate_overdue",
    run_permission="cases.manage",
    minute="*/15",
    description="Marks cases that waited longer than their step allows, once each.",
)


@each_company("cases.escalate_overdue")
def escalate_overdue(actor: Actor) -> dict[str, int]:
    """Escalate the overdue cases of each company; a second run finds none."""
    return {"escalated": services.escalate_overdue(actor=actor)}
