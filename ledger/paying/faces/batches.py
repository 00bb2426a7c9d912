"""What the page of a payout batch shows first: its next step, how far the bank has shown it, who is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

from batconnect.core.console.faces import (
    MAX_ROWS,
    Card,
    Face,
    Kept,
    Money,
    Named,
    Section,
    Table,
    TimelineEvent,
    adds_to_timeline,
)
from batconnect.core.kernel.actors import Actor
from ledger.paying.models import Payout, PayoutBatch, PayoutItem
from ledger.paying.querysets import Progress, downloads_of, file_of, progress_of, stage_of
from ledger.paying.services.batches import pending_request

_Status = PayoutBatch.Status
_State = PayoutItem.State
_STATES: Final = (_State.RETURNED, _State.RESERVED, _State.SENT, _State.UNDONE)
"""What a payout is called that covers DTRs in several states: the first that there is."""
_NEXT: Final = {
    _Status.DRAFT: "Ask a second person to approve it.",
    _Status.APPROVED: "Build it: its numbers and its file are fixed.",
    _Status.BUILT: "Take the file, hand it to the bank, then say that it is sent.",
    _Status.SENT: "The bank's statement shows the rest.",
    _Status.UNDONE: "Nothing: what it covered can be paid by another batch.",
}
_ACTIONS: Final = {_Status.DRAFT: "submit", _Status.APPROVED: "build", _Status.BUILT: "send"}
_TONES: Final = {_Status.SENT: "good", _Status.UNDONE: "bad"}


def _card(actor: Actor, row: PayoutBatch) -> Card:
    status = _Status(row.status)
    request = pending_request(batch=row) if status == _Status.DRAFT else None
    return Card(
        kind=f"Payout batch, {row.get_way_display()}",
        number=row.number,
        person=row.bank_account,
        person_is="From",
        amount=Money(row.total, row.currency),
        amount_is=f"To {row.payout_count} driver{'' if row.payout_count == 1 else 's'}",
        status=str(row.get_status_display()),
        tone=_TONES.get(status, "warn"),  # type: ignore[arg-type]  # tones
        since=row.undone_at or row.sent_at or row.built_at or row.approved_at or row.created_at,
        sentence=row.undo_reason,
        facts=(
            ("Effective on", row.effective_on),
            ("At the bank", _at_the_bank(row)),
            ("Made by", Kept(row.created_by)),
            ("Approved by", Kept(row.approved_by)),
            ("Sent by", Kept(row.sent_by)),
            ("Sent on", row.sent_on),
        ),
        next_step=_NEXT[status] if request is None else f"Another person decides: {request.title}.",
        next_action=_ACTIONS.get(status, "") if request is None else "approve",
    )


def _at_the_bank(row: PayoutBatch) -> str:
    """How far the bank has shown it."""
    progress = progress_of(company_id=row.company_id, batch_ids=[row.id]).get(row.id, Progress())
    if row.status != _Status.SENT:
        return "Not sent"
    shown = f"{progress.cleared} cleared, {progress.in_transit} in transit, {progress.returned} came back"
    return f"Settled: {shown}" if stage_of(row, progress) == "settled" else shown


def _sections(actor: Actor, row: PayoutBatch) -> Iterator[Section]:
    payouts = (
        Payout.objects.filter(company_id=row.company_id, batch=row.id)
        .select_related("account")
        .defer("account__account_number")
    )
    yield Table(
        title="Who is paid",
        columns=("Payee", "Account", "Method", "Reference", "Amount"),
        rows=[
            (Named(each, each.payee), each.account, each.get_method_display(), each.reference, each.amount)
            for each in payouts.order_by("place")[: MAX_ROWS + 1]
        ],
        total=("All", "", "", "", row.total),
        rest="The list Payouts has all of them.",
    )
    if row.left_out:
        yield Table(
            title="Who is left out",
            columns=("Driver", "DTR", "Why", "Amount"),
            rows=[
                (
                    each["driver"],
                    each["dtr_number"],
                    each["why"],
                    Decimal(str(each["amount"]).replace(",", "")),
                )
                for each in row.left_out[: MAX_ROWS + 1]
            ],
        )
    kept = file_of(batch=row)
    if kept is not None:
        yield Table(
            title="Its file",
            columns=("What", "Which"),
            rows=[("Name", kept.name), ("Fingerprint (SHA-256)", kept.sha256)],
            has_heading=False,
        )


def _payout_card(actor: Actor, row: Payout) -> Card:
    states = {each.state for each in row.items.filter(company_id=row.company_id)}
    state = next((each for each in _STATES if each in states), None)
    return Card(
        kind=f"Payout, {row.get_method_display()}",
        number=f"{row.batch.number}, no. {row.place}",
        person=row.customer,
        person_is="Driver",
        amount=Money(row.amount, row.batch.currency),
        status=PayoutItem.State(state).label if state is not None else "Covers nothing",
        tone="bad" if state == _State.RETURNED else "good" if state == _State.SENT else "warn",
        since=row.batch.sent_at or row.batch.built_at or row.batch.created_at,
        facts=(
            ("To", row.payee),
            ("Account", row.account),
            ("Trace or check number", row.reference),
            ("Batch", row.batch),
            ("From", row.batch.bank_account),
            ("Effective on", row.batch.effective_on),
        ),
        next_step="It came back: pay the DTRs by another batch." if state == _State.RETURNED else "",
    )


PAYOUT_FACE: Final = Face(card=_payout_card)
PAYOUT_BATCH_FACE: Final = Face(card=_card, sections=_sections)


@adds_to_timeline(PayoutBatch)
def _steps(actor: Actor, row: PayoutBatch) -> Iterable[TimelineEvent]:
    steps: tuple[tuple[datetime | None, str, str], ...] = (
        (row.created_at, "Made", row.created_by),
        (row.approved_at, "Approved", row.approved_by),
        (row.built_at, "Built", row.built_by),
        (row.sent_at, "Sent", row.sent_by),
        (row.undone_at, "Undone", row.undone_by),
    )
    for at, what, who in steps:
        if at is not None:
            yield TimelineEvent(at=at, what=what, who=who, reason=row.undo_reason if what == "Undone" else "")
    for each in downloads_of(batch=row):
        yield TimelineEvent(at=each.taken_at, what="File taken", who=each.taken_by, reason=each.reason)
