"""What agencies say of amounts later: penalties and reductions are carried out, conflicts are decided by a person.

Rule: docs/domain.md#agency-changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from agencies.errors import CHANGE_DECIDED, CHANGE_NOT_TAKEN, ChangeNotFound
from agencies.models import AgencyChange, AgencyRow
from agencies.rules.fields import CATEGORIES, SURCHARGES, TRIPS
from agencies.subjects import CHANGE
from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today, week_start
from batconnect.core.kernel.errors import Conflict, Refusal
from batconnect.core.kernel.money import ZERO, sum_of
from ledger.models import Obligation
from ledger.rules.reasons import checked_reason
from ledger.services.obligations import find_obligations
from ledger.services.penalties import raise_penalty
from ledger.settlement.models import LeaseEarning
from ledger.settlement.services.earnings import EarningRow, import_earnings
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo

RIGHT: Final = "agencies.assign"
CHUNK_CHANGES: Final = 50
# A charge that is moved more often is found by its own reference.
_MOVES: Final = range(2, 6)


@joins_transaction
def carry_out_chunk(*, actor: Actor, import_id: UUID, after: UUID | None) -> tuple[int, UUID | None]:
    """Carry out the next changes of an import that an agency names by itself; how many, and the last of them.

    One that cannot be carried out stays open, with the reason in its message.
    """
    changes = AgencyChange.objects.select_related("row").filter(
        company_id=actor.company_id,
        import_file=import_id,
        status=AgencyChange.Status.OPEN,
        is_conflict=False,
    )
    if after is not None:
        changes = changes.filter(id__gt=after)
    chosen = list(changes.order_by("id")[:CHUNK_CHANGES])
    for change in chosen:
        _carry_out_alone(actor, change)
    return len(chosen), chosen[-1].id if chosen else None


def _carry_out_alone(actor: Actor, change: AgencyChange) -> None:
    try:
        with transaction.atomic():
            _carry_out(actor, change, f"The agency said on import: {change.message}"[:400])
    except Refusal as refusal:
        AgencyChange.objects.filter(company_id=actor.company_id, id=change.id).update(
            reason=refusal.message[:500]
        )


@transaction.atomic
def decide_change(*, actor: Actor, change_id: UUID, take: bool, reason: str) -> AgencyChange:
    """Take another amount of a row: what it adds is charged as `{number}/P1`, what it takes off is a credit memo, and a
    trip's difference is an adjustment of earnings; or dismiss it, and nothing changes.

    Needs `agencies.assign`, what it does needs its own right too, and a reason of 10 to 500 characters. Raises
    ChangeNotFound (404), Conflict 409 `change_decided`, `change_not_taken`, and what raising and crediting refuse.
    """
    actor.require(RIGHT)
    reason = checked_reason(reason)
    # No key changes: the weaker lock lets the key checks of other rows pass.
    rows = AgencyChange.objects.select_related("row").select_for_update(of=("self",), no_key=True)
    change = rows.filter(company_id=actor.company_id, id=change_id).first()
    if change is None:
        raise ChangeNotFound(f"There is no change {change_id}.")
    if change.status != AgencyChange.Status.OPEN:
        raise Conflict(
            f"{change.row} is decided already: {change.get_status_display()}.", code=CHANGE_DECIDED
        )
    if take:
        _carry_out(actor, change, reason)
    else:
        _decided(actor, change, AgencyChange.Status.DISMISSED, reason)
    record_event(
        actor=actor,
        action="agencies.change_taken" if take else "agencies.change_dismissed",
        subject_type=CHANGE,
        subject_id=change.id,
        reason=reason,
        details={"row": change.row.reference, "before": str(change.before), "after": str(change.after)},
    )
    return change


@reads
def open_charge(*, actor: Actor, row: AgencyRow) -> Obligation | None:
    """What stands of a row's charge: it, or what it became when it was moved to another driver; None where nothing was
    charged."""
    if row.obligation_id is None:
        return None
    first = Obligation.objects.get(company_id=actor.company_id, id=row.obligation_id)
    category = CATEGORIES[row.kind]
    moved = find_obligations(actor=actor, keys={(category, f"{row.reference}/{number}") for number in _MOVES})
    last = [moved[key] for number in _MOVES if (key := (category, f"{row.reference}/{number}")) in moved]
    return last[-1] if last else first


def _carry_out(actor: Actor, change: AgencyChange, reason: str) -> None:
    row = AgencyRow.objects.select_for_update(no_key=True).get(company_id=actor.company_id, id=change.row_id)
    if row.kind == TRIPS:
        _adjust_trip(actor, change, row)
    elif row.state == AgencyRow.State.DONE and (change.was_charged or change.is_conflict):
        _change_charge(actor, change, row, reason)
    if change.is_conflict:
        _take_word(change, row)
    _decided(actor, change, AgencyChange.Status.DONE, reason)


def _change_charge(actor: Actor, change: AgencyChange, row: AgencyRow, reason: str) -> None:
    charge = open_charge(actor=actor, row=row)
    if charge is None:
        raise Conflict(
            f"Nothing was charged for {row}: enter {change.raised:,.2f} as a charge of its own.",
            code=CHANGE_NOT_TAKEN,
        )
    if change.raised:
        change.obligation = raise_penalty(
            actor=actor,
            obligation_id=charge.id,
            amount=change.raised,
            due_date=max(today(actor.company), row.due_date or today(actor.company)),
            description=f"{row}: {change.message}"[:200],
        )
    if change.lowered:
        issued = issue_credit_memo(
            actor=actor, request=MemoRequest(reason=reason, obligation_id=charge.id, amount=change.lowered)
        )
        change.credit_memo = issued.memo
        change.approval_id = issued.request.id if issued.request else None


def _adjust_trip(actor: Actor, change: AgencyChange, row: AgencyRow) -> None:
    """The difference of a trip that was credited, as an adjustment of its driver's earnings."""
    before = sum_of(getattr(row, name) for name in SURCHARGES)
    if Decimal(change.word[2]) != before:
        raise Conflict(
            f"What is held of {row} for authorities is {Decimal(change.word[2]):,.2f} now, {before:,.2f} before: enter "
            "that difference as a tax or a credit memo, the earnings as an adjustment, and dismiss the change.",
            code=CHANGE_NOT_TAKEN,
        )
    difference = change.raised - change.lowered
    if row.state != AgencyRow.State.DONE or difference == ZERO:
        return
    assert row.driver_id is not None
    assert row.lease_id is not None
    report = import_earnings(
        actor=actor,
        rows=[
            EarningRow(
                row.driver_id,
                row.lease_id,
                week_start(row.day),
                difference,
                LeaseEarning.Kind.ADJUSTMENT.value,
                f"TRIP-CHANGE-{str(change.id)[-12:]}",
            )
        ],
    )
    change.earning = report.created[0]


def _take_word(change: AgencyChange, row: AgencyRow) -> None:
    """The row says from now on what the change says."""
    first, second, third = (Decimal(each) for each in change.word)
    if row.kind == TRIPS:
        row.amount, row.fee = first, second
        row.save(update_fields=["amount", "fee"])
        return
    row.fine, row.penalty, row.reduction, row.amount = first, second, third, change.after
    row.save(update_fields=["fine", "penalty", "reduction", "amount"])


def _decided(actor: Actor, change: AgencyChange, status: str, reason: str) -> None:
    change.status, change.decided_by, change.decided_at = status, actor.name, now()
    change.reason = reason[:500]
    change.save(
        update_fields=[
            *(
                "status",
                "obligation",
                "credit_memo",
                "earning",
                "approval_id",
                "decided_by",
                "decided_at",
                "reason",
            ),
        ]
    )


@reads
def changes_of(*, actor: Actor, rows: Sequence[UUID]) -> dict[UUID, list[AgencyChange]]:
    """The changes of the rows, oldest first."""
    found: dict[UUID, list[AgencyChange]] = {}
    for change in AgencyChange.objects.filter(company_id=actor.company_id, row__in=rows).order_by("id"):
        found.setdefault(change.row_id, []).append(change)
    return found
