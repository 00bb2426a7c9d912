"""The console's page of the mails with documents."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin

from batconnect.core.admin.faces import MAIL_FACE
from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.confirmations import Preview
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.mailing.services import send_again
from batconnect.core.models import OutgoingMail

_STOPPED: Final = (OutgoingMail.State.FAILED, OutgoingMail.State.BOUNCED)


def _again(actor: Actor, row: OutgoingMail, values: dict[str, Any]) -> Preview:
    mail = send_again(actor=actor, mail_id=row.pk)
    return Preview(f"{mail.title} is mailed to {mail.recipient} once more.")


AGAIN: Final = RowAction(
    name="send_again",
    title="Send again",
    permission="mail.send",
    icon="forward_to_inbox",
    form=forms.Form,
    asks=False,
    run=_again,
    offered=lambda actor, row: row.state in _STOPPED,
)


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What was sent to whom, what waits, and what failed."""

    list_display = ("title", "recipient", "state", "requested_by", "created_at", "sent_at", "failure")
    list_filter = ("state", "created_at", "sent_at")
    date_hierarchy = "created_at"
    search_fields = ("recipient", "title", "^case_no")
    ordering = ("-id",)
    exclude = ("customer_id", "number", "kind")
    row_actions = (AGAIN,)
    face = MAIL_FACE
