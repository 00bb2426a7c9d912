"""What a bank feed would become, row by row; nothing of it is kept (docs/domain.md#batches)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from bank.models import LinePart, Statement, StatementLine
from bank.models.lines import Direction
from bank.services.batch_outcomes import not_booked
from bank.services.beginning import begin_next
from bank.services.intake import Received, receive_statements
from bank.services.pages import places_of_pages
from bank.services.storing import parts_of
from bank.services.suggesting import Suggestion, suggest
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from payments.batches.feeds import FeedCheck, FeedFault, FeedRow

_AT_ONCE: Final = 500
_MAX_NAMED: Final = 20
_BEGUN: Final = (Statement.Status.BOOKING, Statement.Status.BOOKED)


class _TakenBack(Exception):
    """Ends the savepoint: what was tried is not kept."""


@transaction.atomic
def try_feed(
    *,
    actor: Actor,
    rows: Sequence[FeedRow],
    content: bytes,
    file_name: str,
    mapping_id: UUID | None,
    bank_account_id: UUID | None,
) -> FeedCheck:
    """Receive the file in a savepoint that is taken back, and count what its rows would become.

    Raises what `receive_statements` raises, but for a file that is there already.
    """
    check = FeedCheck()
    try:
        with transaction.atomic():
            received = receive_statements(
                actor=actor,
                content=content,
                file_name=file_name,
                bank_account_id=bank_account_id,
                mapping_id=mapping_id,
                force=True,
            )
            for account_id in sorted(received.accounts):
                _begin_all(actor, received, account_id)
            _count(actor, check, rows, received)
            raise _TakenBack
    except _TakenBack:
        pass
    check.warnings.insert(0, f"{check.new_rows:,} new, {check.known_rows:,} known.")
    return check


def _begin_all(actor: Actor, received: Received, account_id: UUID) -> None:
    account = next(each.bank_account for each in received.statements if each.bank_account_id == account_id)
    while begin_next(actor=actor, account=account) is not None:
        pass


def _count(actor: Actor, check: FeedCheck, rows: Sequence[FeedRow], received: Received) -> None:
    stored = Statement.objects.filter(
        company_id=actor.company_id, id__in=[each.id for each in received.statements]
    )
    statements = {each.place: (each, 0) for each in stored} | places_of_pages(actor=actor, wholes=stored)
    there = StatementLine.objects.filter(company_id=actor.company_id, statement__in=list(stored))
    lines = {(each.statement_id, each.line_no): each for each in there}
    parts: dict[tuple[UUID, int], list[LinePart]] = {}
    waiting: dict[UUID, int] = {}
    for row_no, row in enumerate(rows, start=1):
        cells = json.loads(row.raw)
        if fault := cells.get("fault"):
            code, field, message = json.loads(fault)
            check.faults.append(FeedFault(row_no, field, code, message))
            continue
        found = statements.get(int(cells["statement"]))
        if found is None:
            # It is there already, with the same content.
            check.known_rows += 1
            continue
        statement, before = found
        line = lines[statement.id, before + int(cells["line"])]
        if part := _count_line(check, row_no, statement, line, int(cells["part"]), parts):
            waiting[part.id] = row_no
    new = [each for listed in parts.values() for each in listed if each.id in waiting]
    for start in range(0, len(new), _AT_ONCE):
        chunk = new[start : start + _AT_ONCE]
        _count_new(check, chunk, suggest(actor=actor, parts=chunk), waiting)


def _count_line(
    check: FeedCheck,
    row_no: int,
    statement: Statement,
    line: StatementLine,
    number: int,
    parts: dict[tuple[UUID, int], list[LinePart]],
) -> LinePart | None:
    """Count a row, the part of its line with this number, by what the line is; the part of one with money in that is
    new."""
    if line.kind != StatementLine.Kind.BOOKED:
        why = not_booked(line.kind)
        check.faults.append(FeedFault(row_no, why.field, why.code, why.message))
        return None
    if statement.status not in _BEGUN or line.state in ("held", "waiting"):
        check.held_rows += 1
        note = line.note if statement.status in _BEGUN else statement.hold_message
        if note and note not in check.warnings and len(check.warnings) < _MAX_NAMED:
            check.warnings.append(note)
        return None
    if line.state != StatementLine.State.NEW:
        check.known_rows += 1
        return None
    made = parts.setdefault((statement.id, line.line_no), parts_of(line))
    if not made:
        # An entry of 0.00 is nothing new.
        check.known_rows += 1
        return None
    check.new_rows += 1
    part = made[number - 1]
    if part.direction == Direction.OUT:
        check.money_out_rows += 1
        return None
    return part


def _count_new(
    check: FeedCheck,
    parts: Iterable[LinePart],
    suggested: Mapping[UUID, Sequence[Suggestion]],
    row_by_part: Mapping[UUID, int],
) -> None:
    for part in parts:
        best = next(iter(suggested.get(part.id, ())), None)
        kind = best.pieces[0].kind if best and best.pieces else ""
        if best is not None and kind == "known_payment" and len(check.warnings) < _MAX_NAMED:
            check.warnings.append(f"Row {row_by_part[part.id]} is likely known: {best.title}.")
        if best is not None and best.is_certain and kind == "payment":
            check.identified_rows += 1
            check.identified[part.currency] = check.identified.get(part.currency, ZERO) + part.amount
        elif best is not None and best.is_certain:
            check.known_rows += 1
            check.new_rows -= 1
        else:
            check.unmatched_rows += 1
