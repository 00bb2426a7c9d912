"""Reminders: once per row, due date and stage; in the outbox first, then sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import NotFound
from batconnect.core.mailing.sending import send_waiting
from batconnect.core.mailing.services import propose_mail, queue_document
from batconnect.directory.models import Customer
from outstanding.models import PaymentReminder, RenewalCase
from outstanding.services import (
    PlanRequest,
    pay_installments,
    prepare_reminders,
    send_reminders,
    setup_plan,
)
from outstanding.tests.builders import ids_of, make_renewal
from tests.cast import NORTH


@pytest.fixture
def renewal(travel: Any, manager: Actor) -> RenewalCase:
    """The seed's case of a customer with an address."""
    return make_renewal(manager, email="priya@example.com")


def test_reminds_once_per_stage(renewal: RenewalCase, manager: Actor, travel: Any) -> None:
    first = prepare_reminders(actor=manager)
    again = prepare_reminders(actor=manager)
    travel.move_to(travel_to(2024, 12, 28))
    later = prepare_reminders(actor=manager)

    assert (first, again, later) == (3, 0, 1)
    stages = PaymentReminder.objects.order_by("due_date").values_list("due_date", "stage")
    assert list(stages) == [
        (date(2024, 3, 31), "final"),
        (date(2024, 6, 30), "final"),
        (date(2024, 9, 30), "final"),
        (date(2024, 12, 31), "upcoming"),
    ]


def travel_to(year: int, month: int, day: int) -> Any:
    return datetime(year, month, day, 17, tzinfo=UTC)


def test_says_what_is_due_and_how_much(renewal: RenewalCase, manager: Actor) -> None:
    prepare_reminders(actor=manager)

    reminder = PaymentReminder.objects.get(due_date="2024-03-31")
    assert reminder.subject == "Your premium Q1 2024 (Jan-Mar) is overdue"
    assert reminder.recipient == "priya@example.com"
    assert "46,250.00 USD, was due on March 31, 2024; this is our last reminder" in reminder.body
    assert "North Taxi" in reminder.body


def test_goes_by_the_plans_dates(renewal: RenewalCase, manager: Actor) -> None:
    setup_plan(actor=manager, case=renewal.pk, wanted=PlanRequest(3, date(2024, 11, 17), "monthly", "upi"))

    assert prepare_reminders(actor=manager) == 1
    reminder = PaymentReminder.objects.get()
    assert (reminder.stage, reminder.due_date) == ("upcoming", date(2024, 11, 17))
    assert "plan installment 1 of 3" in reminder.subject


def test_does_not_remind_of_what_is_paid_or_without_address(renewal: RenewalCase, manager: Actor) -> None:
    make_renewal(manager, policy="SILENT")
    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=ids_of(renewal)[:2])

    assert prepare_reminders(actor=manager) == 1


def test_sends_each_once(renewal: RenewalCase, manager: Actor, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    prepare_reminders(actor=manager)

    first, again = send_reminders(company_id=NORTH), send_reminders(company_id=NORTH)

    assert (first.sent, again.sent) == (3, 0)
    assert len(mail.outbox) == 3
    assert set(PaymentReminder.objects.values_list("state", flat=True)) == {"sent"}


def test_is_sent_again_by_hand_as_a_letter_to_the_address_of_today(
    renewal: RenewalCase, manager: Actor, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    prepare_reminders(actor=manager)
    reminder = PaymentReminder.objects.get(due_date="2024-03-31")
    Customer.objects.filter(pk=renewal.customer_id).update(email="new@example.com")

    proposal = propose_mail(actor=manager, kind="outstanding.reminder", number=str(reminder.pk))
    (queued,) = queue_document(actor=manager, kind="outstanding.reminder", number=str(reminder.pk))
    sent = send_waiting(company_id=NORTH)

    assert proposal.address == queued.recipient == "new@example.com"
    assert proposal.title == "Reminder: Your premium Q1 2024 (Jan-Mar) is overdue"
    assert (queued.customer_id, queued.case_no) == (renewal.customer_id, renewal.case.case_no)
    assert sent.sent == 1
    name, content, kind = mail.outbox[0].attachments[0]
    assert (name[-4:], content[:5], kind) == (".pdf", b"%PDF-", "application/pdf")
    for number in ("x", str(uuid4())):
        with pytest.raises(NotFound):
            propose_mail(actor=manager, kind="outstanding.reminder", number=number)


class Broken(EmailBackend):
    """A mail server that is not there."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError


def test_tries_a_failed_mail_eight_times(
    renewal: RenewalCase, manager: Actor, settings: Any, travel: Any
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    prepare_reminders(actor=manager)

    for _ in range(10):
        send_reminders(company_id=NORTH)
        travel.shift(timedelta(minutes=65))

    rows = PaymentReminder.objects.order_by().values_list("state", "attempts").distinct()
    assert list(rows) == [("failed", 8)]


def test_the_command_does_both(
    renewal: RenewalCase, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    call_command("send_due_reminders", company="North Taxi")

    assert "North Taxi: 3 new, 3 sent, 0 failed." in capsys.readouterr().out
