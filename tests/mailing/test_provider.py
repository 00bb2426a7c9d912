"""A provider of mail: its faults as SMTP's, its bounces on the mail they are about and on no other."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any
from uuid import UUID, uuid4

import pytest
from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import clear_url_caches

from batconnect.core.audit import record_event
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.mailing import provider
from batconnect.core.mailing.bounces import metadata_of, note_bounce
from batconnect.core.models import Notice, OutgoingMail
from tests.cast import NORTH, SOUTH, acting

SECRET = "provider:a long secret of ours"


@pytest.fixture
def mailed(manager: Actor) -> OutgoingMail:
    return OutgoingMail.objects.create(
        company_id=NORTH,
        kind="payments.receipt",
        number="1",
        title="Receipt R-1",
        recipient="john@example.com",
        subject="Your receipt",
        body="It is attached.",
        state=OutgoingMail.State.SENT,
        attempts=1,
        sent_at=now(),
        due_at=now(),
        requested_by="Mara",
    )


@pytest.fixture
def reported(settings: Any) -> Iterator[None]:
    """The provider's address, as it is where the environment names one."""
    settings.MAIL_PROVIDER, settings.ANYMAIL = "postmark", {"WEBHOOK_SECRET": SECRET}
    module = type(sys)("urls_of_provider")
    module.urlpatterns = provider.provider_urls()  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    settings.ROOT_URLCONF = module.__name__
    clear_url_caches()
    yield
    del sys.modules[module.__name__]
    provider.tracking.disconnect(dispatch_uid="batconnect.mail-events")


def report(metadata: dict[str, str], *, kind: str = "HardBounce", secret: str = SECRET) -> int:
    body = {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": kind,
        "MessageID": "m-1",
        "Email": "john@example.com",
        "Details": "smtp; 550 5.1.1 no such user <john@example.com>",
        "BouncedAt": "2026-11-30T10:00:00Z",
        "Metadata": metadata,
    }
    signed = base64.b64encode(secret.encode()).decode()
    headers = {"Authorization": f"Basic {signed}"} if secret else {}
    answer = Client(raise_request_exception=False).post(
        "/mail-events/postmark/", json.dumps(body), content_type="application/json", headers=headers
    )
    return answer.status_code


def state_of(mail: OutgoingMail) -> str:
    with acting("manager"):
        return OutgoingMail.objects.get(pk=mail.pk).state


def test_a_bounce_is_noted_on_the_mail_without_what_the_server_said(
    mailed: OutgoingMail, reported: None
) -> None:
    answers = [report(metadata_of(mailed)) for _ in range(2)]

    assert answers == [200, 200]
    with acting("manager"):
        noted = OutgoingMail.objects.get(pk=mailed.pk)
    assert (noted.state, noted.sent_at) == ("bounced", None)
    assert noted.failure == "The provider reports that it came back (bounced)."


def test_a_bounce_is_told_once_to_who_had_it_sent(
    mailed: OutgoingMail, manager: Actor, cashier: Actor
) -> None:
    record_event(actor=cashier, action="mail.send", subject_type="core.outgoing_mail", subject_id=mailed.id)

    noted = [note_bounce(company_id=NORTH, mail_id=mailed.id, why="bounced") for _ in range(2)]

    assert noted == [True, False]
    with acting("manager"):
        told = list(Notice.objects.filter(subject_key=str(mailed.id)).values_list("user_id", "kind", "text"))
    assert told == [
        (
            cashier.user_id,
            "failure",
            "Receipt R-1 did not reach john@example.com: The provider reports that it came back (bounced). "
            "Its page sends it again, once the address is right.",
        )
    ]


def test_a_bounce_of_what_nobody_had_sent_is_told_to_managers(mailed: OutgoingMail, manager: Actor) -> None:
    note_bounce(company_id=NORTH, mail_id=mailed.id, why="bounced")

    with acting("manager"):
        told = set(Notice.objects.filter(subject_key=str(mailed.id)).values_list("user_id", flat=True))
    assert manager.user_id in told


@pytest.mark.parametrize("secret", ["", "provider:guess"], ids=["none", "wrong"])
def test_nobody_without_the_secret_is_believed(mailed: OutgoingMail, reported: None, secret: str) -> None:
    assert report(metadata_of(mailed), secret=secret) == 400
    assert state_of(mailed) == "sent"


@pytest.mark.parametrize(
    "changed",
    [
        {"company_id": str(SOUTH)},
        {"company_id": str(UUID(int=7))},
        {"mail_id": str(uuid4())},
        {"mail_id": "x"},
        {"company_id": ""},
    ],
    ids=["south", "nowhere", "unknown", "malformed", "empty"],
)
def test_what_names_no_mail_of_the_company_changes_none(
    mailed: OutgoingMail, reported: None, changed: dict[str, str]
) -> None:
    assert report({**metadata_of(mailed), **changed}) == 200
    assert state_of(mailed) == "sent"


def test_other_events_and_mails_that_were_not_handed_over_stay(
    mailed: OutgoingMail, reported: None, manager: Actor
) -> None:
    OutgoingMail.objects.filter(pk=mailed.pk).update(state="queued", sent_at=None, attempts=0)

    assert report(metadata_of(mailed)) == 200
    assert state_of(mailed) == "queued"


def test_there_is_no_address_without_a_secret(settings: Any) -> None:
    settings.MAIL_PROVIDER, settings.ANYMAIL = "postmark", {}

    assert provider.provider_urls() == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (AnymailAPIError("the key is wrong: john@example.com"), SMTPException),
        (AnymailRecipientsRefused(), SMTPRecipientsRefused),
    ],
    ids=["fault", "refused"],
)
def test_faults_are_told_as_those_of_smtp(
    settings: Any, monkeypatch: pytest.MonkeyPatch, fault: Exception, told: type[Exception]
) -> None:
    settings.MAIL_PROVIDER = "test"
    backend = provider.ProviderBackend()

    def fail(messages: Any) -> int:
        raise fault

    monkeypatch.setattr(backend._own, "send_messages", fail)

    with pytest.raises(told) as raised:
        backend.send_messages([EmailMessage("s", "b", to=["john@example.com"])])

    assert isinstance(raised.value, OSError)
    assert "key is wrong" not in str(raised.value)
