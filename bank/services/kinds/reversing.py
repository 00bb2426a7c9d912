"""The entry that takes an explanation back."""

from __future__ import annotations

from bank import postings
from bank.models import Explanation
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.models import Entry, Posting
from ledger.postings import EntryDraft, Leg, reversal


@reads
def reversal_of(*, actor: Actor, explanation: Explanation, reason: str) -> EntryDraft:
    """The full reversal of the explanation's entry, effective today."""
    assert explanation.entry_id is not None
    entry = Entry.objects.get(company_id=actor.company_id, id=explanation.entry_id)
    lines = Posting.objects.filter(company_id=actor.company_id, entry=entry.id).order_by("line")
    legs = [
        Leg(*line)
        for line in lines.values_list("account__code", "amount", "obligation_id", "payment_id", "item_id")
    ]
    return reversal(
        entry_id=entry.id,
        event=postings.UNDONE,
        source_type=entry.source_type,
        source_id=entry.source_id,
        currency=entry.currency,
        on=today(actor.company),
        legs=legs,
        customer_id=entry.customer_id,
        lease_id=entry.lease_id,
        reason=reason,
        operation_id=entry.operation_id,
    )
