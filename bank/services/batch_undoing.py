"""Undoing a bank feed's batch: what the system said of its lines is taken back; the lines stay booked.

Rule: docs/domain.md#batches, docs/domain.md#explanations. What was received before there were statements is taken out
of the books, as it came in by the batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from bank import postings
from bank.errors import RECEIPT_EXPLAINED
from bank.models import Explanation, LinePart
from bank.services.explaining import undo_explanation
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval
from ledger.models import Entry
from ledger.services import post_entries
from payments.batches.feeds import TakenBack
from payments.batches.models import PaymentBatch
from payments.models import Payment

_UNDO: Final = """
update bank_explanations x set status = 'undone', undone_entry_id = d.entry, undone_by = %s,
  undone_at = clock_timestamp(), undo_reason = %s
from unnest(%s::uuid[], %s::uuid[]) as d(id, entry)
where x.company_id = %s::uuid and x.id = d.id and x.status = 'live'
"""
_OPEN: Final = """
update bank_line_parts set explained = 0, status = 'open', version = version + 1
where company_id = %s::uuid and id = any(%s::uuid[])
"""
# As `bank.services.learning` counts a rule that was wrong.
_WRONG: Final = """
update bank_match_rules r set misses = r.misses + d.lines, version = r.version + 1,
  is_active = r.is_active and not (r.is_learned and r.misses + d.lines >= r.hits)
from unnest(%s::uuid[], %s::int[]) as d(id, lines)
where r.company_id = %s::uuid and r.id = d.id
"""
_VOID: Final = """
update bank_line_parts set status = 'voided', version = version + 1
where company_id = %s::uuid and id = any(%s::uuid[]) and status = 'open'
"""


@reads
def payments_of(*, actor: Actor, batch: PaymentBatch) -> list[UUID]:
    """The payments that the system made of the batch's lines, and those that its receipts from before there were
    statements were matched to."""
    rows = _said(actor, batch).filter(kind=Explanation.Kind.PAYMENT, payment__status=Payment.Status.POSTED)
    return [key for key in rows.values_list("payment_id", flat=True) if key is not None]


@reads
def refuse_undo(*, actor: Actor, batch: PaymentBatch) -> None:
    """Raise Conflict 409 `receipt_explained` while a receipt from before there were statements is explained as
    something else than a payment: it would leave the books."""
    rows = _said(actor, batch).filter(part__line__isnull=True)
    explained = rows.exclude(kind=Explanation.Kind.PAYMENT).select_related("part").first()
    if explained is not None:
        raise Conflict(
            f"A receipt of {format_amount(explained.part.amount)} is explained: take that back first.",
            code=RECEIPT_EXPLAINED,
        )


@joins_transaction
def undo_parts(*, actor: Actor, batch: PaymentBatch, reason: str, approval: Approval | None) -> None:
    """Take back what the system said of lines that are not simply one payment, part by part."""
    by_part: dict[UUID, list[Explanation]] = {}
    for each in _said(actor, batch).order_by("part_id", "id"):
        by_part.setdefault(each.part_id, []).append(each)
    for explanations in by_part.values():
        if not _is_one_payment(explanations):
            undo_explanation(actor=actor, explanation_id=explanations[0].id, reason=reason, approval=approval)


@joins_transaction
def take_back(*, actor: Actor, payments: Sequence[Payment], reason: str, operation_id: UUID) -> TakenBack:
    """What takes the payments, each the whole of its line, off these lines, which are open again.

    The caller holds the payments and what they paid; locks the parts by id.
    """
    here = Explanation.objects.filter(
        company_id=actor.company_id,
        payment__in=[each.id for each in payments],
        kind=Explanation.Kind.PAYMENT,
        status=Explanation.Status.LIVE,
    )
    parts = list(
        LinePart.objects.select_for_update(no_key=True)
        .filter(company_id=actor.company_id, id__in=here.values("part"))
        .order_by("id")
        .values_list("id", flat=True)
    )
    made = {each.payment_id: each for each in here}
    drafts = []
    for payment in payments:
        entry_id = made[payment.id].entry_id
        assert entry_id is not None, "a payment of a line has its entry"
        drafts.append(
            postings.payment_unidentified(
                payment_id=payment.id,
                amount=payment.amount,
                currency=payment.currency,
                on=today(actor.company),
                customer_id=payment.customer_id,
                reverses=entry_id,
                reason=reason,
            )
        )
    rules = Counter(made[each.id].rule_id for each in payments)
    rules.pop(None, None)
    undone = [made[each.id].id for each in payments]
    entries = [each.id for each in drafts]
    return TakenBack(
        drafts,
        [
            Change(_UNDO, [actor.name, reason, undone, entries, actor.company_id]),
            Change(_OPEN, [actor.company_id, parts]),
            Change(_WRONG, [list(rules), list(rules.values()), actor.company_id]),
        ],
    )


@joins_transaction
def void_receipts(*, actor: Actor, batch: PaymentBatch, reason: str, operation_id: UUID) -> int:
    """Take what was received before there were statements, and is open, back out of the books; how many."""
    receipts = list(
        LinePart.objects.select_for_update(no_key=True)
        .filter(company_id=actor.company_id, batch=batch.id, line__isnull=True, status=LinePart.Status.OPEN)
        .order_by("id")
    )
    if not receipts:
        return 0
    entries = dict(
        Entry.objects.filter(
            company_id=actor.company_id,
            source_type=postings.RECEIPT,
            event=postings.RECEIVED,
            source_id__in=[str(each.id) for each in receipts],
        ).values_list("source_id", "id")
    )
    drafts = [
        postings.unidentified_voided(
            receipt_id=each.id,
            method=each.method,
            amount=each.amount,
            currency=each.currency,
            on=today(actor.company),
            reverses=entries[str(each.id)],
            reason=reason,
            operation_id=operation_id,
        )
        for each in receipts
    ]
    void = Change(_VOID, [actor.company_id, [each.id for each in receipts]])
    post_entries(actor=actor, drafts=drafts, changes=[void])
    return len(receipts)


@reads
def places_of(*, company_id: UUID, payments: Sequence[UUID]) -> Mapping[UUID, tuple[UUID, str, int]]:
    """The batch (id, number) and the row of the line that each payment lies on, where that came by a batch."""
    rows = Explanation.objects.filter(
        company_id=company_id,
        payment__in=payments,
        status=Explanation.Status.LIVE,
        part__batch__isnull=False,
        part__row_no__isnull=False,
    )
    named = rows.values_list("payment_id", "part__batch_id", "part__batch__number", "part__row_no")
    return {
        payment: (batch, number, row_no or 0)
        for payment, batch, number, row_no in named
        if payment is not None and batch is not None
    }


def _said(actor: Actor, batch: PaymentBatch) -> QuerySet[Explanation]:
    """What the system said of the batch's lines, in the operation of its statements, and what was said of receipts
    from before there were statements."""
    by_system = Q(
        part__line__statement__batch=batch.id, operation_id=F("part__line__statement__operation_id")
    )
    before = Q(part__line__isnull=True, part__batch=batch.id)
    return Explanation.objects.filter(
        by_system | before, company_id=actor.company_id, status=Explanation.Status.LIVE
    )


def _is_one_payment(explanations: Sequence[Explanation]) -> bool:
    return len(explanations) == 1 and explanations[0].kind == Explanation.Kind.PAYMENT
