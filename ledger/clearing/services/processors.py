"""Processors' deposits of drivers' earnings, with the fee that was kept of them (docs/domain.md#earnings-clearing).

The bank's line that a deposit explains belongs to the app of the bank's word, which posts by these.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotFound
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount
from ledger.clearing import postings
from ledger.clearing.errors import FEE_TOO_LARGE
from ledger.clearing.models import ProcessorDeposit
from ledger.errors import ALREADY_VOIDED
from ledger.models import Entry
from ledger.postings import EntryDraft
from ledger.rules.amounts import require_in_range
from ledger.services.corrections import reverse_entry

_VOID = "update processor_deposits set status = 'voided' where company_id = %s::uuid and id = %s::uuid"


@joins_transaction
def prepare_processor_deposit(
    *,
    actor: Actor,
    receipt_id: UUID,
    processor: str,
    net: Decimal,
    fee: Decimal,
    currency: str,
    deposited_on: date,
    report: str = "",
    gross: Decimal | None = None,
    on: date | None = None,
) -> tuple[ProcessorDeposit, EntryDraft]:
    """The deposit and its entry, ready to be posted with the receipt's change: Dr unidentified receipts (net) + card
    fees (fee) / Cr earnings clearing (gross).

    `fee` is what the processor's report says, or a person; it is never computed from what remains. With a `gross`, net
    and fee have to be exactly that: InvalidInput `fee_too_large` names all three. Deposit
    and fee are at most the largest amount. The entry is effective `on` an open day, today unless given.
    """
    total = net + fee
    require_in_range(total, field="fee", what="The deposit with its fee comes to")
    if gross is not None and gross != total:
        raise InvalidInput(
            f"The deposit of {format_amount(net)} and the fee of {format_amount(fee)} are {format_amount(total)}, not "
            f"the {format_amount(gross)} of the report.",
            code=FEE_TOO_LARGE,
            field="fee",
        )
    row = ProcessorDeposit(
        id=uuid7(),
        company_id=actor.company_id,
        processor=processor.strip(),
        currency=currency,
        gross=total,
        fee=fee,
        net=net,
        deposited_on=deposited_on,
        report=report.strip(),
        receipt_id=receipt_id,
        created_by=actor.name,
    )
    draft = postings.processor_deposited(
        deposit_id=row.id, net=net, fee=fee, currency=currency, on=on or today(actor.company)
    )
    return row, draft


@joins_transaction
def reverse_processor_deposit(
    *, actor: Actor, deposit_id: UUID, reason: str, changes: Sequence[Change] = ()
) -> tuple[ProcessorDeposit, UUID]:
    """Take the explanation of a receipt back, and the id of the entry that did; the caller opens the receipt. Raises
    NotFound, Conflict."""
    rows = ProcessorDeposit.objects.select_for_update(no_key=True)
    row = rows.filter(company_id=actor.company_id, id=deposit_id).first()
    if row is None:
        raise NotFound(f"There is no deposit of a processor {deposit_id}.")
    if row.status != ProcessorDeposit.Status.POSTED:
        raise Conflict("This is voided already.", code=ALREADY_VOIDED)
    entry = Entry.objects.get(
        company_id=actor.company_id,
        source_type=postings.PROCESSOR,
        source_id=str(row.id),
        reverses__isnull=True,
    )
    void = Change(_VOID, [actor.company_id, row.id])
    posted = reverse_entry(
        actor=actor,
        entry=entry,
        event=postings.PROCESSOR_VOIDED,
        reason=reason,
        changes=[*changes, void],
    )
    row.refresh_from_db()
    return row, posted.entry_ids[0]
