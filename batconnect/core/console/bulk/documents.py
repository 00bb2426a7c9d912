"""Printing and mailing the documents of many rows: declared beside the rows' own *Send by mail*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms

from batconnect.core.api.printed import Printed
from batconnect.core.console.bulk.actions import BulkAction
from batconnect.core.console.confirmations import Preview
from batconnect.core.console.row_actions import RowAction
from batconnect.core.kernel.actors import Actor
from batconnect.core.mailing.errors import DocumentNotMailed
from batconnect.core.mailing.kinds import MailedKind, find_mailed
from batconnect.core.mailing.services import queue_document

Named = Callable[[Actor, Any], tuple[str, str]]
MAX_PRINTED: Final = 2_000
MAX_MAILED: Final = 500


def print_many(named: Named, *, title: str, permission: str, name: str = "print_many") -> BulkAction:
    """One PDF of the rows' documents; `named` gives the kind and the number of a row."""

    def prints(actor: Actor, row: Any) -> Printed:
        kind, number = _kind(*named(actor, row))
        return kind.printed.print(actor, number)

    def run(actor: Actor, row: Any, values: dict[str, Any]) -> Preview:
        kind, number = _kind(*named(actor, row))
        actor.require(kind.printed.permission)
        about = kind.about(actor, number)
        return Preview(f"{about.title} of {about.name} is printed.")

    return BulkAction(
        of=RowAction(
            name=name, title=title, permission=permission, icon="picture_as_pdf", form=forms.Form, run=run
        ),
        title=title,
        prints=prints,
        at_most=MAX_PRINTED,
        at_once=0,
    )


def mail_many(named: Named, *, title: str, name: str = "mail_many") -> BulkAction:
    """A mail of each row's document to its customer's address, with the company's cover text."""

    def run(actor: Actor, row: Any, values: dict[str, Any]) -> Preview:
        kind, number = named(actor, row)
        mails = queue_document(actor=actor, kind=kind, number=number)
        return Preview(" ".join(f"{mail.title} is mailed to {mail.recipient}." for mail in mails))

    return BulkAction(
        of=RowAction(
            name=name, title=title, permission="mail.send", icon="outgoing_mail", form=forms.Form, run=run
        ),
        title=title,
        at_most=MAX_MAILED,
    )


def _kind(code: str, number: str) -> tuple[MailedKind, str]:
    kind = find_mailed(code)
    if kind is None:
        raise DocumentNotMailed(f"Documents of the kind {code[:40]} are not printed here.")
    return kind, number
