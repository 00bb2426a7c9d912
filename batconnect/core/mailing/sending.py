"""What the worker does with the outbox: print, hand over, write down.

Rule: docs/domain.md#outgoing-mail.

A mail is taken in a short transaction, printed in another, handed to the mail server outside of any, and marked in a
third. Who dies between handing over and marking leaves the row to whoever comes after the lease: it is handed over
again under the same Message-ID, by which mail systems drop the second one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from mimetypes import guess_type
from smtplib import SMTPRecipientsRefused
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet

from batconnect.core.database.tenancy import company_context
from batconnect.core.database.transactions import outside_transactions
from batconnect.core.jobs.outbox import Sent, take_due
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import Refusal
from batconnect.core.mailing.bounces import metadata_of
from batconnect.core.mailing.kinds import find_mailed
from batconnect.core.mailing.services import JOB
from batconnect.core.models import CompanySettings, OutgoingMail

MAX_ATTEMPTS: Final = 8
FIRST_PAUSE: Final = timedelta(minutes=1)
"""Doubled after each failed attempt: the last one is two hours after the first."""
LARGEST_ATTACHMENT: Final = 10 * 1024 * 1024
_REFUSED_FOR_GOOD: Final = 500
_log = structlog.stdlib.get_logger("batconnect.outbox")
_State = OutgoingMail.State


class _NotSendable(Exception):
    """What is asked for cannot be sent, however often it is tried."""


@outside_transactions
def send_waiting(*, company_id: UUID, limit: int = 500) -> Sent:
    """Send the company's mails that are due, at most `limit`, each outside of a transaction.

    An address that the mail server refuses for good is marked as bounced, a document that cannot be printed as failed.
    A mail server that is away, or refuses for now, is tried again, MAX_ATTEMPTS times in all.
    """
    report = Sent()
    while report.sent + report.failed < limit:
        with company_context(company_id, job=JOB):
            mail = take_due(_queued(company_id))
        if mail is None:
            return report
        outcome = _hand_over(mail)
        report.sent += outcome["state"] == _State.SENT
        report.failed += outcome["state"] != _State.SENT
        with company_context(company_id, job=JOB):
            _queued(company_id).filter(pk=mail.pk).update(**outcome)
    return report


def _queued(company_id: UUID) -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(company_id=company_id, state=_State.QUEUED)


def _hand_over(mail: OutgoingMail) -> dict[str, Any]:
    """The columns that say what came of it."""
    if mail.attempts > MAX_ATTEMPTS:
        return _stopped(_State.FAILED, "Every worker that took it up ended before it was handed over.")
    try:
        message = _printed(mail)
    except (Refusal, _NotSendable) as refusal:
        return _stopped(_State.FAILED, str(refusal))
    try:
        message.send()
    except ValueError as error:  # what no mail may have in its head
        return _stopped(_State.FAILED, f"It cannot be made a mail ({type(error).__name__}).")
    except SMTPRecipientsRefused as refused:
        code = max((code for code, _ in refused.recipients.values()), default=0)
        if code >= _REFUSED_FOR_GOOD:
            return _stopped(_State.BOUNCED, f"The mail server refused the address for good ({code}).")
        return _put_off(mail, f"The mail server refused the address for now ({code}).")
    except OSError as error:  # a mail server that is not there, or refuses
        return _put_off(mail, f"The mail server could not be reached or refused ({type(error).__name__}).")
    return {"state": _State.SENT, "sent_at": now(), "failure": ""}


def _printed(mail: OutgoingMail) -> EmailMessage:
    """The message with the document as it is now. Raises Refusal or _NotSendable where there is none any more."""
    kind = find_mailed(mail.kind)
    if kind is None:
        raise _NotSendable("Documents of this kind are not sent by mail any more.")
    with company_context(mail.company_id, job=JOB) as actor:
        # Documents say who printed them: the person who had it sent.
        printed = kind.printed.print(replace(actor, name=mail.requested_by), mail.number)
        row = CompanySettings.objects.get(company_id=mail.company_id)
    if len(printed.content) > LARGEST_ATTACHMENT:
        raise _NotSendable(f"The document has more than {LARGEST_ATTACHMENT // 1024 // 1024} MB.")
    _, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = EmailMessage(
        mail.subject,
        mail.body,
        from_email=formataddr((" ".join((row.legal_name or actor.company.name).split()), sender)),
        to=[mail.recipient],
        reply_to=[row.email] if row.email else None,
        attachments=[
            (printed.name, printed.content, guess_type(printed.name)[0] or "application/octet-stream")
        ],
        headers={"Message-ID": message_id(mail)},
    )
    # A provider's backend reads it; SMTP's does not.
    message.metadata = metadata_of(mail)  # type: ignore[attr-defined]  # as django-anymail has it
    return message


def message_id(mail: OutgoingMail) -> str:
    """The same for every attempt, so that who gets the mail twice sees it once."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{mail.id}@{domain}>"


def next_attempt(*, attempts: int, after: datetime) -> datetime:
    """When a mail is tried again that failed so many times."""
    return after + FIRST_PAUSE * 2 ** (attempts - 1)


def _put_off(mail: OutgoingMail, why: str) -> dict[str, Any]:
    # The kind of the fault alone: addresses and texts belong in no log.
    _log.warning("mail_not_sent", job=JOB, row=str(mail.pk), attempts=mail.attempts, error=why[:200])
    if mail.attempts >= MAX_ATTEMPTS:
        return _stopped(_State.FAILED, why)
    due = next_attempt(attempts=mail.attempts, after=now())
    return {"state": _State.QUEUED, "due_at": due, "failure": why[:300]}


def _stopped(state: OutgoingMail.State, why: str) -> dict[str, Any]:
    return {"state": state, "failure": why[:300]}
