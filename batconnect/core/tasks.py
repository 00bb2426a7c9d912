"""The floor's own job."""

from __future__ import annotations

from batconnect.core.actors import Actor
from batconnect.core.api.idempotency import purge_keys
from batconnect.core.jobs import each_company
from batconnect.core.schedules import declare_schedule

declare_schedule(
    name="purge-idempotency-keys",
    task="core.purge_idempotency_keys",
    run_permission="core.manage_settings",
    minute="20",
    hour="3",
    description="Deletes idempotency keys that no longer count: older than seven days (DOMAIN 8).",
)


@each_company("core.purge_idempotency_keys")
def purge_idempotency_keys(actor: Actor) -> dict[str, int]:
    """Delete the company's keys that are too old to count; run again it finds none."""
    return {"deleted": purge_keys(company_id=actor.company_id)}
