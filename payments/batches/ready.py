"""What batches register when the app is ready: their checks, and how the ledger describes their events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from ledger import sources
from ledger.errors import NOT_VOIDABLE
from ledger.sources import Description
from payments.batches import errors  # noqa: F401 - its codes are declared on import
from payments.batches.models import UnidentifiedReceipt
from payments.batches.postings import RECEIPT
from payments.batches.services.unmatching import void_match
from payments.batches.verification import register_batch_checks
from payments.postings import MATCH
from payments.services.sources import describe_payments


def register_batches() -> None:
    """Once, from the app's `ready()`."""
    register_batch_checks()
    sources.register(RECEIPT, void=refuse_void, describe=describe_receipts)
    sources.register(MATCH, void=void_match, describe=describe_payments)


def refuse_void(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """A receipt is matched, or undone with its batch. Raises Conflict (409)."""
    raise Conflict(
        "An unidentified receipt cannot be voided on its own: match it, take its match back, or undo its batch.",
        code=NOT_VOIDABLE,
    )


def describe_receipts(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The receipts in words; one statement."""
    receipts = UnidentifiedReceipt.objects.select_related("batch").filter(
        company_id=actor.company_id, id__in=ids
    )
    return {
        str(each.id): Description(
            text=f"Receipt of {each.payment_date} in {each.batch.number}, row {each.row_no}",
            url=f"/api/accounting/payment-batches/{each.batch_id}",
        )
        for each in receipts
    }
