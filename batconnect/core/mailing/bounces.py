"""What a provider of mail reports later: that a mail came back."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from batconnect.core.audit import last_person
from batconnect.core.database.tenancy import company_context
from batconnect.core.models import OutgoingMail
from batconnect.core.notices import notify_who_asked

JOB: Final = "note_bounces"
COMPANY: Final = "company_id"
MAIL: Final = "mail_id"
"""What is sent along with a mail and comes back with its events."""
MAILS: Final = "core.outgoing_mail"
SENT: Final = "mail.send"
SENT_AGAIN: Final = "mail.again"
"""How the trail names who had a mail sent."""
_State = OutgoingMail.State
_WORD: Final = re.compile(r"[a-z_]{1,30}")
_log = structlog.stdlib.get_logger("batconnect.outbox")


def metadata_of(mail: OutgoingMail) -> dict[str, str]:
    """By which the provider's events name the mail; nothing of what it says, or to whom."""
    return {COMPANY: str(mail.company_id), MAIL: str(mail.id)}


def notify_of_lost_mail(mail: OutgoingMail, why: str) -> None:
    """Tell who had the mail sent that it did not arrive: in the company's context and the caller's transaction."""
    asked_by = last_person(
        company_id=mail.company_id, actions=(SENT, SENT_AGAIN), subject_type=MAILS, subject_id=mail.id
    )
    notify_who_asked(
        company_id=mail.company_id,
        text=f"{mail.title} did not reach {mail.recipient}: {why} Its page sends it again, once the address is right.",
        subject_model=OutgoingMail._meta.label,
        subject_key=mail.id,
        asked_by=asked_by,
    )


@transaction.atomic
def note_bounce(*, company_id: UUID, mail_id: UUID, why: str) -> bool:
    """Mark a mail that was sent, or is being sent, as bounced; whether there was one. A second report changes nothing.

    In the company's own context: the report comes from outside, proven by the provider's secret alone.
    """
    reason = why if _WORD.fullmatch(why) else "unknown"
    try:
        with company_context(company_id, job=JOB):
            rows = OutgoingMail.objects.filter(
                company_id=company_id, id=mail_id, state__in=(_State.SENT, _State.QUEUED)
            )
            failure = f"The provider reports that it came back ({reason.replace('_', ' ')})."
            # What the sender has handed over and not yet marked stays as it is written here.
            noted = rows.filter(attempts__gt=0).update(state=_State.BOUNCED, sent_at=None, failure=failure)
            if noted:
                notify_of_lost_mail(OutgoingMail.objects.get(company_id=company_id, id=mail_id), failure)
    except LookupError:
        noted = 0
    _log.info("bounce_noted", mail=str(mail_id), noted=noted, reason=reason)
    return bool(noted)
