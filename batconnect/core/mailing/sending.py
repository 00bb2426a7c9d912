"""What the worker does with the outbox of documents: print, hand over, write down.

Rule: docs/domain.md#outgoing-mail. How a mail is taken, tried again and given up is that of every outbox
(`core.jobs.outbox`).
"""

from __future__ import annotations

from dataclasses import replace
from email.utils import formataddr, parseaddr
from mimetypes import guess_type
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet

from batconnect.core.database.tenancy import company_context
from batconnect.core.database.transactions import outside_transactions
from batconnect.core.jobs.outbox import Ended, NotSendable, Outbox, Sent, send_mails
from batconnect.core.kernel.clock import now
from batconnect.core.mailing.bounces import metadata_of, notify_of_lost_mail
from batconnect.core.mailing.kinds import find_mailed
from batconnect.core.mailing.services import JOB
from batconnect.core.models import CompanySettings, OutgoingMail

LARGEST_ATTACHMENT: Final = 10 * 1024 * 1024
_State = OutgoingMail.State


@outside_transactions
def send_waiting(*, company_id: UUID, limit: int = 500) -> Sent:
    """Send the company's mails that are due, at most `limit`, each printed in a transaction and handed over outside of
    any. A document that cannot be printed any more fails."""
    return send_mails(_OUTBOX, company_id=company_id, limit=limit)


def _queued(company_id: UUID) -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(company_id=company_id, state=_State.QUEUED)


def _printed(mail: OutgoingMail) -> EmailMessage:
    """The message with the document as it is now. Raises Refusal or NotSendable where there is none any more."""
    kind = find_mailed(mail.kind)
    if kind is None:
        raise NotSendable("Documents of this kind are not sent by mail any more.")
    with company_context(mail.company_id, job=JOB) as actor:
        # Documents say who printed them: the person who had it sent.
        printed = kind.printed.print(replace(actor, name=mail.requested_by), mail.number)
        row = CompanySettings.objects.get(company_id=mail.company_id)
    if len(printed.content) > LARGEST_ATTACHMENT:
        raise NotSendable(f"The document has more than {LARGEST_ATTACHMENT // 1024 // 1024} MB.")
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
    )
    # A provider's backend reads it; SMTP's does not.
    message.metadata = metadata_of(mail)  # type: ignore[attr-defined]  # as django-anymail has it
    return message


def _ended(ended: Ended, why: str) -> dict[str, Any]:
    if ended is Ended.SENT:
        return {"state": _State.SENT, "sent_at": now(), "failure": ""}
    return {"state": _State.BOUNCED if ended is Ended.BOUNCED else _State.FAILED, "failure": why[:300]}


_OUTBOX: Final = Outbox(
    job=JOB,
    waiting=_queued,
    mail=_printed,
    ended=_ended,
    put_off=lambda why: {"failure": why[:300]},
    lost=notify_of_lost_mail,
)
