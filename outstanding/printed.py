"""A reminder as a letter: to be printed, and to be sent by mail by hand."""

from __future__ import annotations

from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from batconnect.core.api.printed import Printed, PrintedKind, register_printed
from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.files.exports.pdf import render_pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.mailing.kinds import About, MailedKind, register_mailed
from outstanding.errors import ReminderNotFound
from outstanding.models import PaymentReminder


def print_reminder(actor: Actor, number: str) -> Printed:
    """The reminder as it was written, with the day on which it was. Raises ReminderNotFound (404), PdfUnavailable."""
    reminder = _find(actor, number)
    written = reminder.created_at.astimezone(ZoneInfo(actor.company.time_zone)).date()
    context = {
        **letterhead(actor=actor),
        "title": reminder.subject,
        "policy": reminder.renewal_case.policy_number,
        "reminder": reminder,
        "customer": reminder.renewal_case.customer,
        "written": written,
    }
    name = f"reminder-{written:%Y%m%d}-{reminder.row_id}.pdf"
    return Printed(name, render_pdf("pdf/reminder.html", context, actor=actor))


def _about(actor: Actor, number: str) -> About:
    reminder = _find(actor, number)
    renewal = reminder.renewal_case
    return About(
        title=f"Reminder: {reminder.subject}"[:120],
        name=renewal.customer.name,
        # As it is today: the one that the reminder went to may be the reason why it is sent again.
        address=renewal.customer.email or reminder.recipient,
        customer_id=renewal.customer_id,
        case_no=renewal.case.case_no,
    )


def _find(actor: Actor, number: str) -> PaymentReminder:
    try:
        key = UUID(number)
    except ValueError:
        key = None
    reminders = PaymentReminder.objects.select_related("renewal_case__customer", "renewal_case__case")
    reminder = reminders.filter(company_id=actor.company_id, id=key).first() if key else None
    if reminder is None:
        raise ReminderNotFound(f"There is no reminder {number[:60]}.")
    return reminder


REMINDER: Final = register_printed(PrintedKind("outstanding.reminder", "outstanding.view", print_reminder))
register_mailed(MailedKind(REMINDER, "Premium reminder", _about))
