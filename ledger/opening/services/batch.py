"""The opening batch: prepared by one person, locked by another (docs/domain.md#opening-batch)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection, transaction

from batconnect.core.approvals.errors import SECOND_PERSON
from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import record_event
from batconnect.core.database.rows import insert_batch
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotAllowed
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import format_count
from batconnect.core.models import Approval
from ledger.errors import OPENING_LOCKED
from ledger.opening.errors import (
    CUT_OVER_MISSING,
    EMPTY_OPENING,
    OPENING_WRONG,
    UNKNOWN_KIND,
    OpeningChanged,
    OpeningNotFound,
    OpeningUnbalanced,
)
from ledger.opening.models import OpeningBatch, OpeningLine
from ledger.opening.postings import OPENING, opening_closed
from ledger.openings import OpeningDay, OpeningItem, WrongLine, opening_kinds
from ledger.rules.amounts import require_in_range
from ledger.services.dates import require_book_date
from ledger.services.journal import post_entries
from ledger.services.opening import keep_opening

OPEN: Final = "ledger.open_books"
APPROVE: Final = "ledger.approve_opening"
TEXTS: Final = (
    "name",
    "account",
    "category",
    "reference",
    "customer",
    "lease",
    "vendor",
    "method",
    "workshop",
)
"""The cells of a line that are kept as they are."""
DAYS: Final = ("due_date", "start_week", "dated")
FIGURES: Final = ("rate", "weekly")
"""With these all that kinds read."""
_SHOWN: Final = 20
_STANDING: Final = """
select a.currency, sum(p.amount), max(e.effective_on)
from ledger_postings p
join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'opening_balances'
join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
where p.company_id = %s::uuid
group by a.currency having sum(p.amount) <> 0 order by a.currency
"""


@dataclass(frozen=True, slots=True)
class LineGiven:
    """A line as given: `amount` is a debit above zero and a credit below it; `values` are its other cells."""

    place: int
    kind: str
    amount: Decimal
    values: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def prepare_opening(
    *, actor: Actor, lines: Sequence[LineGiven], cut_over_on: date | None = None
) -> OpeningBatch:
    """Replace the lines of the company's opening batch, which is made when there is none; nothing is posted.

    The cut-over is the batch's own, else the first day of the first week to be settled, unless given. Amounts are in
    the company's currency. Needs `ledger.open_books`. Raises Conflict 409 `opening_locked`, InvalidInput
    `opening_wrong` naming each line, `cut_over_missing`, or for a day that may not be booked.
    """
    actor.require(OPEN)
    batch = _lock_or_new(actor)
    _require_draft(batch)
    batch.cut_over_on = _cut_over(actor, batch, cut_over_on)
    day = opening_day(batch=batch)
    require_book_date(actor=actor, day=day.on, field="cut_over_on")
    if wrong := check_lines(actor=actor, lines=lines, day=day):
        raise InvalidInput(_message(wrong[0]), code=OPENING_WRONG, errors=_errors(wrong))
    is_new = batch._state.adding
    batch.preparer_id, batch.prepared_by, batch.prepared_at = actor.user_id, actor.name, now()
    if is_new:
        batch.save(force_insert=True)
    else:
        batch.version += 1
        batch.save(update_fields=["cut_over_on", "preparer", "prepared_by", "prepared_at", "version"])
        OpeningLine.objects.filter(company_id=actor.company_id, batch=batch.id).delete()
    insert_batch([_line(actor, batch, line) for line in lines])
    record_event(
        actor=actor,
        action="ledger.prepare_opening",
        subject_type=OPENING,
        subject_id=batch.id,
        details={"lines": len(lines), "cut_over_on": batch.cut_over_on.isoformat(), "version": batch.version},
    )
    return batch


@reads
def check_lines(*, actor: Actor, lines: Sequence[LineGiven], day: OpeningDay) -> list[WrongLine]:
    """Everything that is wrong with the lines, in their order; whether they balance is the lock's to ask."""
    kinds = opening_kinds()
    by_kind: dict[str, list[OpeningItem]] = {}
    wrong: list[WrongLine] = []
    for line in lines:
        kind = kinds.get(line.kind)
        if kind is None:
            message = (
                f"{line.kind[:24] or '(empty)'} cannot be opened by the batch; there are {', '.join(kinds)}."
            )
            wrong.append(WrongLine(line.place, "kind", message, UNKNOWN_KIND))
            continue
        side = "debit" if line.amount > 0 else "credit"
        if kind.side and side != kind.side:
            message = f"Lines of the kind {kind.code} stand on the {kind.side} side."
            wrong.append(WrongLine(line.place, side, message))
            continue
        by_kind.setdefault(line.kind, []).append(_given_item(line))
    for code, items in by_kind.items():
        wrong += kinds[code].check(actor, items, day)
    return sorted(wrong)


@reads
def opening_day(*, batch: OpeningBatch) -> OpeningDay:
    """The day before the cut-over, on which the opening is effective."""
    return OpeningDay(batch.cut_over_on - timedelta(days=1), batch.id)


@reads
def find_opening(*, actor: Actor) -> OpeningBatch:
    """The company's opening batch. Raises OpeningNotFound (404)."""
    batch = OpeningBatch.objects.filter(company_id=actor.company_id).first()
    if batch is None:
        raise OpeningNotFound("No opening batch has been prepared.")
    return batch


@reads
def difference_of(*, actor: Actor, batch: OpeningBatch) -> tuple[Decimal, Decimal]:
    """The debits and the credits of the batch's lines."""
    debit = credit = ZERO
    rows = OpeningLine.objects.filter(company_id=actor.company_id, batch=batch.id)
    for amount in rows.values_list("amount", flat=True):
        debit, credit = (debit + amount, credit) if amount > 0 else (debit, credit - amount)
    return debit, credit


@transaction.atomic
def ask_to_lock(*, actor: Actor, reason: str = "") -> Approval:
    """Ask another person to lock the opening as it is now; nothing is posted before.

    Needs `ledger.open_books`. Raises OpeningNotFound (404), OpeningUnbalanced (409) naming the difference, Conflict 409
    `opening_locked`, `opening_empty`, `approval_pending`, InvalidInput `opening_wrong` where something has changed, and
    for more in all than the largest amount.
    """
    actor.require(OPEN)
    find_opening(actor=actor)
    batch = _lock_or_new(actor)
    _require_lockable(actor, batch)
    debit, _ = difference_of(actor=actor, batch=batch)
    require_in_range(debit, field="lines", what="The debits come to")
    about = About(
        subject_type=OPENING,
        subject_id=str(batch.id),
        title=f"Lock of the opening of {batch.cut_over_on} over {format_amount(debit)}",
        parameters={"batch_id": str(batch.id), "version": batch.version},
        reason=reason,
        amount=debit,
        currency=actor.company.base_currency,
        holds=str(batch.id),
    )
    return request_approval(actor=actor, kind=KIND, about=about)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Post every line and lock the batch, as it was when the lock was asked for."""
    batch = _lock_or_new(actor)
    # Whoever posts to opening balances is waited for, so that it is moved from there too, or finds it locked.
    keep_opening(actor=actor, alone=True)
    _require_lockable(actor, batch)
    if batch.version != approval.parameters["version"] or str(batch.id) != approval.parameters["batch_id"]:
        raise OpeningChanged("The lines of the opening changed after its lock was asked for.")
    if batch.preparer_id is not None and batch.preparer_id == actor.user_id:
        raise NotAllowed("Another person than who prepared the lines must lock them.", code=SECOND_PERSON)
    posted = _post(actor, batch)
    batch.status, batch.locked_by, batch.locked_at = OpeningBatch.Status.LOCKED, actor.name, now()
    batch.save(update_fields=["status", "locked_by", "locked_at"])
    return Carried(f"The books are opened with {format_count(posted, 'line')}.", {"lines": posted}, batch)


KIND: Final = ApprovalKind(
    code="opening",
    label="Opening of the books",
    permission=APPROVE,
    view_permission="ledger.view",
    trail="ledger.opening",
    carry_out=_carry_out,
)


def _post(actor: Actor, batch: OpeningBatch) -> int:
    """Open every line by its kind, then move what stands on opening balances; how many lines."""
    day = opening_day(batch=batch)
    items = _items(actor, batch)
    for code, kind in opening_kinds().items():
        if mine := [item for item in items if item.kind == code]:
            kind.open(actor, mine, day)
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [actor.company_id])
        standing = cursor.fetchall()
    drafts = [
        opening_closed(batch_id=batch.id, amount=amount, currency=currency, on=max(last, day.on))
        for currency, amount, last in standing
    ]
    if drafts:
        post_entries(actor=actor, drafts=drafts)
    return len(items)


def _require_lockable(actor: Actor, batch: OpeningBatch) -> None:
    _require_draft(batch)
    items = _items(actor, batch)
    if not items:
        raise Conflict("The opening has no lines.", code=EMPTY_OPENING)
    debit, credit = difference_of(actor=actor, batch=batch)
    if debit != credit:
        raise OpeningUnbalanced(
            f"Debits of {format_amount(debit)} and credits of {format_amount(credit)} differ by "
            f"{format_amount(abs(debit - credit))}."
        )
    day = opening_day(batch=batch)
    require_book_date(actor=actor, day=day.on, field="cut_over_on")
    given = [LineGiven(item.place, item.kind, item.amount, item.values) for item in items]
    if wrong := check_lines(actor=actor, lines=given, day=day):
        raise InvalidInput(_message(wrong[0]), code=OPENING_WRONG, errors=_errors(wrong))


def _require_draft(batch: OpeningBatch) -> None:
    if batch.status == OpeningBatch.Status.LOCKED:
        raise Conflict(
            f"The opening was locked by {batch.locked_by}: its lines do not change.", code=OPENING_LOCKED
        )


def _lock_or_new(actor: Actor) -> OpeningBatch:
    """The company's batch, locked until the transaction ends; a new one, unsaved, where there is none."""
    rows = OpeningBatch.objects.select_for_update(no_key=True).filter(company_id=actor.company_id)
    return rows.first() or OpeningBatch(id=uuid7(), company_id=actor.company_id)


def _cut_over(actor: Actor, batch: OpeningBatch, given: date | None) -> date:
    day = given or batch.cut_over_on or actor.company.settles_from
    if day is None:
        raise InvalidInput("Name the day of the cut-over.", code=CUT_OVER_MISSING, field="cut_over_on")
    return day


def _items(actor: Actor, batch: OpeningBatch) -> list[OpeningItem]:
    rows = OpeningLine.objects.filter(company_id=actor.company_id, batch=batch.id).order_by("place")
    return [OpeningItem(row.id, row.place, row.kind, row.amount, row.values) for row in rows]


def _given_item(line: LineGiven) -> OpeningItem:
    return OpeningItem(uuid7(), line.place, line.kind, line.amount, line.values)


def _line(actor: Actor, batch: OpeningBatch, line: LineGiven) -> OpeningLine:
    kind = opening_kinds()[line.kind]
    return OpeningLine(
        id=uuid7(),
        company_id=actor.company_id,
        batch_id=batch.id,
        place=line.place,
        kind=line.kind,
        account=kind.account_of(_given_item(line)),
        amount=line.amount,
        name=line.values.get("name", ""),
        values={name: value for name, value in line.values.items() if value},
    )


def _errors(wrong: Sequence[WrongLine]) -> list[FieldError]:
    return [
        FieldError(f"lines.{each.place}.{each.column}", each.message, each.code) for each in wrong[:_SHOWN]
    ]


def _message(wrong: WrongLine) -> str:
    return f"Line {wrong.place}: {wrong.message}"
