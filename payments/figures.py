"""What of payments is watched (docs/operations.md#watching)."""

from __future__ import annotations

from django.db.models import Min

from batconnect.core.jobs.figures import declare_figure
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.services.following import unfinished_batches


def _rows_waiting(actor: Actor) -> int:
    return PaymentBatchRow.objects.filter(
        company_id=actor.company_id,
        batch__in=unfinished_batches(actor),
        status=PaymentBatchRow.Status.PENDING,
    ).count()


def _batch_age(actor: Actor) -> int:
    oldest = PaymentBatch.objects.filter(
        company_id=actor.company_id, id__in=unfinished_batches(actor)
    ).aggregate(at=Min("created_at"))["at"]
    return int((now() - oldest).total_seconds()) if oldest else 0


declare_figure(
    name="batch_rows_waiting",
    help="Rows of payment batches that wait to be worked on, over all companies.",
    measure=_rows_waiting,
)
declare_figure(
    name="batch_age_seconds",
    help="How long ago the oldest payment batch was taken in that is not finished.",
    measure=_batch_age,
    over=max,
)
