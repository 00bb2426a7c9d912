"""Notifications are joined to the lines that they are of, which consist of them from then on.

Rule: docs/domain.md#notifications, docs/adr/0073-notifications-detail-lines.md.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Max

from bank.models import BankNotification, LinePart, StatementLine
from bank.services.storing import parts_of
from bank.subjects import STATEMENT_LINE
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change, execute_batch
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import AuditEvent

NEAR_DAYS: Final = 3
SEVERAL: Final = "several_lines"
OTHER_VALUES: Final = "other_values"
HAS_PARTS: Final = "line_has_parts"
DECIDED: Final = "line_decided"
BOTH_WAYS: Final = "both_ways"
OF_A_BATCH: Final = "line_of_a_batch"
Status = BankNotification.Status
State = StatementLine.State
_AT_ONCE: Final = 500
_THERE: Final = (State.NEW, State.WAITING, State.BOOKED)
_OPEN: Final = (Status.RECEIVED, Status.WAITING)
# Lines that a notification may be of: by its values, or by its reference.
_CANDIDATES: Final = """
select n.id, l.id, l.booked_on, l.bank_reference, l.direction, l.amount, exists (
  select from bank_notifications o where o.company_id = l.company_id and o.line_id = l.id)
from unnest(%(ids)s::uuid[]) w(id)
join bank_notifications n on n.company_id = %(company)s::uuid and n.id = w.id
join bank_statement_lines l on l.company_id = n.company_id and l.bank_account_id = n.bank_account_id
  and l.booked_on between n.booked_on - %(near)s::int and n.booked_on + %(near)s::int
  and l.state in ('new', 'waiting', 'booked') and l.amount > 0
  and (l.amount = n.amount and l.direction = n.direction
    or n.bank_reference <> '' and l.bank_reference = n.bank_reference)
order by n.id, l.booked_on, l.id
"""
_TELL: Final = """
update bank_notifications n set status = d.status, code = d.code, message = d.message
from unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) as d(id, status, code, message)
where n.company_id = %s::uuid and n.id = d.id
"""
_JOIN: Final = """
update bank_notifications n set status = 'joined', line_id = d.line, is_decided = d.decided
from unnest(%s::uuid[], %s::uuid[], %s::bool[]) as d(id, line, decided)
where n.company_id = %s::uuid and n.id = d.id
"""
_DETAIL: Final = """
update bank_statement_lines l set details = d.details::jsonb
from unnest(%s::uuid[], %s::text[]) as d(id, details) where l.company_id = %s::uuid and l.id = d.id
"""
_REPLACE: Final = """
update bank_line_parts set status = 'voided', version = version + 1
where company_id = %s::uuid and id = any(%s::uuid[]) and status = 'open' and explained = 0
"""


@joins_transaction
def join_notifications(*, actor: Actor, bank_account_id: UUID) -> None:
    """Join what the account's notifications say to the lines that they are of, each where there is one line and one
    notification for it. A line that is not booked yet is booked with these parts; one that is booked and open gets them
    in the place of its own part, for the system to decide on. What does not fit is told, or waits for its line.

    The caller is alone with the account (`lock_account`). Locks parts by id, and nothing after them.
    """
    rows = list(
        BankNotification.objects.filter(
            company_id=actor.company_id, bank_account=bank_account_id, status__in=_OPEN
        ).order_by("id")
    )
    if not rows:
        return
    candidates = _candidates(actor, rows)
    there = StatementLine.objects.filter(
        company_id=actor.company_id, bank_account=bank_account_id, state__in=_THERE
    )
    until = there.aggregate(last=Max("booked_on"))["last"]
    pools = {each.id: _pool(each, candidates[each.id], until) for each in rows}
    wanted = Counter(pool[0].id for pool in pools.values() if len(pool) == 1)
    joined, told = _Joined(), _Unjoined()
    for each in rows:
        pool = pools[each.id]
        if len(pool) == 1 and wanted[pool[0].id] == 1 and not pool[0].is_taken:
            joined.found[each.id] = pool[0].id
        else:
            told.add(each, *_why(each, pool, candidates[each.id]))
    _apply(actor, {each.id: each for each in rows}, joined, told)
    execute_batch(joined.events, joined.parts, changes=[*told.changes(actor), *joined.changes(actor)])


@reads
def undecided(*, actor: Actor, bank_account_id: UUID) -> dict[UUID, list[UUID]]:
    """The parts that notifications gave to booked lines and that the system has not looked at, by statement."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    parts = LinePart.objects.filter(
        company_id=actor.company_id,
        status=LinePart.Status.OPEN,
        line__notifications__bank_account=bank_account_id,
        line__notifications__is_decided=False,
    )
    for statement, part in parts.order_by("id").values_list("line__statement_id", "id"):
        found[statement].append(part)
    return found


@joins_transaction
def mark_decided(*, actor: Actor, statement_id: UUID) -> None:
    """The system has looked at the parts that notifications gave to lines of the statement."""
    lines = StatementLine.objects.filter(company_id=actor.company_id, statement=statement_id)
    BankNotification.objects.filter(
        company_id=actor.company_id, line__in=lines.values("id"), is_decided=False
    ).update(is_decided=True)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A line that a notification may be of."""

    id: UUID
    booked_on: date
    reference: str
    direction: str
    amount: Any
    is_taken: bool


@dataclass(slots=True)
class _Unjoined:
    """What is said of notifications that are not joined, or not yet."""

    rows: list[tuple[UUID, str, str, str]] = field(default_factory=list)

    def add(self, row: BankNotification, code: str, message: str) -> None:
        """One that waits where there is no code."""
        status = Status.TOLD if code else Status.WAITING
        if (row.status, row.code) != (status, code):
            self.rows.append((row.id, status.value, code, message[:500]))

    def changes(self, actor: Actor) -> Iterator[Change]:
        """The update, where there is one."""
        if self.rows:
            yield Change(_TELL, [*map(list, zip(*self.rows, strict=True)), actor.company_id])


@dataclass(slots=True)
class _Joined:
    """What is joined, and what that changes of lines and parts."""

    found: dict[UUID, UUID] = field(default_factory=dict)
    undecided: set[UUID] = field(default_factory=set)
    details: dict[UUID, str] = field(default_factory=dict)
    replaced: list[UUID] = field(default_factory=list)
    parts: list[LinePart] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)

    def changes(self, actor: Actor) -> Iterator[Change]:
        """The updates, where there are any."""
        if self.found:
            ids = sorted(self.found)
            decided = [key not in self.undecided for key in ids]
            yield Change(_JOIN, [ids, [self.found[key] for key in ids], decided, actor.company_id])
        if self.details:
            lines = sorted(self.details)
            yield Change(_DETAIL, [lines, [self.details[key] for key in lines], actor.company_id])
        if self.replaced:
            yield Change(_REPLACE, [actor.company_id, sorted(self.replaced)])


def _candidates(actor: Actor, rows: Sequence[BankNotification]) -> Mapping[UUID, list[_Candidate]]:
    found: dict[UUID, list[_Candidate]] = defaultdict(list)
    for start in range(0, len(rows), _AT_ONCE):
        with connection.cursor() as cursor:
            ids = [each.id for each in rows[start : start + _AT_ONCE]]
            cursor.execute(_CANDIDATES, {"ids": ids, "company": actor.company_id, "near": NEAR_DAYS})
            for key, *line in cursor.fetchall():
                found[key].append(_Candidate(*line))
    return found


def _pool(row: BankNotification, candidates: Sequence[_Candidate], until: date | None) -> list[_Candidate]:
    """The lines that it may be of: those with its reference; else, where one of the two has none, those of its day that
    nothing was joined to; else of a near day, once the lines of its own day are there (`until`)."""
    same = [each for each in candidates if (each.amount, each.direction) == (row.amount, row.direction)]
    if row.bank_reference and (named := [each for each in same if each.reference == row.bank_reference]):
        return named
    free = [each for each in same if not (row.bank_reference and each.reference) and not each.is_taken]
    on_its_day = [each for each in free if each.booked_on == row.booked_on]
    return on_its_day or (free if until is not None and row.booked_on <= until else [])


def _why(
    row: BankNotification, pool: Sequence[_Candidate], candidates: Sequence[_Candidate]
) -> tuple[str, str]:
    """Why it is not joined; "" for one that waits for its line."""
    if len(pool) > 1:
        return SEVERAL, f"{len(pool)} lines have its amount, and nothing tells which of them it is of."
    if pool and pool[0].is_taken:
        return HAS_PARTS, "The line with its reference has the details of another notification."
    if pool:
        return SEVERAL, "Another notification has this amount too, and there is one line."
    for each in candidates:
        if row.bank_reference and each.reference == row.bank_reference:
            says = f"{format_amount(each.amount)} {each.direction}"
            own = f"{format_amount(row.amount)} {row.direction}"
            return OTHER_VALUES, f"The line with its reference says {says}, the notification {own}."
    return "", ""


def _apply(actor: Actor, rows: Mapping[UUID, BankNotification], joined: _Joined, told: _Unjoined) -> None:
    """Work out what each line that was found consists of now; tell what cannot be."""
    here = StatementLine.objects.filter(company_id=actor.company_id, id__in=set(joined.found.values()))
    lines = {each.id: each for each in here}
    booked = [each.id for each in lines.values() if each.state == State.BOOKED]
    parts: dict[UUID | None, list[LinePart]] = defaultdict(list)
    locked = LinePart.objects.select_for_update(no_key=True).filter(
        company_id=actor.company_id, line__in=booked
    )
    for part in locked.order_by("id"):
        parts[part.line_id].append(part)
    for key, line_id in list(joined.found.items()):
        row, line = rows[key], lines[line_id]
        own = [each for each in parts[line.id] if each.status != LinePart.Status.VOIDED]
        details = merged(row.details, line)
        if why := _refusal(line, own, details):
            del joined.found[key]
            told.add(row, *why)
        elif details != line.details:
            line.details = details
            joined.details[line.id] = json.dumps(details)
            if line.state == State.BOOKED:
                joined.undecided.add(key)
                joined.replaced.append(own[0].id)
                joined.parts += parts_of(line, first=1 + max(each.part_no for each in parts[line.id]))
            joined.events.append(_event(actor, row, line))


def merged(details: Sequence[Mapping[str, Any]], line: StatementLine) -> list[dict[str, Any]]:
    """What the line consists of by these details: what takes something back goes on doing so, and what a single detail
    does not say the line does."""
    made = []
    for each in details:
        detail = dict(each)
        if len(details) == 1 and line.details:
            detail = {**line.details[0], **{name: value for name, value in each.items() if value}}
        detail["mark"] = detail.get("mark") or line.mark
        detail["return_code"] = detail.get("return_code") or line.return_code
        made.append(detail)
    return made


def _refusal(
    line: StatementLine, parts: Sequence[LinePart], details: Sequence[Mapping[str, Any]]
) -> tuple[str, str] | None:
    """Why the line does not take these details, if it does not."""
    if len(line.details) > 1:
        return HAS_PARTS, "The line came with its own details."
    if any("batch_id" in each for each in line.details):
        return OF_A_BATCH, "The line is a row of a payment batch, which stays one row."
    if line.state != State.BOOKED:
        return None
    if len(parts) != 1 or parts[0].status != LinePart.Status.OPEN or parts[0].explained:
        return DECIDED, "The line was explained before: take that back to explain it by its details."
    if any(each["direction"] != line.direction for each in details):
        return BOTH_WAYS, "Its details go both ways, and the line is booked already, one way."
    return None


def _event(actor: Actor, row: BankNotification, line: StatementLine) -> AuditEvent:
    return audit_event(
        actor=actor,
        action="bank.line_detailed",
        subject_type=STATEMENT_LINE,
        subject_id=line.id,
        details={"notification": str(row.id), "parts": len(line.details), "file": row.file_name},
    )
