"""Mail by a provider's own API, and its word on what bounced: for installations that name one (`MAIL_PROVIDER`).

Nothing here is loaded where mails leave by SMTP. Rule: docs/domain.md#outgoing-mail. Why:
docs/adr/0081-providers-of-mail.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any, Final
from uuid import UUID

import structlog
from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from anymail.signals import EventType, tracking
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import URLPattern, path

from batconnect.core.mailing.bounces import COMPANY, MAIL, note_bounce

_REFUSED_FOR_GOOD: Final = 550
_CAME_BACK: Final = frozenset({EventType.BOUNCED, EventType.REJECTED, EventType.FAILED})
_VIEWS: Final = ("TrackingWebhookView", "CombinedWebhookView")
_log = structlog.stdlib.get_logger("batconnect.outbox")


class ProviderBackend(BaseEmailBackend):
    """The provider's backend, whose faults are told as those of SMTP: senders know them as `OSError`."""

    def __init__(self, fail_silently: bool = False, **options: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        module = import_module(f"anymail.backends.{settings.MAIL_PROVIDER}")
        self._own: BaseEmailBackend = module.EmailBackend(fail_silently=fail_silently)

    def open(self) -> bool | None:
        return self._own.open()

    def close(self) -> None:
        self._own.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Raises SMTPRecipientsRefused for addresses that are refused for good, SMTPException for any other fault."""
        try:
            return self._own.send_messages(email_messages)
        except AnymailRecipientsRefused as refused:
            addresses = [each for message in email_messages for each in message.to]
            why = (_REFUSED_FOR_GOOD, b"refused by the provider")
            raise SMTPRecipientsRefused(dict.fromkeys(addresses, why)) from refused
        except AnymailError as error:
            # The class alone: what the provider answers may hold addresses and texts.
            raise SMTPException(type(error).__name__) from error


def provider_urls() -> list[URLPattern]:
    """Where the provider reports what became of mails: one address, and none without its secret."""
    provider, secret = settings.MAIL_PROVIDER, settings.ANYMAIL.get("WEBHOOK_SECRET")
    if not provider or not secret:
        return []
    module = import_module(f"anymail.webhooks.{provider}")
    view = next(
        each
        for name, each in sorted(vars(module).items())
        if name.endswith(_VIEWS) and each.__module__ == module.__name__
    )
    tracking.connect(_note, dispatch_uid="batconnect.mail-events")
    return [path(f"mail-events/{provider}/", view.as_view(), name="mail-events")]


def _note(*, event: Any, **_: Any) -> None:
    """A mail of ours that came back. What the provider says of other mails, or otherwise, is ignored."""
    named = event.metadata or {}
    if event.event_type not in _CAME_BACK:
        return
    try:
        company_id, mail_id = UUID(str(named.get(COMPANY))), UUID(str(named.get(MAIL)))
    except ValueError:
        _log.info("bounce_of_another_mail", provider=settings.MAIL_PROVIDER)
        return
    note_bounce(company_id=company_id, mail_id=mail_id, why=str(event.reject_reason or event.event_type))
