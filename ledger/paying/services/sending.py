"""Sending a batch, and taking its file (docs/domain.md#payout-batches)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from batconnect.core.audit import record_event
from batconnect.core.database.rows import Change, insert_batch
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.ids import uuid7
from ledger.chart import deductions_payable
from ledger.paying.errors import FILE_NOT_TAKEN, BatchState, FileTaken
from ledger.paying.models import Payout, PayoutBatch, PayoutDeduction, PayoutDownload, PayoutFile, PayoutItem
from ledger.paying.postings import BATCH
from ledger.paying.services.batches import PAY, lock_batch
from ledger.rules.reasons import checked_reason
from ledger.settlement.services.payouts import Payout as Paid
from ledger.settlement.services.payouts import pay_covered

_SENT_ITEMS: Final = """
update payout_items i set state = 'sent' from payouts p
where p.company_id = %s::uuid and p.batch_id = %s::uuid and i.company_id = p.company_id and i.payout_id = p.id
  and i.state = 'reserved'
"""
_SENT: Final = """
update payout_batches set status = 'sent', sent_by = %s, sent_at = %s::timestamptz, sent_on = %s::date
where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A batch's file, as it was fixed."""

    name: str
    content: bytes
    sha256: str


@transaction.atomic
def send_batch(*, actor: Actor, batch_id: UUID) -> PayoutBatch:
    """Say that a built batch went out: every payout posts, Dr driver earnings payable / Cr payments in transit, one
    item for each DTR, and Cr deductions payable for what orders take, in one statement. ACH is effective today, checks
    on their date.

    Needs `ledger.pay_out`. Raises PayoutBatchNotFound (404), BatchState (409), Conflict 409 `payout_file_not_taken`
    for an ACH file that nobody has, InvalidInput for checks dated after today or on a closed day, and what
    `find_bank_account` refuses.
    """
    actor.require(PAY)
    batch = lock_batch(actor=actor, batch_id=batch_id, status=PayoutBatch.Status.BUILT)
    is_ach = batch.way == PayoutBatch.Way.ACH
    if is_ach and not PayoutDownload.objects.filter(company_id=actor.company_id, batch=batch.id).exists():
        raise Conflict(
            f"Nobody has taken the file of {batch.number}: it cannot have been sent.", code=FILE_NOT_TAKEN
        )
    day = today(actor.company) if is_ach else batch.effective_on
    assert day is not None, "what is built has a day"
    rows = PayoutItem.objects.filter(company_id=actor.company_id, payout__batch=batch.id)
    covered = list(rows.values_list("dtr_id", "dtr__number", "payout__reference"))
    pay_covered(
        actor=actor,
        payout=Paid(
            numbers=tuple(number for _, number, _ in covered),
            method=Payout.Method.ACH if is_ach else Payout.Method.CHECK,
            paid_on=day,
            references={number: reference for _, number, reference in covered},
            bank_account_id=batch.bank_account_id,
            kept=_kept(actor, batch),
        ),
        ids=[dtr_id for dtr_id, _, _ in covered],
        changes=[
            Change(_SENT_ITEMS, [actor.company_id, batch.id]),
            Change(_SENT, [actor.name, now(), day, actor.company_id, batch.id]),
        ],
    )
    batch.refresh_from_db()
    record_event(
        actor=actor,
        action="ledger.send_payouts",
        subject_type=BATCH,
        subject_id=batch.id,
        details={"number": batch.number, "total": str(batch.total), "payouts": batch.payout_count},
    )
    return batch


@reads
def _kept(actor: Actor, batch: PayoutBatch) -> dict[UUID, list[tuple[str, Decimal]]]:
    """What orders take of each DTR, by creditor's account."""
    kept: dict[UUID, list[tuple[str, Decimal]]] = {}
    rows = PayoutDeduction.objects.filter(company_id=actor.company_id, item__payout__batch=batch.id)
    taken = rows.values_list("item__dtr_id", "order__creditor_code", "amount")
    for dtr_id, creditor, amount in taken.order_by("item", "order__rank"):
        kept.setdefault(dtr_id, []).append((deductions_payable(creditor), amount))
    return kept


@transaction.atomic
def take_file(*, actor: Actor, batch_id: UUID, reason: str = "") -> TakenFile:
    """The file of a built batch, and that it was taken: once without a reason, again only with one of 10 to 500
    characters. An ACH file of an undone batch is not handed out.

    Needs `ledger.pay_out`. Raises PayoutBatchNotFound (404), BatchState (409) before it is built or once it is undone,
    FileTaken (409).
    """
    actor.require(PAY)
    batch = lock_batch(actor=actor, batch_id=batch_id)
    kept = PayoutFile.objects.filter(company_id=actor.company_id, batch=batch.id).first()
    if kept is None or batch.status == PayoutBatch.Status.UNDONE:
        raise BatchState(f"{batch.number} is {batch.get_status_display().lower()}: it has no file to take.")
    taken = PayoutDownload.objects.filter(company_id=actor.company_id, batch=batch.id)
    if (first := taken.order_by("id").first()) is not None:
        if not reason.strip():
            raise FileTaken(f"{first.taken_by} took {kept.name} on {first.taken_at:%Y-%m-%d %H:%M} UTC.")
        reason = checked_reason(reason)
    else:
        reason = ""
    taken_now = PayoutDownload(
        id=uuid7(), company_id=actor.company_id, batch_id=batch.id, reason=reason, taken_by=actor.name
    )
    insert_batch([taken_now])
    record_event(
        actor=actor,
        action="ledger.take_payout_file",
        subject_type=BATCH,
        subject_id=batch.id,
        reason=reason,
        details={"number": batch.number, "file": kept.name, "sha256": kept.sha256},
    )
    return TakenFile(kept.name, kept.content.encode(), kept.sha256)
