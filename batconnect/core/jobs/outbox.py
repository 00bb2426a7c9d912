"""Rows that a job hands to the world outside one by one: a mail, a call to a gateway.

Rule: docs/architecture.md#background-work.

A row is taken in a short transaction: its attempt is counted and its next turn put off, so that nobody else takes it
meanwhile. It is handed over outside of any transaction, and what came of it is written in another. Who dies in between
leaves the row to whoever comes after the lease: it is handed over again, never forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import structlog
from django.core.mail import EmailMessage
from django.db import models

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel import clock

MAX_ATTEMPTS: Final = 5
LEASE: Final = timedelta(minutes=10)
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


@dataclass(slots=True)
class Sent:
    """What a run of a sender did: mails sent, and attempts that failed."""

    sent: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Outbox(Generic[Row]):
    """A table of mails. `waiting` are a company's rows that are still to be sent, `mail` makes one of
    a row, `finish` are the columns to write when it was sent, or was given up (False) after five attempts."""

    job: str
    waiting: Callable[[UUID], models.QuerySet[Row]]
    mail: Callable[[Row], EmailMessage]
    finish: Callable[[bool], dict[str, Any]]
    due: str = "due_at"
    attempts: str = "attempts"


def send_mails(outbox: Outbox[Row], *, company_id: UUID, limit: int) -> Sent:
    """Send the company's mails that are due, at most `limit`, each outside of a transaction.

    A failed one is tried five times, ten minutes apart. A sender that dies between mail and mark sends it once more.
    """
    report = Sent()
    while report.sent + report.failed < limit:
        with company_context(company_id, job=outbox.job):
            row = take_due(outbox.waiting(company_id), due=outbox.due, attempts=outbox.attempts)
        if row is None:
            return report
        try:
            outbox.mail(row).send()
        except OSError as error:  # SMTP's refusals and a server that is not there
            _log.warning("mail_not_sent", job=outbox.job, row=str(row.pk), error=type(error).__name__)
            report.failed += 1
            if getattr(row, outbox.attempts) >= MAX_ATTEMPTS:
                _finish(outbox, company_id, row, is_sent=False)
        else:
            report.sent += 1
            _finish(outbox, company_id, row, is_sent=True)
    return report


def _finish(outbox: Outbox[Row], company_id: UUID, row: Row, *, is_sent: bool) -> None:
    with company_context(company_id, job=outbox.job):
        outbox.waiting(company_id).filter(pk=row.pk).update(**outbox.finish(is_sent))
