"""Every table of mails goes one way: the same faults end in the same, whatever waits in it (docs/adr/0100-…md)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any, Final

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import models

from batconnect.core.database.tenancy import set_company
from batconnect.core.jobs import outbox as outboxes
from batconnect.core.jobs.outbox import LEASE, MAX_ATTEMPTS, Sent, message_id
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.models import Notice
from batconnect.core.people.notices import send_notices
from batconnect.directory.models import Customer
from ledger.paying.models import PayeeNotice
from ledger.paying.services.notices import send_payee_notices
from outstanding.models import PaymentReminder
from outstanding.services.reminders import send_reminders
from outstanding.tests.builders import make_renewal
from tests.cast import NORTH
from tests.tree import PACKAGES, ROOT

FIRST, SECOND = "first@x.example", "second@x.example"
_deliver = EmailBackend.send_messages
_SENDERS: Final = {"send_mail", "send_mass_mail", "mail_admins", "mail_managers", "send_messages"}


def notices(actor: Actor) -> list[models.Model]:
    common = {"company_id": NORTH, "user_id": actor.user_id, "text": "Your rights were changed."}
    return [Notice.objects.create(**common, email=each) for each in (FIRST, SECOND)]


def payee_notices(actor: Actor) -> list[models.Model]:
    customer = Customer.objects.create(company_id=NORTH, name="John Doe")
    common = {"company_id": NORTH, "customer": customer, "subject": "Your account", "text": "It was changed."}
    return [PayeeNotice.objects.create(**common, email=each) for each in (FIRST, SECOND)]


def reminders(actor: Actor) -> list[models.Model]:
    renewal = make_renewal(actor)
    common = {
        "company_id": NORTH,
        "renewal_case": renewal,
        "stage": "overdue",
        "due_date": today(actor.company),
    }
    return [
        PaymentReminder.objects.create(
            **common, row_id=place, recipient=each, subject="Your premium", body="It is due.", due_at=now()
        )
        for place, each in enumerate((FIRST, SECOND))
    ]


@dataclass(frozen=True)
class Box:
    """A table of mails: how two are put into it, who sends them, and how one is that ended without being sent."""

    put: Callable[[Actor], list[models.Model]]
    send: Callable[..., Sent]
    attempts: str
    given_up: Callable[[Any], bool]


BOXES: Final = {
    "notices": Box(notices, send_notices, "mail_attempts", lambda row: row.mailed_at is not None),
    "payee notices": Box(
        payee_notices,
        send_payee_notices,
        "attempts",
        lambda row: row.mailed_at is not None and not row.is_sent,
    ),
    "reminders": Box(reminders, send_reminders, "attempts", lambda row: row.state == "failed"),
}


@pytest.fixture(params=sorted(BOXES))
def box(request: pytest.FixtureRequest, settings: Any) -> Box:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "office@batconnect.example"
    return BOXES[request.param]


def work(box: Box) -> tuple[int, int]:
    report = box.send(company_id=NORTH)
    set_company(NORTH, metadata={"job": "test"})
    return report.sent, report.failed


def answering(monkeypatch: pytest.MonkeyPatch, fault: Callable[[], Exception]) -> None:
    """The mail server refuses the first address in this way, and takes every other."""

    def deliver(backend: EmailBackend, messages: Any) -> int:
        if messages[0].to == [FIRST]:
            raise fault()
        return int(_deliver(backend, messages))

    monkeypatch.setattr(EmailBackend, "send_messages", deliver)


@pytest.mark.parametrize(
    "fault",
    [
        lambda: SMTPRecipientsRefused({FIRST: (550, b"no such user")}),
        lambda: ValueError("a line break in its head"),
    ],
    ids=["refused for good", "no mail can be made of it"],
)
def test_what_can_never_be_sent_ends_at_once_and_stops_no_other(
    manager: Actor, box: Box, monkeypatch: pytest.MonkeyPatch, fault: Callable[[], Exception]
) -> None:
    first, _ = box.put(manager)
    answering(monkeypatch, fault)

    assert work(box) == (1, 1)
    with time_machine.travel(now() + timedelta(days=1)):
        assert work(box) == (0, 0)

    first.refresh_from_db()
    assert box.given_up(first)
    assert [each.to for each in mail.outbox] == [[SECOND]]


def test_a_server_that_is_away_is_tried_again_later_and_later_and_then_given_up(
    manager: Actor, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = box.put(manager)
    answering(monkeypatch, ConnectionRefusedError)
    begun = now()
    monkeypatch.setattr(outboxes.clock, "now", lambda at=begun: at)

    waits = []
    for _ in range(MAX_ATTEMPTS + 2):
        minutes = 0
        while work(box) == (0, 0) and minutes < 130:
            minutes += 1
            begun += timedelta(minutes=1)
            monkeypatch.setattr(outboxes.clock, "now", lambda at=begun: at)
        waits.append(minutes)

    first.refresh_from_db()
    assert waits[:4] == [0, 1, 2, 4]
    assert box.given_up(first)
    assert getattr(first, box.attempts) == MAX_ATTEMPTS


def test_a_sender_that_dies_after_handing_over_sends_it_once_more_under_the_same_id(
    manager: Actor, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = box.put(manager)
    hand_over = outboxes._hand_over

    def die(outbox: Any, row: Any) -> Any:
        hand_over(outbox, row)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(outboxes, "_hand_over", die)
        with pytest.raises(KeyboardInterrupt):
            work(box)
    set_company(NORTH, metadata={"job": "test"})
    assert work(box) == (1, 0), "the other one"
    with time_machine.travel(now() + LEASE + timedelta(seconds=1)):
        assert work(box) == (1, 0)

    of_first = [each.extra_headers["Message-ID"] for each in mail.outbox if each.to == [FIRST]]
    assert of_first == [message_id(first)] * 2


def test_what_ends_every_sender_is_given_up(manager: Actor, box: Box) -> None:
    first, _ = box.put(manager)
    type(first)._default_manager.filter(pk=first.pk).update(**{box.attempts: MAX_ATTEMPTS})

    assert work(box) == (1, 1)

    first.refresh_from_db()
    assert box.given_up(first)
    assert [each.to for each in mail.outbox] == [[SECOND]]


def test_no_other_code_sends_mails() -> None:
    """Django's `EmailMessage.send`, `send_mail` and its like are called by the one function alone."""
    callers = set()
    for package in PACKAGES:
        for path in ROOT.joinpath(package).rglob("*.py"):
            if "tests" in path.parts or "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                called = ast.unparse(node.func).rpartition(".")[2]
                # A signal is sent with arguments.
                if called in _SENDERS or (called == "send" and not node.args and not node.keywords):
                    callers.add(path.relative_to(ROOT).as_posix())

    # The second is a mail server, as far as the first can see.
    assert callers == {"batconnect/core/jobs/outbox.py", "batconnect/core/mailing/provider.py"}
