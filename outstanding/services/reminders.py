"""Reminders: rows first, in one transaction; then mails, each outside any transaction.

Rule: docs/architecture.md#transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.core.mail import EmailMessage
from django.db import connection
from django.db.models import QuerySet

from batconnect.core.database.rows import insert_missing
from batconnect.core.database.transactions import joins_transaction, outside_transactions
from batconnect.core.jobs.outbox import Ended, Outbox, Sent, send_mails
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from outstanding.models import PaymentReminder
from outstanding.querysets import open_rows_sql
from outstanding.rules.reminders import FIRST, mail_body, mail_subject, stage_of

JOB: Final = "send_due_reminders"
CHUNK: Final = 500
_State = PaymentReminder.State


@joins_transaction
def prepare_reminders(*, actor: Actor) -> int:
    """Put a reminder in the outbox for every open row that has reached a stage and whose customer has an address;
    returns how many are new. One per row, due date and stage, however often it runs."""
    made = 0
    chunk: list[PaymentReminder] = []
    for reminder in _wanted(actor):
        chunk.append(reminder)
        if len(chunk) == CHUNK:
            made += _insert(chunk)
            chunk = []
    return made + _insert(chunk)


def _insert(rows: list[PaymentReminder]) -> int:
    rows.sort(key=lambda reminder: (reminder.row_id, reminder.stage, reminder.due_date))
    return len(insert_missing(rows, unique=("company_id", "row_id", "stage", "due_date")))


def _wanted(actor: Actor) -> Iterator[PaymentReminder]:
    day = clock.today(actor.company)
    with connection.chunked_cursor() as cursor:
        cursor.execute(open_rows_sql(), {"company": actor.company_id, "until": day + FIRST})
        while rows := cursor.fetchmany(CHUNK):
            for values in rows:
                if (made := _reminder(actor, day, *values)) is not None:
                    yield made


def _reminder(
    actor: Actor, day: Any, row_id: int, case_id: int, due: Any, period: str, amount: Any, *about: str
) -> PaymentReminder | None:
    name, address, policy, currency = about
    stage = stage_of(due_date=due, on=day)
    if stage is None:
        return None
    return PaymentReminder(
        company_id=actor.company_id,
        renewal_case_id=case_id,
        row_id=row_id,
        stage=stage,
        due_date=due,
        recipient=address,
        subject=mail_subject(stage=stage, period=period)[:200],
        body=mail_body(
            stage=stage,
            name=name,
            period=period,
            due=due,
            amount=f"{format_amount(amount)} {currency}",
            policy=policy,
            company=actor.company.name,
        ),
        due_at=clock.now(),
    )


@outside_transactions
def send_reminders(*, company_id: UUID, limit: int = 5_000) -> Sent:
    """Send the reminders in the company's outbox (`core.jobs.outbox`)."""
    return send_mails(_OUTBOX, company_id=company_id, limit=limit)


def _unsent(company_id: UUID) -> QuerySet[PaymentReminder]:
    return PaymentReminder.objects.filter(company_id=company_id, state=_State.PENDING)


def _ended(ended: Ended, why: str) -> dict[str, Any]:
    is_sent = ended is Ended.SENT
    return {"state": _State.SENT, "sent_at": clock.now()} if is_sent else {"state": _State.FAILED}


_OUTBOX: Final = Outbox(
    job=JOB,
    waiting=_unsent,
    mail=lambda reminder: EmailMessage(reminder.subject, reminder.body, to=[reminder.recipient]),
    ended=_ended,
)
