"""Checks as PDFs: the check, and under it the stub with the figures of its DTRs (docs/domain.md#checks)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from batconnect.core.api.printed import Printed
from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.files.exports.pdf import render_pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import format_amount
from ledger.paying.errors import TOO_MANY_CHECKS, BatchState, PayoutNotFound
from ledger.paying.models import Payout, PayoutBatch
from ledger.paying.rules.words import money_in_words
from ledger.paying.services.batches import PAY, find_batch
from ledger.rules.settlement import last_day

MAX_CHECKS: Final = 100
_FIGURES: Final = (
    ("gross", "Gross earnings"),
    ("prior_balance", "Prior balance"),
    ("charges", "Charges"),
    ("interim_payments", "Interim payments"),
    ("credits", "Credits"),
    ("adjustments", "Adjustments"),
    ("recovered", "Kept from earnings"),
    ("credits_paid", "Credits paid"),
    ("carried_forward", "Carried forward"),
    ("due_to_driver", "Due to driver"),
)


def printed_checks(*, actor: Actor, batch_id: UUID) -> Printed:
    """The checks of a built batch, a page each. Needs `ledger.pay_out`.

    Raises PayoutBatchNotFound (404), BatchState (409) unless its checks have their numbers, Conflict 409
    `too_many_checks` above 100, PdfUnavailable (501).
    """
    actor.require(PAY)
    batch = find_batch(actor=actor, batch_id=batch_id)
    if batch.payout_count > MAX_CHECKS:
        raise Conflict(
            f"{batch.number} has {batch.payout_count} checks; at most {MAX_CHECKS} are printed at once.",
            code=TOO_MANY_CHECKS,
        )
    rows = Payout.objects.filter(company_id=actor.company_id, batch=batch.id).order_by("place")
    return _printed(
        actor,
        batch,
        list(rows.prefetch_related("items__dtr__lease", "items__deductions__order")),
        batch.number,
    )


def printed_check(*, actor: Actor, payout_id: UUID) -> Printed:
    """One check. Needs `ledger.pay_out`. Raises PayoutNotFound (404), and as `printed_checks`."""
    actor.require(PAY)
    rows = Payout.objects.filter(company_id=actor.company_id, id=payout_id)
    payout = rows.prefetch_related("items__dtr__lease", "items__deductions__order").first()
    if payout is None:
        raise PayoutNotFound(f"There is no payout {payout_id}.")
    batch = find_batch(actor=actor, batch_id=payout.batch_id)
    return _printed(actor, batch, [payout], f"{batch.number}-{payout.reference}")


def _printed(actor: Actor, batch: PayoutBatch, payouts: list[Payout], name: str) -> Printed:
    states = (PayoutBatch.Status.BUILT, PayoutBatch.Status.SENT)
    if batch.way != PayoutBatch.Way.CHECK or batch.status not in states:
        raise BatchState(
            f"{batch.number} ({batch.get_way_display()}) is {batch.get_status_display().lower()}: it has no checks "
            "to print."
        )
    digits = batch.bank_account.last_digits
    context = {
        **letterhead(actor=actor),
        "title": f"Checks of {batch.number}",
        "batch": batch,
        "account_number": f"•••• {digits}" if digits else "",
        "checks": [_check(batch, each) for each in payouts],
    }
    return Printed(f"{name}.pdf", render_pdf("pdf/payout_check.html", context, actor=actor))


def _check(batch: PayoutBatch, payout: Payout) -> dict[str, Any]:
    return {
        "number": payout.reference,
        "dated": batch.effective_on,
        "payee": payout.payee,
        "amount": format_amount(payout.amount),
        "words": money_in_words(payout.amount),
        "stubs": [_stub(each) for each in payout.items.all()],
    }


def _stub(item: Any) -> dict[str, Any]:
    """The figures of a DTR that the check pays, and what orders take of it."""
    kept = [
        (f"Kept for {each.order.creditor}, {each.order.reference}", format_amount(-each.amount))
        for each in item.deductions.all()
    ]
    return {
        "number": item.dtr.number,
        "week": item.dtr.week,
        "week_end": last_day(item.dtr.week),
        "lease": item.dtr.lease.lease_id,
        "figures": [*((label, format_amount(getattr(item.dtr, name))) for name, label in _FIGURES), *kept],
    }
