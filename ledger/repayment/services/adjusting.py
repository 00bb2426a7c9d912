"""A document that was entered wrongly: what is still scheduled of it is taken back (docs/domain.md#prepayment)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount
from ledger.repayment.errors import ABOVE_SCHEDULED, NOT_LOWER, NothingScheduled
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import Installment, RepaidDocument
from ledger.repayment.postings import document_adjusted
from ledger.repayment.services import states
from ledger.repayment.services.schedules import lock_scheduled, rows_in_force, shorten_schedule
from ledger.repayment.services.trail import note
from ledger.rules.reasons import checked_reason
from ledger.services.dates import require_book_date

ADJUSTED_FROM = frozenset({RepaidDocument.Status.OPEN, RepaidDocument.Status.HOLD})


@transaction.atomic
def adjust_document(*, actor: Actor, kind: RepaidKind, number: str, amount: Decimal, reason: str) -> Any:
    """Lower the amount of a document that was entered wrongly: the difference goes off its last scheduled rows.

    It is posted against the account that the opening credited. What is posted of it stays, and is credited.
    Needs `{app}.manage` and a reason of 10 to 500 characters. Raises NotFound; Conflict 409 `document_state`,
    `nothing_scheduled`, what the kind's guard refuses; InvalidInput `not_lower`, `above_scheduled`, `date_closed`.
    """
    actor.require(f"{kind.app}.manage")
    reason = checked_reason(reason)
    document = states.lock_document(actor=actor, kind=kind, number=number)
    states.require_status(document, ADJUSTED_FROM, "adjusted")
    kind.guard(document)
    require_book_date(actor=actor, day=today(actor.company), field="amount")
    rows = lock_scheduled(actor=actor, kind=kind, document=document)
    if not rows:
        raise NothingScheduled(f"Every installment of {number} is posted: credit what is wrong.")
    before, lowered = document.amount, document.amount - amount
    _refuse_amount(document, amount, sum((row.principal for row in rows), ZERO))
    draft = document_adjusted(
        event=states.attempt(kind.adjusted_event, document.adjustments + 1),
        source_type=kind.opened,
        document_id=document.id,
        advances=kind.credits[0][0],
        against=states.credited_by_opening(actor=actor, kind=kind, document=document),
        amount=lowered,
        currency=document.currency,
        on=today(actor.company),
        customer_id=document.customer_id,
        lease_id=document.lease_id,
        case_no=document.case_no,
        reason=reason,
    )
    withdrawn = shorten_schedule(
        actor=actor, kind=kind, document=document, rows=rows, amount=lowered, draft=draft
    )
    _finish(actor, kind, document)
    note(
        actor=actor,
        kind=kind,
        document=document,
        event="adjusted",
        reason=reason,
        details={"before": str(before), "amount": str(amount), "withdrawn": withdrawn},
    )
    return document


def _refuse_amount(document: Any, amount: Decimal, scheduled: Decimal) -> None:
    if not 0 < amount < document.amount:
        raise InvalidInput(
            f"{format_amount(amount)} is not above zero and below {format_amount(document.amount)}, the amount of "
            f"{document.number}. Cancel it to take back all of it.",
            code=NOT_LOWER,
            field="amount",
        )
    if document.amount - amount > scheduled:
        least = format_amount(document.amount - scheduled)
        raise InvalidInput(
            f"{least} of {document.number} is posted, so its amount cannot become {format_amount(amount)}: lower it to "
            f"{least}, and credit the installments that are wrong.",
            code=ABOVE_SCHEDULED,
            field="amount",
        )


def _finish(actor: Actor, kind: RepaidKind, document: Any) -> None:
    """With nothing left to post a document is not on hold; with everything paid it is closed."""
    waiting = list(
        rows_in_force(actor=actor, kind=kind, document=document)
        .exclude(status=Installment.Status.PAID)
        .values_list("status", flat=True)
    )
    if Installment.Status.SCHEDULED in waiting:
        return
    if document.status == RepaidDocument.Status.HOLD:
        document.status, document.status_reason = RepaidDocument.Status.OPEN, ""
        document.save(update_fields=["status", "status_reason"])
    if not waiting:
        document.status, document.closed_at = RepaidDocument.Status.CLOSED, now()
        document.save(update_fields=["status", "closed_at"])
