"""The last seal goes to the company's auditor every night, once, whatever the mail server does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.locmem import EmailBackend

from batconnect.addresses import read_addresses
from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.mailing.seal_heads import head_of, queue_head
from batconnect.core.mailing.sending import send_waiting
from batconnect.core.models import Notice, OutgoingMail, Seal
from batconnect.core.sealing.chain import seal_digest
from batconnect.core.sealing.checking import VERIFY_SEALS, check_and_count
from tests.cast import NORTH, SOUTH, acting

AUDITOR = "audit@firm.example"


@pytest.fixture(autouse=True)
def addressed(settings: Any) -> None:
    settings.SEAL_HEADS_TO = {"north taxi": AUDITOR}
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def seal(manager: Actor) -> Seal:
    digest = seal_digest(company_id=NORTH, number=1, previous=b"", rows=[])
    return Seal.objects.create(company_id=NORTH, number=1, previous=b"", digest=digest, rows=3)


def work() -> None:
    send_waiting(company_id=NORTH)
    set_company(NORTH, metadata={"job": "test"})


def test_the_head_is_mailed_once_a_day_and_can_be_checked_with(manager: Actor, seal: Seal) -> None:
    assert queue_head(actor=manager) is not None
    assert queue_head(actor=manager) is None
    assert mail.outbox == []
    work()
    work()

    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([AUDITOR], "Seal 1 of North Taxi")
    assert f"check_seals.py PACK.zip {head_of(seal)}" in sent.body
    assert sent.attachments == [("seal-1.txt", f"{head_of(seal)}\n", "text/plain")]
    with time_machine.travel(now() + timedelta(days=1)):
        again = queue_head(actor=manager)
        assert again is not None
        assert "The last one that was mailed is seal 1, on" in again.body


def test_a_mail_server_that_is_down_is_tried_again_and_said(
    manager: Actor, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(backend: EmailBackend, messages: Any) -> int:
        raise ConnectionRefusedError

    queue_head(actor=manager)
    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", refuse)
        work()

    waiting = OutgoingMail.objects.get()
    assert (waiting.state, waiting.attempts) == ("queued", 1)
    assert waiting.failure == "The mail server could not be reached or refused (ConnectionRefusedError)."
    with time_machine.travel(now() + timedelta(minutes=5)):
        work()
    assert [each.to for each in mail.outbox] == [[AUDITOR]]


def test_nothing_is_mailed_without_an_address_or_a_seal(manager: Actor, settings: Any) -> None:
    assert queue_head(actor=manager) is None
    digest = seal_digest(company_id=NORTH, number=1, previous=b"", rows=[])
    Seal.objects.create(company_id=NORTH, number=1, previous=b"", digest=digest, rows=3)
    settings.SEAL_HEADS_TO = {"south cars": AUDITOR}
    assert queue_head(actor=manager) is None
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_jobs_mail_each_companys_own_head_and_tell_what_differs() -> None:
    with acting("manager") as actor:
        digest = seal_digest(company_id=NORTH, number=1, previous=b"", rows=[])
        Seal.objects.create(company_id=NORTH, number=1, previous=b"", digest=digest, rows=3)
    for company in (NORTH, SOUTH, NORTH):
        for job in ("core.mail_seal_heads", VERIFY_SEALS):
            current_app.tasks[f"{job}.of_company"].apply(args=[str(company)], throw=True)

    with acting("manager") as actor:
        assert OutgoingMail.objects.get().recipient == AUDITOR
        counts, first = check_and_count(actor=actor)
        assert (counts, first.message if first else "") == (
            {"seals": 1, "differences": 1},
            "covers 3 rows, and 0 are there",
        )
        told = Notice.objects.filter(subject_model="core.Seal")
        assert {each.text.split(" Run ")[0] for each in told} == {
            "1 sealed rows or seals are not what was sealed. The first: seal 1 covers 3 rows, and 0 are there."
        }


def test_addresses_are_read_by_company_and_a_wrong_one_stops_the_start() -> None:
    assert read_addresses("North Taxi = a@b.c ; ") == {"north taxi": "a@b.c"}
    assert read_addresses("A=B=c@d.e") == {"a=b": "c@d.e"}
    assert read_addresses("") == {}
    for wrong in ("North Taxi", "=a@b.c", "North=", "North=a b@c.d", "North=@c", "North=a@b,c@d"):
        with pytest.raises(ImproperlyConfigured, match="takes NAME=ADDRESS"):
            read_addresses(wrong)
