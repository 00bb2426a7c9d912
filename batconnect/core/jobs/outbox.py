"""Rows that a job hands to the world outside one by one: a mail, a call to a gateway.

Rule: docs/architecture.md#background-work.

A row is taken in a short transaction: its attempt is counted and its next turn put off, so that nobody else takes it
meanwhile. It is handed over outside of any transaction, and what came of it is written in another. Who dies in between
leaves the row to whoever comes after the lease: it is handed over again, never forgotten.

All mails go this way (`Outbox`), whatever table they wait in: one number of attempts, one pause between them, one
reading of what a mail server answers, and the same Message-ID at each attempt, by which mail systems drop a second one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from enum import Enum
from smtplib import SMTPRecipientsRefused
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel import clock
from batconnect.core.kernel.errors import Refusal

MAX_ATTEMPTS: Final = 8
FIRST_PAUSE: Final = timedelta(minutes=1)
"""Doubled after each failed attempt: the last one is two hours after the first."""
LEASE: Final = timedelta(minutes=10)
_REFUSED_FOR_GOOD: Final = 500
Row = TypeVar("Row", bound=models.Model)
_log = structlog.stdlib.get_logger("batconnect.outbox")


def take_due(
    rows: models.QuerySet[Row],
    *,
    due: str = "due_at",
    attempts: str = "attempts",
    lease: timedelta = LEASE,
    by: datetime | None = None,
    **values: Any,
) -> Row | None:
    """The next of `rows` that is due (`by` then, or now), locked, its attempt counted and its turn put off by `lease`
    from now; `values` are written with it. None when none is due; what another worker has locked is left out.

    In the company's context and the caller's transaction.
    """
    now = clock.now()
    due_rows = rows.select_for_update(of=("self",), no_key=True, skip_locked=True)
    row = due_rows.filter(**{f"{due}__lte": by or now}).order_by(due, "pk").first()
    if row is None:
        return None
    written = {attempts: getattr(row, attempts) + 1, due: now + lease, **values}
    for name, value in written.items():
        setattr(row, name, value)
    row.save(update_fields=list(written))
    return row


class NotSendable(Exception):
    """What is asked for cannot be sent, however often it is tried; the text says why."""


class Ended(Enum):
    """What came of a mail: handed to the mail server; refused by it for good; given up."""

    SENT = "sent"
    BOUNCED = "bounced"
    FAILED = "failed"


@dataclass(slots=True)
class Sent:
    """What a run of a sender did: mails sent, and attempts that failed."""

    sent: int = 0
    failed: int = 0


def _quiet(row: Any, why: str) -> None:
    """What most mails come to nobody is told of: they are notices themselves."""


def _nothing(why: str) -> dict[str, Any]:
    """Most tables keep no word of an attempt that failed."""
    return {}


@dataclass(frozen=True, slots=True)
class Outbox(Generic[Row]):
    """A table of mails. `waiting` are a company's rows that are still to be sent. `mail` makes one of a row, outside of
    any transaction, and may raise a Refusal or NotSendable. `ended` gives the columns to write when it came to an end,
    and why where it was not sent; `put_off` those to write beside the next turn of one that is tried again. `lost` is
    called for a row that bounced or was given up, in the transaction that writes it down."""

    job: str
    waiting: Callable[[UUID], models.QuerySet[Row]]
    mail: Callable[[Row], EmailMessage]
    ended: Callable[[Ended, str], dict[str, Any]]
    put_off: Callable[[str], dict[str, Any]] = _nothing
    lost: Callable[[Row, str], None] = _quiet
    due: str = "due_at"
    attempts: str = "attempts"


def send_mails(outbox: Outbox[Row], *, company_id: UUID, limit: int) -> Sent:
    """Send the company's mails that are due, at most `limit`, each outside of a transaction.

    An address that the mail server refuses for good bounces; what cannot be made a mail fails. A mail server that is
    away, or refuses for now, is tried again, MAX_ATTEMPTS times in all. A sender that dies between handing over and
    writing it down hands the mail over once more.
    """
    report = Sent()
    while report.sent + report.failed < limit:
        with company_context(company_id, job=outbox.job):
            row = take_due(outbox.waiting(company_id), due=outbox.due, attempts=outbox.attempts)
        if row is None:
            return report
        ended, why = _hand_over(outbox, row)
        report.sent += ended is Ended.SENT
        report.failed += ended is not Ended.SENT
        with company_context(company_id, job=outbox.job):
            _write_down(outbox, outbox.waiting(company_id).filter(pk=row.pk), row, ended, why)
    return report


def _hand_over(outbox: Outbox[Row], row: Row) -> tuple[Ended | None, str]:
    """What came of an attempt, and why where it was not sent; None where it is worth another one."""
    if getattr(row, outbox.attempts) > MAX_ATTEMPTS:
        return Ended.FAILED, "Every worker that took it up ended before it was handed over."
    try:
        message = outbox.mail(row)
    except (Refusal, NotSendable) as refusal:
        return Ended.FAILED, str(refusal)
    message.extra_headers.setdefault("Message-ID", message_id(row))
    try:
        message.send()
    except ValueError as error:  # what no mail may have in its head
        return Ended.FAILED, f"It cannot be made a mail ({type(error).__name__})."
    except SMTPRecipientsRefused as refused:
        code = max((code for code, _ in refused.recipients.values()), default=0)
        if code >= _REFUSED_FOR_GOOD:
            return Ended.BOUNCED, f"The mail server refused the address for good ({code})."
        return None, f"The mail server refused the address for now ({code})."
    except OSError as error:  # a mail server that is not there, or refuses
        return None, f"The mail server could not be reached or refused ({type(error).__name__})."
    return Ended.SENT, ""


def _write_down(
    outbox: Outbox[Row], kept: models.QuerySet[Row], row: Row, ended: Ended | None, why: str
) -> None:
    """Write what came of the attempt, or when the next one is."""
    attempts: int = getattr(row, outbox.attempts)
    if ended is not Ended.SENT:
        # The kind of the fault alone: addresses and texts belong in no log.
        _log.warning("mail_not_sent", job=outbox.job, row=str(row.pk), attempts=attempts, error=why[:200])
    if ended is None and attempts >= MAX_ATTEMPTS:
        ended = Ended.FAILED
    if ended is None:
        due = {outbox.due: next_attempt(attempts=attempts, after=clock.now())}
        kept.update(**due, **outbox.put_off(why))
    elif kept.update(**outbox.ended(ended, why)) and ended is not Ended.SENT:
        outbox.lost(row, why)


def next_attempt(*, attempts: int, after: datetime) -> datetime:
    """When a mail is tried again that failed so many times."""
    return after + FIRST_PAUSE * 2 ** (attempts - 1)


def message_id(row: models.Model) -> str:
    """The same for every attempt, so that who gets the mail twice sees it once."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{row.pk}@{domain}>"
