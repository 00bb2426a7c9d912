"""A person decides on lines that are held: known, or booked (docs/domain.md#identity-of-a-line)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db.models import F

from bank.errors import SAME_LINE, LineNotFound, LineNotHeld
from bank.models import Statement, StatementLine
from bank.services.batch_outcomes import report_outcomes
from bank.services.chain import lock_account, prove
from bank.services.feeds import find_account
from bank.services.pages import batches_of
from bank.services.processing import book_now, decide
from bank.subjects import STATEMENT_LINE
from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput

RIGHT: Final = "bank.explain"
_BOOKED: Final = (Statement.Status.BOOKING, Statement.Status.BOOKED)
State = StatementLine.State


@reads
def find_line(*, actor: Actor, line_id: UUID) -> StatementLine:
    """The line with its statement and account. Raises LineNotFound (404)."""
    rows = StatementLine.objects.select_related("statement", "bank_account")
    line = rows.filter(company_id=actor.company_id, id=line_id).first()
    if line is None:
        raise LineNotFound(f"There is no line of a statement {line_id}.")
    return line


@joins_transaction
def decide_line(*, actor: Actor, line_id: UUID, is_known: bool, same_as: UUID | None = None) -> StatementLine:
    """Say of a held line that it is known, as `same_as` or what it was held for, or that it is another and is booked.

    One dated after the company's today waits for its day. What the statement proves is looked at again; the caller
    wakes the account's worker, for statements that waited may join on now. Needs `bank.explain`. Raises LineNotFound
    (404), LineNotHeld (409) where nobody has to decide or the line is there already, InvalidInput `not_the_same_line`
    where the two cannot be the same line.
    """
    actor.require(RIGHT)
    line = find_line(actor=actor, line_id=line_id)
    lock_account(actor=actor, bank_account_id=line.bank_account_id)
    statement = Statement.objects.select_for_update(no_key=True).get(
        company_id=actor.company_id, id=line.statement_id
    )
    line = StatementLine.objects.select_for_update(no_key=True).get(company_id=actor.company_id, id=line.id)
    if line.state != State.HELD or statement.status not in _BOOKED:
        raise LineNotHeld(f"The line is {line.get_state_display().lower()}; nobody has to decide on it.")
    line.decided_by, line.decided_at = actor.name, clock.now()
    if is_known:
        line.same_as_id = _root(actor, line, same_as or line.same_as_id)
        _store(line, State.KNOWN)
        StatementLine.objects.filter(company_id=actor.company_id, same_as=line.id, state=State.KNOWN).update(
            same_as=line.same_as_id
        )
        _count(statement, known_lines=1)
    else:
        _require_unknown(actor, line)
        _store(line, State.WAITING if line.booked_on > today(actor.company) else State.NEW)
        _count(statement, new_lines=1)
        if line.state == State.NEW:
            account = find_account(actor=actor, bank_account_id=line.bank_account_id)
            parts = book_now(actor=actor, account=account, statement=statement, lines=[line])
            decide(actor=actor, statement=statement, part_ids=[each.id for each in parts])
    prove(actor=actor, account=find_account(actor=actor, bank_account_id=line.bank_account_id))
    record_event(
        actor=actor,
        action="bank.line_decided",
        subject_type=STATEMENT_LINE,
        subject_id=line.id,
        details={"known": is_known, "same_as": str(line.same_as_id or "")},
    )
    for batch_id in sorted(batches_of(actor=actor, statement=statement)):
        report_outcomes(actor=actor, batch_id=batch_id)
    line.refresh_from_db()
    return line


def _store(line: StatementLine, state: State) -> None:
    line.state = state
    line.save(update_fields=["state", "same_as", "decided_by", "decided_at"])


def _count(statement: Statement, **more: int) -> None:
    changed = {name: F(name) + number for name, number in more.items()}
    Statement.objects.filter(company_id=statement.company_id, id=statement.id).update(
        held_lines=F("held_lines") - 1, **changed
    )


def _root(actor: Actor, line: StatementLine, same_as: UUID | None) -> UUID:
    """The line that this one repeats: of the account, the same direction and amount."""
    rows = StatementLine.objects.filter(company_id=actor.company_id, bank_account=line.bank_account_id)
    other = rows.filter(id=same_as).exclude(id=line.id).first() if same_as else None
    if other is not None and other.state == State.KNOWN:
        other = rows.filter(id=other.same_as_id or other.id).exclude(id=line.id).first()
    if other is None or other.state not in (State.BOOKED, State.WAITING, State.NEW, State.WITHDRAWN):
        raise InvalidInput("Name the booked line that this one repeats.", code=SAME_LINE, field="same_as")
    if (other.amount, other.direction) != (line.amount, line.direction):
        raise InvalidInput(
            f"It is {line.amount:,.2f} {line.direction}, the other is {other.amount:,.2f} {other.direction}: they "
            "are not the same.",
            code=SAME_LINE,
            field="same_as",
        )
    return other.id


def _require_unknown(actor: Actor, line: StatementLine) -> None:
    there = StatementLine.objects.filter(
        company_id=actor.company_id,
        bank_account=line.bank_account_id,
        identity=line.identity,
        state__in=[State.NEW, State.BOOKED, State.WAITING],
    )
    if there.exists():
        raise LineNotHeld("This very line is booked already: it can only be known.")
