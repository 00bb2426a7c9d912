"""A message wakes a worker for a batch; the sweeping schedule finds what a lost message left behind."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from celery import shared_task

from batconnect.core.jobs.running import Job, declare_wake_up, each_company, wake
from batconnect.core.jobs.schedules import declare_schedule
from batconnect.core.kernel.actors import Actor
from payments.batches.services.following import abandoned_batches
from payments.batches.services.processing import PROCESS, process_batch

RESUME: Final = "payments.resume_batches"
declare_wake_up(PROCESS, sweep=RESUME)

declare_schedule(
    name="Resume payment batches",
    task=RESUME,
    run_permission="payments.import_batches",
    minute="*",
    description="Wakes a worker for batches whose message was lost or whose worker died.",
)


@shared_task(base=Job, name=PROCESS)
def process_payment_batch(company_id: str, batch_id: str) -> None:
    """Do what is left of the batch."""
    process_batch(company_id=UUID(company_id), batch_id=UUID(batch_id))


@each_company(RESUME)
def resume_batches(actor: Actor) -> dict[str, int]:
    """Wake a worker for each batch that has none."""
    batch_ids = abandoned_batches(company_id=actor.company_id)
    for batch_id in batch_ids:
        wake(PROCESS, actor.company_id, batch_id)
    return {"woken": len(batch_ids)}
