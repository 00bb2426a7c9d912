"""A message wakes a worker for a batch; the sweeping schedule finds what a lost message left behind."""

from __future__ import annotations

from uuid import UUID

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError as BrokerUnreachable

from batconnect.core.actors import Actor
from batconnect.core.jobs import Job, each_company
from batconnect.core.schedules import declare_schedule
from payments.batches.services.following import abandoned_batches
from payments.batches.services.processing import process_batch

_log = structlog.stdlib.get_logger("payments.batch")

declare_schedule(
    name="Resume payment batches",
    task="payments.resume_batches",
    run_permission="payments.import_batches",
    minute="*",
    description="Wakes a worker for batches whose message was lost or whose worker died (DOMAIN 8).",
)


@shared_task(base=Job, name="payments.process_batch")
def process_payment_batch(company_id: str, batch_id: str) -> None:
    """Do what is left of the batch."""
    process_batch(company_id=UUID(company_id), batch_id=UUID(batch_id))


@each_company("payments.resume_batches")
def resume_batches(actor: Actor) -> dict[str, int]:
    """Wake a worker for each batch at which nobody is."""
    found = abandoned_batches(company_id=actor.company_id)
    for batch_id in found:
        process_payment_batch.delay(str(actor.company_id), str(batch_id))
    return {"woken": len(found)}


def wake_worker(*, company_id: UUID, batch_id: UUID) -> None:
    """Send the message, after the commit. Without a broker the schedule finds the batch."""
    try:
        process_payment_batch.apply_async(args=(str(company_id), str(batch_id)), retry=False)
    except (BrokerUnreachable, OSError) as error:
        _log.warning("broker_unreachable", batch=str(batch_id), error=type(error).__name__)
