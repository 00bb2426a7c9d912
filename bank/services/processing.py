"""Statements are booked by a worker: one account at a time, statement after statement, in chunks.

Each chunk is a transaction: a killed worker leaves whole chunks behind, and the next one goes on where it ended.
Rule: docs/domain.md#statement-lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q

from bank.models import BankNotification, Explanation, LinePart, Statement, StatementLine
from bank.services.batch_outcomes import report_outcomes
from bank.services.beginning import begin_next
from bank.services.booking import LineToBook, book_lines
from bank.services.chain import lock_account, prove
from bank.services.deciding import decide_parts
from bank.services.feeds import find_account
from bank.services.joining import join_notifications, mark_decided, undecided
from bank.services.pages import batches_of
from bank.services.storing import parts_of
from bank.subjects import STATEMENT
from batconnect.core.audit import record_event
from batconnect.core.database.tenancy import actor_transaction
from batconnect.core.database.transactions import commits_by_chunks, joins_transaction, reads
from batconnect.core.jobs.holds import hold
from batconnect.core.jobs.running import wake
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Refusal
from ledger.treasury.models import BankAccount

PROCESS: Final = "bank.book_statements"
HELD_AS: Final = "bank.account"
CHUNK_LINES: Final = 500
_log = structlog.stdlib.get_logger("bank.statements")
Progress = Callable[[int], Any]


@joins_transaction
def wake_after_commit(company_id: UUID, accounts: Iterable[UUID]) -> None:
    """Wake the worker of each account once its statements are there for it to see."""
    for account_id in sorted(accounts):
        wake(PROCESS, company_id, account_id)


@commits_by_chunks
def process_account(
    *,
    actor: Actor,
    bank_account_id: UUID,
    lines: int = CHUNK_LINES,
    progress: Progress = lambda done: None,
) -> None:
    """Book what waits of an account: each statement that joins on to those before it, in order, then lines whose day
    has come.

    May be called at any time and again after a crash: each line is booked once. Raises WorkHeld while another works on
    the account. `progress` hears how many lines each chunk booked.
    """
    with hold(company_id=actor.company_id, kind=HELD_AS, subject=str(bank_account_id), by=PROCESS):
        _join(actor, bank_account_id)
        while (statement := _next(actor, bank_account_id)) is not None:
            owner = _owner(actor, statement)
            while (booked := _book_chunk(owner, statement, lines)) is not None:
                progress(booked)
            _decide(owner, statement, lines)
            _finish(owner, statement)
            for batch_id in sorted(_batches(actor, statement)):
                report_outcomes(actor=actor, batch_id=batch_id)
        for batch_id in _book_due(actor, bank_account_id, lines):
            report_outcomes(actor=actor, batch_id=batch_id)


@reads
def accounts_with_work(actor: Actor) -> list[UUID]:
    """Bank accounts with statements that nobody booked to their end, lines whose day has come, or notifications that
    nobody looked at."""
    statements = Statement.objects.filter(
        company_id=actor.company_id, status__in=[Statement.Status.RECEIVED, Statement.Status.BOOKING]
    )
    due = StatementLine.objects.filter(
        company_id=actor.company_id, state=StatementLine.State.WAITING, booked_on__lte=today(actor.company)
    )
    notified = BankNotification.objects.filter(company_id=actor.company_id).filter(
        Q(status=BankNotification.Status.RECEIVED) | Q(is_decided=False)
    )
    accounts = {
        *statements.values_list("bank_account_id", flat=True),
        *notified.values_list("bank_account_id", flat=True),
        *due.values_list("bank_account_id", flat=True),
    }
    return sorted(accounts)


@joins_transaction
def book_now(
    *, actor: Actor, account: BankAccount, statement: Statement, lines: Sequence[StatementLine]
) -> list[LinePart]:
    """Book lines that are new or whose day has come, each with its parts; the parts.

    The caller holds the statement.
    """
    to_book = [LineToBook(each, parts_of(each)) for each in lines]
    book_lines(actor=actor, account=account, statement=statement, lines=to_book)
    Statement.objects.filter(company_id=actor.company_id, id=statement.id).update(
        booked_lines=F("booked_lines") + len(lines)
    )
    return [part for each in to_book for part in each.parts]


@joins_transaction
def decide(*, actor: Actor, statement: Statement, part_ids: Sequence[UUID]) -> None:
    """Let the system say what is certain of these parts. What it refuses leaves them open."""
    try:
        with transaction.atomic():
            decide_parts(
                actor=actor,
                part_ids=part_ids,
                operation_id=statement.operation_id,
                strategy=statement.strategy,
            )
    except Refusal as refusal:
        _log.warning("parts_not_decided", statement=str(statement.id), code=refusal.code)


def _owner(actor: Actor, statement: Statement) -> Actor:
    """Who sent the statement acts, by the job."""
    return replace(
        actor,
        user_id=statement.created_by_id,
        name=statement.created_by_name,
        request_id=statement.request_id or actor.request_id,
    )


def _next(actor: Actor, bank_account_id: UUID) -> Statement | None:
    """The statement that somebody began and did not end, else the next that can be booked."""
    with actor_transaction(actor):
        lock_account(actor=actor, bank_account_id=bank_account_id)
        begun = Statement.objects.filter(
            company_id=actor.company_id, bank_account=bank_account_id, status=Statement.Status.BOOKING
        )
        if (statement := begun.order_by("id").first()) is not None:
            return statement
        account = find_account(actor=actor, bank_account_id=bank_account_id)
        next_one = begin_next(actor=actor, account=account)
        if next_one is not None:
            # Before its lines are booked: they are booked as what they consist of.
            join_notifications(actor=actor, bank_account_id=bank_account_id)
        return next_one


def _join(actor: Actor, bank_account_id: UUID) -> None:
    """Join notifications to lines that are booked, then look at what these consist of: what explains parts is locked
    before them, so that is another transaction."""
    with actor_transaction(actor):
        lock_account(actor=actor, bank_account_id=bank_account_id)
        join_notifications(actor=actor, bank_account_id=bank_account_id)
        left = undecided(actor=actor, bank_account_id=bank_account_id)
    for statement_id, parts in left.items():
        with actor_transaction(actor):
            statement = Statement.objects.get(company_id=actor.company_id, id=statement_id)
            owner = _owner(actor, statement)
        for start in range(0, len(parts), CHUNK_LINES):
            with actor_transaction(owner):
                decide(actor=owner, statement=statement, part_ids=parts[start : start + CHUNK_LINES])
        with actor_transaction(actor):
            mark_decided(actor=actor, statement_id=statement_id)


def _batches(actor: Actor, statement: Statement) -> set[UUID]:
    with actor_transaction(actor):
        return batches_of(actor=actor, statement=statement)


def _lock(actor: Actor, statement_id: UUID) -> Statement:
    rows = Statement.objects.select_for_update(no_key=True, of=("self",)).select_related("bank_account")
    return rows.get(company_id=actor.company_id, id=statement_id)


def _book_chunk(actor: Actor, statement: Statement, size: int) -> int | None:
    with actor_transaction(actor):
        locked = _lock(actor, statement.id)
        new = StatementLine.objects.filter(
            company_id=actor.company_id, statement=statement.id, state=StatementLine.State.NEW
        )
        lines = list(new.order_by("line_no")[:size])
        if not lines:
            return None
        book_now(actor=actor, account=locked.bank_account, statement=locked, lines=lines)
        return len(lines)


def _decide(actor: Actor, statement: Statement, size: int) -> None:
    """Everything that nobody decided on yet, from where a worker that died had come to."""
    after = statement.decided_to
    while True:
        with actor_transaction(actor):
            lines = dict(
                StatementLine.objects.filter(
                    company_id=actor.company_id, statement=statement.id, line_no__gt=after
                )
                .order_by("line_no")
                .values_list("line_no", "id")[:size]
            )
            if not lines:
                return
            after = max(lines)
            if parts := _undecided(actor, list(lines.values())):
                decide(actor=actor, statement=statement, part_ids=parts)
            Statement.objects.filter(company_id=actor.company_id, id=statement.id).update(decided_to=after)


def _undecided(actor: Actor, lines: Sequence[UUID]) -> list[UUID]:
    """Parts of the lines that are open and were never explained: each statement finds its rows by their keys, however
    little the planner knows of tables that were just filled."""
    parts = LinePart.objects.filter(
        company_id=actor.company_id, line__in=lines, status=LinePart.Status.OPEN
    ).order_by("id")
    ids = list(parts.values_list("id", flat=True))
    explained = set(
        Explanation.objects.filter(company_id=actor.company_id, part__in=ids).values_list(
            "part_id", flat=True
        )
    )
    return [each for each in ids if each not in explained]


def _finish(actor: Actor, statement: Statement) -> None:
    with actor_transaction(actor):
        lock_account(actor=actor, bank_account_id=statement.bank_account_id)
        locked = _lock(actor, statement.id)
        if locked.status != Statement.Status.BOOKING:
            return
        locked.status = Statement.Status.BOOKED
        locked.finished_at = clock.now()
        locked.save(update_fields=["status", "finished_at"])
        prove(actor=actor, account=locked.bank_account)
        record_event(
            actor=actor,
            action="bank.statement_booked",
            subject_type=STATEMENT,
            subject_id=locked.id,
            details={
                "lines": locked.total_lines,
                "new": locked.new_lines,
                "known": locked.known_lines,
                "held": locked.held_lines,
            },
        )


def _book_due(actor: Actor, bank_account_id: UUID, size: int) -> set[UUID]:
    """Lines that were dated after the company's today, once their day has come; the payment batches that they came
    by."""
    batches: set[UUID] = set()
    while True:
        with actor_transaction(actor):
            lock_account(actor=actor, bank_account_id=bank_account_id)
            due = StatementLine.objects.filter(
                company_id=actor.company_id,
                bank_account=bank_account_id,
                state=StatementLine.State.WAITING,
                booked_on__lte=today(actor.company),
            )
            first = due.order_by("statement", "line_no").first()
            if first is None:
                return batches
            statement = _lock(actor, first.statement_id)
            lines = list(due.filter(statement=statement).order_by("line_no")[:size])
            parts = book_now(actor=actor, account=statement.bank_account, statement=statement, lines=lines)
            decide(actor=actor, statement=statement, part_ids=[each.id for each in parts])
            prove(actor=actor, account=statement.bank_account)
            batches |= batches_of(actor=actor, statement=statement)
