"""A message wakes a worker for a batch; the sweeping schedule finds what a lost message left behind."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from batconnect.core.jobs.running import each_subject
from batconnect.core.jobs.schedules import declare_schedule
from batconnect.core.kernel.actors import Actor
from payments.batches.services.following import unfinished_batches
from payments.batches.services.processing import HELD_AS, PROCESS, process_batch

RESUME: Final = "payments.resume_batches"

declare_schedule(
    name="Resume payment batches",
    task=RESUME,
    run_permission="payments.import_batches",
    minute="*",
    description="Wakes a worker for batches whose message was lost or whose worker died.",
)


@each_subject(
    PROCESS, held_as=HELD_AS, waiting=unfinished_batches, swept_by=RESUME, of="payments.PaymentBatch"
)
def process_payment_batch(actor: Actor, batch_id: UUID) -> None:
    """Do what is left of the batch."""
    process_batch(company_id=actor.company_id, batch_id=batch_id)
