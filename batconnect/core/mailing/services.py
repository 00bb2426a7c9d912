"""Sending a document: what is proposed, what is queued, and what is sent again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from batconnect.core.audit import audit_rows, record_event
from batconnect.core.database.rows import insert_batch
from batconnect.core.database.transactions import reads
from batconnect.core.jobs.running import OF_COMPANY, wake
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, TooManyRequests
from batconnect.core.mailing.bounces import MAILS, SENT, SENT_AGAIN
from batconnect.core.mailing.errors import (
    MAIL_ADDRESS_INVALID,
    MAIL_NOT_STOPPED,
    DocumentNotMailed,
    MailNotFound,
)
from batconnect.core.mailing.kinds import About, MailedKind, find_mailed
from batconnect.core.models import CompanySettings, OutgoingMail

JOB: Final = "send_outgoing_mail"
TASK: Final = f"core.{JOB}"
MAX_RECIPIENTS: Final = 5
LONGEST_SUBJECT: Final = 200
LONGEST_BODY: Final = 5_000
_LONGEST_ADDRESS: Final = 254
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HOUR: Final = timedelta(hours=1)
_State = OutgoingMail.State


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mail as it would be sent: `address` is the customer's, empty where none is known."""

    title: str
    address: str
    subject: str
    body: str


@reads
def propose_mail(*, actor: Actor, kind: str, number: str) -> Proposal:
    """The mail of a document with the company's cover text. Needs `mail.send` and the right to see the document;
    raises DocumentNotMailed, or what the document's own app raises."""
    _, about = _find(actor, kind, number)
    return _proposal(actor, about)


@transaction.atomic
def queue_document(
    *,
    actor: Actor,
    kind: str,
    number: str,
    recipients: Iterable[str] = (),
    subject: str = "",
    body: str = "",
) -> list[OutgoingMail]:
    """Queue the document for each address, a mail each, and wake a sender after the commit.

    Without addresses it goes to the customer's, without subject or body with what is proposed. Needs `mail.send` and
    the right to see the document. Raises DocumentNotMailed; InvalidInput for an address that is none, more than
    MAX_RECIPIENTS, a subject of several lines; TooManyRequests above MAILS_PER_HOUR of the company.
    """
    found, about = _find(actor, kind, number)
    proposal = _proposal(actor, about)
    addresses = _checked_addresses(list(recipients) or ([proposal.address] if proposal.address else []))
    text, words = _checked_texts(subject or proposal.subject, body or proposal.body)
    _require_below_limit(actor, len(addresses))
    mails = [
        OutgoingMail(
            company_id=actor.company_id,
            kind=found.code,
            number=number,
            title=about.title[:120],
            customer_id=about.customer_id,
            case_no=about.case_no,
            recipient=address,
            subject=text,
            body=words,
            due_at=now(),
            requested_by=actor.name,
        )
        for address in addresses
    ]
    events = audit_rows(
        actor=actor,
        action=SENT,
        subject_type=MAILS,
        subjects=[(mail.id, {"document": about.title, "mails": len(mails)}) for mail in mails],
    )
    insert_batch(mails, events)
    wake(f"{TASK}{OF_COMPANY}", actor.company_id)
    return mails


@transaction.atomic
def send_again(*, actor: Actor, mail_id: UUID) -> OutgoingMail:
    """Queue a mail that failed or bounced once more, with all its attempts. Needs `mail.send` and the right to see the
    document; raises MailNotFound, Conflict 409 `mail_not_failed` for one that waits or was sent."""
    actor.require("mail.send")
    mail = (
        OutgoingMail.objects.select_for_update(no_key=True)
        .filter(company_id=actor.company_id, id=mail_id)
        .first()
    )
    if mail is None:
        raise MailNotFound(f"There is no mail {mail_id}.")
    _find(actor, mail.kind, mail.number)
    if mail.state not in (_State.FAILED, _State.BOUNCED):
        raise Conflict(
            f"{mail.title} to {mail.recipient} is {_State(mail.state).label.lower()}.", code=MAIL_NOT_STOPPED
        )
    mail.state, mail.attempts, mail.due_at, mail.failure = _State.QUEUED, 0, now(), ""
    mail.save(update_fields=["state", "attempts", "due_at", "failure"])
    record_event(actor=actor, action=SENT_AGAIN, subject_type=MAILS, subject_id=mail.id)
    wake(f"{TASK}{OF_COMPANY}", actor.company_id)
    return mail


def split_addresses(text: str) -> list[str]:
    """The addresses that a person typed: separated by commas, semicolons, or spaces and new lines."""
    return [each for each in re.split(r"[,;\s]+", text) if each]


def _find(actor: Actor, kind: str, number: str) -> tuple[MailedKind, About]:
    actor.require("mail.send")
    found = find_mailed(kind)
    if found is None:
        raise DocumentNotMailed(f"Documents of the kind {kind[:40]} are not sent by mail.")
    actor.require(found.printed.permission)
    return found, found.about(actor, number)


def _proposal(actor: Actor, about: About) -> Proposal:
    row = CompanySettings.objects.get(company_id=actor.company_id)
    company = row.legal_name or actor.company.name
    body = str(row.mail_cover)
    for word, value in (("{name}", about.name), ("{document}", about.title), ("{company}", company)):
        body = body.replace(word, value)
    subject = _CONTROL.sub(" ", f"{about.title}, {company}")
    return Proposal(about.title, about.address, subject[:LONGEST_SUBJECT], body[:LONGEST_BODY])


def _checked_addresses(typed: list[str]) -> list[str]:
    """Each once, in the order typed."""
    if not typed:
        raise InvalidInput("Say to whom it goes: the customer has no mail address.", field="recipients")
    if len(typed) > MAX_RECIPIENTS:
        raise InvalidInput(
            f"{len(typed)} addresses are above the limit of {MAX_RECIPIENTS} of one mail.", field="recipients"
        )
    errors: list[FieldError] = []
    addresses: dict[str, str] = {}
    for place, address in enumerate(typed):
        try:
            if len(address) > _LONGEST_ADDRESS or _CONTROL.search(address):
                raise ValidationError("not one line")
            validate_email(address)
        except ValidationError:
            shown = _CONTROL.sub("?", address[:60])
            errors.append(
                FieldError(f"recipients.{place}", f"{shown} is not a mail address.", MAIL_ADDRESS_INVALID)
            )
        addresses.setdefault(address.casefold(), address)
    if errors:
        raise InvalidInput(
            "; ".join(each.message for each in errors), errors=errors, code=MAIL_ADDRESS_INVALID
        )
    return list(addresses.values())


def _checked_texts(subject: str, body: str) -> tuple[str, str]:
    subject, body = subject.strip(), body.strip().replace("\r\n", "\n")
    errors = []
    if _CONTROL.search(subject):
        errors.append(
            FieldError("subject", "The subject has characters that are not text, or several lines.")
        )
    if not 1 <= len(subject) <= LONGEST_SUBJECT:
        errors.append(
            FieldError(
                "subject", f"The subject has {len(subject)} characters; 1 to {LONGEST_SUBJECT} are taken."
            )
        )
    if _CONTROL.search(body.replace("\n", "").replace("\t", "")):
        errors.append(FieldError("body", "The text has characters that are not text."))
    if not 1 <= len(body) <= LONGEST_BODY:
        errors.append(
            FieldError("body", f"The text has {len(body)} characters; 1 to {LONGEST_BODY} are taken.")
        )
    if errors:
        raise InvalidInput("; ".join(each.message for each in errors), errors=errors)
    return subject, body


def _require_below_limit(actor: Actor, more: int) -> None:
    limit = settings.MAILS_PER_HOUR
    if not limit:
        return
    last = OutgoingMail.objects.filter(company_id=actor.company_id, created_at__gt=now() - _HOUR).count()
    if last + more > limit:
        raise TooManyRequests(
            f"{last} mails were sent in the last hour, and {more} more would be above the limit of {limit}.",
            headers={"Retry-After": "3600"},
        )
