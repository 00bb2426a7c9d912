"""Taking back what was paid and has not reached the bank: the entry that paid it is reversed in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import models

from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from ledger.models import Entry, Posting
from ledger.postings import Leg, reversal
from ledger.services.corrections import refuse_reversed
from ledger.services.journal import Posted, post_entries
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import lock_disbursement, stop_disbursement


@joins_transaction
def reverse_payment(
    *,
    actor: Actor,
    entry: Entry,
    event: str,
    reason: str,
    rows: Sequence[Sequence[models.Model]] = (),
    changes: Sequence[Change] = (),
) -> Posted:
    """Post the full reversal of the entry that paid something out, effective today, and stop its disbursement.

    The caller holds the locks of its documents, and passes its own rows and changes along. Raises NotInTransit (409)
    for what cleared, was stopped or was paid in cash, Conflict 409 `already_voided`.
    """
    refuse_reversed(actor=actor, entry=entry)
    paid = Disbursement.objects.get(company_id=actor.company_id, entry=entry.id)
    row = lock_disbursement(actor=actor, disbursement_id=paid.id)
    entry_id = uuid7()
    _, stop = stop_disbursement(actor=actor, row=row, entry_id=entry_id, reason=reason)
    lines = Posting.objects.filter(company_id=actor.company_id, entry=entry.id).order_by("line")
    legs = [
        Leg(*line)
        for line in lines.values_list("account__code", "amount", "obligation_id", "payment_id", "item_id")
    ]
    made = reversal(
        entry_id=entry.id,
        event=event,
        source_type=entry.source_type,
        source_id=entry.source_id,
        currency=entry.currency,
        on=today(actor.company),
        legs=legs,
        customer_id=entry.customer_id,
        lease_id=entry.lease_id,
        reason=reason,
    )
    return post_entries(actor=actor, drafts=[replace(made, id=entry_id)], rows=rows, changes=[*changes, stop])
