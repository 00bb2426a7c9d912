"""A finance manager decides on statements that are held or wait, and types balances that the bank did not give.

Rule: docs/domain.md#statements.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from bank.errors import BALANCE_DIFFERS, BalanceKnown, StatementNotFound, StatementNotHeld
from bank.models import Statement, StatementLine
from bank.rules.balances import sums
from bank.services.batch_outcomes import report_outcomes
from bank.services.chain import balance_at, lock_account, prove
from bank.services.corrections import take_correction
from bank.services.feeds import RIGHT, find_account
from bank.services.intake import CORRECTION
from bank.services.pages import PAGES, batches_of
from bank.subjects import STATEMENT
from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from ledger.rules.reasons import checked_reason

ACCEPT: Final = "bank.accept"
_UNDECIDED: Final = (Statement.Status.HELD, Statement.Status.WAITING)


@reads
def find_statement(*, actor: Actor, statement_id: UUID) -> Statement:
    """The statement with its account. Raises StatementNotFound (404)."""
    rows = Statement.objects.select_related("bank_account", "replaces")
    statement = rows.filter(company_id=actor.company_id, id=statement_id).first()
    if statement is None:
        raise StatementNotFound(f"There is no bank statement {statement_id}.")
    return statement


@joins_transaction
def accept_statement(*, actor: Actor, statement_id: UUID, reason: str) -> Statement:
    """Take a statement that is held, or waits for the one before it; the caller wakes the account's worker afterwards.

    With a gap, or with figures that disagree, its lines are booked, no balancing entry is made, and the account is
    unproven from there on. A bank's correction takes the place of the statement that it corrects
    (`corrections.take_correction`). Needs `bank.accept` and a reason of 10 to 500 characters. Raises StatementNotFound
    (404), StatementNotHeld (409), and what undoing explanations refuses.
    """
    actor.require(ACCEPT)
    reason = checked_reason(reason)
    statement = _lock(actor, statement_id)
    accepted: dict[str, Any] = {
        "accepted_by": actor.name,
        "accepted_at": clock.now(),
        "accept_reason": reason,
    }
    if statement.hold_code == CORRECTION:
        take_correction(actor=actor, statement=statement, reason=reason)
    elif statement.hold_code == PAGES and _has_another(actor, statement):
        raise StatementNotHeld(
            f"Other pages of statement {statement.sequence_no} are booked already: send all of its pages in one file."
        )
    else:
        statement.status = Statement.Status.RECEIVED
    for name, value in accepted.items():
        setattr(statement, name, value)
    statement.save(update_fields=["status", *accepted])
    _trail(actor, statement, "bank.statement_accepted", reason, code=statement.hold_code)
    return statement


@joins_transaction
def refuse_statement(*, actor: Actor, statement_id: UUID, reason: str) -> Statement:
    """Leave a statement that is held or waits out for good: its lines are shown alone, and make nothing known.

    Needs `bank.accept` and a reason of 10 to 500 characters. Raises StatementNotFound (404), StatementNotHeld (409).
    """
    actor.require(ACCEPT)
    reason = checked_reason(reason)
    statement = _lock(actor, statement_id)
    statement.status = Statement.Status.REFUSED
    statement.finished_at = clock.now()
    statement.save(update_fields=["status", "finished_at"])
    _trail(actor, statement, "bank.statement_refused", reason, code=statement.hold_code)
    for batch_id in sorted(batches_of(actor=actor, statement=statement)):
        report_outcomes(actor=actor, batch_id=batch_id)
    return statement


@joins_transaction
def type_balance(*, actor: Actor, statement_id: UUID, closing: Decimal) -> Statement:
    """Type the closing balance of a booked statement that came without one; it is proven if the books agree.

    Needs `bank.import_statements`. Raises StatementNotFound (404), BalanceKnown (409), InvalidInput
    `balance_differs` naming what its opening balance and lines come to.
    """
    actor.require(RIGHT)
    statement = find_statement(actor=actor, statement_id=statement_id)
    lock_account(actor=actor, bank_account_id=statement.bank_account_id)
    statement = Statement.objects.select_for_update(no_key=True).get(
        company_id=actor.company_id, id=statement.id
    )
    if statement.status != Statement.Status.BOOKED or statement.closing is not None:
        raise BalanceKnown("A balance is typed for a booked statement that came without one.")
    lines = StatementLine.objects.filter(
        company_id=actor.company_id, statement=statement, kind=StatementLine.Kind.BOOKED
    ).exclude(state=StatementLine.State.WITHDRAWN)
    money_in, money_out = sums(
        amount if direction == "in" else -amount
        for amount, direction in lines.values_list("amount", "direction")
    )
    net = money_in - money_out
    account = find_account(actor=actor, bank_account_id=statement.bank_account_id)
    if statement.opening_source == Statement.OpeningSource.CHAIN and statement.chain_no is not None:
        # Others may have come between it and the one that it was opened by.
        stands = balance_at(actor=actor, account=account, chain_no=statement.chain_no)
        statement.opening = stands - net if stands is not None else statement.opening
    if statement.opening is None:
        statement.opening, statement.opening_source = closing - net, Statement.OpeningSource.TYPED
    elif statement.opening + net != closing:
        raise InvalidInput(
            f"Opening {statement.opening:,.2f} + money in {money_in:,.2f} − money out {money_out:,.2f} is "
            f"{statement.opening + net:,.2f}, not {closing:,.2f}.",
            code=BALANCE_DIFFERS,
            field="closing",
        )
    statement.closing = closing
    statement.save(update_fields=["opening", "opening_source", "closing"])
    prove(actor=actor, account=account)
    _trail(actor, statement, "bank.balance_typed", "", closing=str(closing))
    statement.refresh_from_db()
    return statement


def _lock(actor: Actor, statement_id: UUID) -> Statement:
    """The undecided statement, alone with its account."""
    statement = find_statement(actor=actor, statement_id=statement_id)
    lock_account(actor=actor, bank_account_id=statement.bank_account_id)
    statement = Statement.objects.select_for_update(no_key=True).get(
        company_id=actor.company_id, id=statement.id
    )
    if statement.status not in _UNDECIDED:
        raise StatementNotHeld(f"The statement is {statement.get_status_display().lower()}.")
    return statement


def _has_another(actor: Actor, statement: Statement) -> bool:
    """Whether a statement of its account, number and period is booked, or is to be."""
    rows = Statement.objects.filter(
        company_id=actor.company_id,
        bank_account=statement.bank_account_id,
        sequence_no=statement.sequence_no,
        period_from=statement.period_from,
        period_to=statement.period_to,
    )
    unbooked = (Statement.Status.HELD, Statement.Status.REFUSED, Statement.Status.REPLACED)
    return bool(statement.sequence_no) and rows.exclude(status__in=unbooked).exists()


def _trail(actor: Actor, statement: Statement, action: str, reason: str, **details: Any) -> None:
    record_event(
        actor=actor,
        action=action,
        subject_type=STATEMENT,
        subject_id=statement.id,
        reason=reason,
        details=details,
    )
