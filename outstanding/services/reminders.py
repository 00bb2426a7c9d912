"""Reminders: rows first, in one transaction; then mails, each outside any transaction.

Rule: docs/architecture.md#transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.core.mail import EmailMessage
from django.db import connection

from batconnect.core.database.rows import insert_missing
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from outstanding.models import PaymentReminder
from outstanding.querysets import open_rows_sql
from outstanding.rules.reminders import FIRST, mail_body, mail_subject, stage_of

JOB: Final = "send_due_reminders"
CHUNK: Final = 500
MAX_ATTEMPTS: Final = 5
LEASE: Final = timedelta(minutes=10)
_State = PaymentReminder.State
_log = structlog.stdlib.get_logger("outstanding.reminders")


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


@dataclass(slots=True)
class Sent:
    """What a run of the sender did."""

    sent: int = 0
    failed: int = 0


def send_reminders(*, company_id: UUID, limit: int = 5_000) -> Sent:
    """Send what is in the company's outbox, each mail outside a transaction; a failed one is tried five times.

    A sender that dies after the mail and before the mark causes it to be sent again: at least once, not lost.
    """
    report = Sent()
    while report.sent + report.failed < limit:
        reminder = _take(company_id)
        if reminder is None:
            return report
        try:
            EmailMessage(reminder.subject, reminder.body, to=[reminder.recipient]).send()
        except OSError as error:  # SMTP's refusals and a server that is not there
            _log.warning("reminder_not_sent", reminder=str(reminder.id), error=type(error).__name__)
            report.failed += 1
            if reminder.attempts >= MAX_ATTEMPTS:
                _mark(reminder, state=_State.FAILED)
        else:
            report.sent += 1
            _mark(reminder, state=_State.SENT, sent_at=clock.now())
    return report


def _take(company_id: UUID) -> PaymentReminder | None:
    with company_context(company_id, job=JOB) as actor:
        now = clock.now()
        reminder = (
            PaymentReminder.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(company_id=actor.company_id, state=_State.PENDING, due_at__lte=now)
            .order_by("due_at", "id")
            .first()
        )
        if reminder is not None:
            reminder.attempts += 1
            reminder.due_at = now + LEASE
            reminder.save(update_fields=["attempts", "due_at"])
        return reminder


def _mark(reminder: PaymentReminder, **values: Any) -> None:
    with company_context(reminder.company_id, job=JOB):
        PaymentReminder.objects.filter(company_id=reminder.company_id, id=reminder.id).update(**values)
