"""*Send by mail* beside a document: a row's action, whose form proposes address and text (`core.mailing`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from batconnect.core.console.confirmations import Preview
from batconnect.core.console.row_actions import RowAction
from batconnect.core.kernel.actors import Actor
from batconnect.core.mailing.services import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    MAX_RECIPIENTS,
    propose_mail,
    queue_document,
    split_addresses,
)
from batconnect.core.models import OutgoingMail

Named = Callable[[Actor, Any], tuple[str, str]]


class SendForm(forms.Form):
    """To whom, and with which words."""

    recipients = forms.CharField(
        label="To",
        max_length=2_000,
        widget=UnfoldAdminTextInputWidget,
        help_text=f"At most {MAX_RECIPIENTS} addresses, separated by commas; each gets a mail of its own.",
    )
    subject = forms.CharField(max_length=LONGEST_SUBJECT, widget=UnfoldAdminTextInputWidget)
    body = forms.CharField(
        label="Text",
        max_length=LONGEST_BODY,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        help_text="The document is attached as a PDF.",
    )


def send_action(named: Named, *, name: str = "send", title: str = "Send by mail") -> RowAction:
    """The action of an admin whose rows are documents; `named` gives the kind and the number of a row."""

    def initial(actor: Actor, row: Any) -> dict[str, str]:
        kind, number = named(actor, row)
        proposal = propose_mail(actor=actor, kind=kind, number=number)
        return {"recipients": proposal.address, "subject": proposal.subject, "body": proposal.body}

    def run(actor: Actor, row: Any, values: dict[str, Any]) -> Preview:
        kind, number = named(actor, row)
        newest = (
            OutgoingMail.objects.filter(company_id=actor.company_id, kind=kind, number=number)
            .order_by("-id")
            .values_list("id", flat=True)
            .first()
        )
        mails = queue_document(
            actor=actor,
            kind=kind,
            number=number,
            recipients=split_addresses(values["recipients"]),
            subject=values["subject"],
            body=values["body"],
        )
        return Preview(
            f"{mails[0].title} is mailed as a PDF.",
            headings=("To", "Subject", "Text"),
            rows=tuple((mail.recipient, mail.subject, mail.body) for mail in mails),
            # A second click finds the mails of the first.
            state=str(newest),
        )

    return RowAction(
        name=name,
        title=title,
        permission="mail.send",
        icon="outgoing_mail",
        form=SendForm,
        run=run,
        initial=initial,
    )
