"""The next statement of an account that can be booked: its lines are judged, and it joins on to the chain.

Rule: docs/domain.md#statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from bank.models import Statement
from bank.rules.balances import DIFFERS, Fault, Figures, Place
from bank.rules.knowing import Verdict
from bank.services.chain import Joint, find_joint, take_place
from bank.services.intake import held
from bank.services.judging import first_day, judge_lines, last_day, lines_of, mark_lines, repeated
from bank.subjects import STATEMENT
from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.notices import notify_of_failure
from ledger.treasury.models import BankAccount

_CHANGED: Final = (
    *("status", "hold_code", "hold_message", "opening", "opening_source", "chain_no", "has_gap", "warnings"),
    *("new_lines", "known_lines", "held_lines", "shown_lines"),
)


@joins_transaction
def begin_next(*, actor: Actor, account: BankAccount) -> Statement | None:
    """Begin to book the next statement that can be: it is `booking`, its lines are new, known, held or waiting. None
    when none can.

    Those that cannot wait, or are held. The caller is alone with the account (`lock_account`).
    """
    rows = Statement.objects.select_for_update(no_key=True).filter(
        company_id=actor.company_id,
        bank_account=account,
        status__in=[Statement.Status.RECEIVED, Statement.Status.WAITING],
    )
    for statement in sorted(rows, key=_order):
        if _begin(actor, account, statement):
            return statement
    return None


def _order(statement: Statement) -> tuple[Any, ...]:
    number = int(statement.sequence_no) if statement.sequence_no.isdecimal() else 0
    return (statement.period_from or date.min, number, statement.created_at, statement.place, statement.id)


def _begin(actor: Actor, account: BankAccount, statement: Statement) -> bool:
    figures = Figures(statement.opening, statement.closing, statement.money_in, statement.money_out)
    lines = lines_of(actor=actor, statement=statement)
    verdicts = judge_lines(
        actor=actor,
        bank_account_id=account.id,
        format=statement.format,
        lines=lines,
        statement_id=statement.id,
        both_counted=figures.opening is not None and figures.closing is not None,
    )
    place = Place(
        statement.sequence_no,
        first_day(lines, statement.period_from),
        last_day(lines, statement.period_to),
    )
    joint = find_joint(
        actor=actor,
        account=account,
        statement=statement,
        figures=figures,
        own=place,
        repeated=repeated(verdicts),
    )
    adds_nothing = _adds_nothing(verdicts)
    is_taken = statement.accepted_at is not None
    if joint.fault is not None and not adds_nothing and not is_taken:
        _put_off(actor, statement, joint.fault)
        return False
    mark_lines(actor=actor, statement=statement, verdicts=verdicts)
    if joint.fault is None or not adds_nothing:
        _join(actor, statement, figures, joint)
    statement.status = Statement.Status.BOOKING
    statement.hold_code = statement.hold_message = ""
    statement.save(update_fields=_CHANGED)
    return True


def _put_off(actor: Actor, statement: Statement, fault: Fault) -> None:
    before = (statement.status, statement.hold_code, statement.hold_message)
    values = held(fault)
    if fault.code != DIFFERS:
        values["status"] = Statement.Status.WAITING
    if before == (values["status"], values["hold_code"], values["hold_message"]):
        return
    for name, value in values.items():
        setattr(statement, name, value)
    statement.save(update_fields=list(values))
    record_event(
        actor=actor,
        action="bank.statement_held",
        subject_type=STATEMENT,
        subject_id=statement.id,
        details={"code": fault.code, "message": fault.message},
    )
    notify_of_failure(
        company_id=actor.company_id,
        text=f"The statement {statement} is not booked: {fault.message}",
        subject_model=Statement._meta.label,
        subject_key=statement.id,
    )


def _join(actor: Actor, statement: Statement, figures: Figures, joint: Joint) -> None:
    """Give the statement its place in the chain, and what it opens with."""
    statement.chain_no = take_place(
        actor=actor, bank_account_id=statement.bank_account_id, before=joint.before
    )
    statement.has_gap = joint.fault is not None and joint.opens_gap_of is None
    if statement.opening is None and (implied := figures.implied_opening) is not None:
        statement.opening, statement.opening_source = implied, Statement.OpeningSource.CHAIN
    elif statement.opening is None and joint.opening is not None:
        statement.opening, statement.opening_source = joint.opening, Statement.OpeningSource.CHAIN
    for other, has_gap in ((joint.closes_gap_of, False), (joint.opens_gap_of, joint.fault is not None)):
        if other is not None:
            Statement.objects.filter(company_id=actor.company_id, id=other).update(has_gap=has_gap)
    head = joint.head
    if (
        head is not None
        and head.closing is None
        and head.balance is not None
        and head.balance == figures.opening
    ):
        # What it opens with is the balance that the one before it did not say.
        _close(actor, head.id, head.balance)


def _close(actor: Actor, statement_id: UUID, closing: Decimal) -> None:
    before = Statement.objects.get(company_id=actor.company_id, id=statement_id)
    before.closing = closing
    if before.opening_source == Statement.OpeningSource.CHAIN:
        # Others may have come between it and the one that it was opened by.
        before.opening = closing - (before.money_in - before.money_out)
    before.save(update_fields=["closing", "opening"])


def _adds_nothing(verdicts: Sequence[Verdict]) -> bool:
    booked = [each for each in verdicts if each.line.kind == "booked"]
    return bool(booked) and all(each.state == "known" for each in booked)
