"""Who is told of a batch that did not go as it should (docs/domain.md#notices)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.notices import notify_of_failure
from payments.batches.models import PaymentBatch

_WENT_WRONG: Final = {
    PaymentBatch.Status.FAILED.value: "failed: none of its rows became a payment",
    PaymentBatch.Status.COMPLETED_WITH_ERRORS.value: "has rows that failed or are held",
}


@joins_transaction
def notify_of_outcome(*, actor: Actor, batch_id: UUID, number: str, status: str) -> None:
    """Tell managers and administrators of a batch that ended with rows that failed; nothing of any other."""
    if status in _WENT_WRONG:
        notify_of_failure(
            company_id=actor.company_id,
            text=f"Payment batch {number} {_WENT_WRONG[status]}.",
            subject_model=PaymentBatch._meta.label,
            subject_key=batch_id,
        )
