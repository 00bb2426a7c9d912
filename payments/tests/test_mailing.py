"""Receipts and statements by mail: asked for once, sent by a worker, tried again (docs/domain.md#outgoing-mail)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any, Final
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction
from structlog.testing import capture_logs

from batconnect.core.database.tenancy import company_context, set_company
from batconnect.core.jobs import outbox as outboxes
from batconnect.core.jobs.outbox import LEASE, MAX_ATTEMPTS, Outbox, message_id, next_attempt
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooManyRequests
from batconnect.core.mailing import sending
from batconnect.core.mailing.kinds import mailed_kinds
from batconnect.core.mailing.sending import send_waiting
from batconnect.core.mailing.services import propose_mail, queue_document, send_again, split_addresses
from batconnect.core.models import AuditEvent, CompanySettings, OutgoingMail
from batconnect.directory.models import Customer
from payments.models import Payment
from payments.printed import CUSTOMER_STATEMENT, PAYMENT_RECEIPT, statement_key
from payments.tests.billing import bill, make_customer, post, receive
from payments.tests.builders import new_key
from tests.cast import NORTH, SOUTH, StaffClient

MAILS: Final = "/api/mails"
RECEIPT: Final = PAYMENT_RECEIPT.code
_deliver = EmailBackend.send_messages


@pytest.fixture(autouse=True)
def outbox(settings: Any) -> None:
    """Mails are kept in memory."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "office@batconnect.example"


@pytest.fixture
def payment(cashier: Actor, manager: Actor) -> Payment:
    """A payment of a customer with an address."""
    customer = make_customer(manager, "Acme Insurance")
    bill(manager, customer, "100.00")
    return receive(manager, customer, "100.00")


def send(actor: Actor, payment: Payment, *recipients: str, **texts: str) -> list[OutgoingMail]:
    return queue_document(actor=actor, kind=RECEIPT, number=str(payment.pk), recipients=recipients, **texts)


def work() -> tuple[int, int]:
    report = send_waiting(company_id=NORTH)
    set_company(NORTH, metadata={"job": "test"})
    return report.sent, report.failed


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Faults that the mail server answers with, first one first; afterwards it takes mails."""
    faults: list[Exception] = []

    def deliver(backend: EmailBackend, messages: Any) -> int:
        if faults:
            raise faults.pop(0)
        return int(_deliver(backend, messages))

    monkeypatch.setattr(EmailBackend, "send_messages", deliver)
    return faults


def test_every_document_that_customers_are_handed_is_sent() -> None:
    assert {kind.code for kind in mailed_kinds()} >= {
        *("payments.receipt", "payments.interim_receipt", "payments.statement"),
        *("ledger.dtr", "loans.statement", "repairs.statement"),
    }


def test_a_receipt_goes_to_the_customers_address_with_the_companys_text(
    cashier: Actor, payment: Payment
) -> None:
    CompanySettings.objects.update(
        mail_cover="Hello {name}: {document}.\n{company} {unknown}", email="o@x.example"
    )

    (queued,) = send(cashier, payment)
    assert mail.outbox == []
    assert work() == (1, 0)

    (sent,) = mail.outbox
    queued.refresh_from_db()
    assert (sent.to, sent.reply_to) == (["ap@acme.example"], ["o@x.example"])
    assert sent.from_email == "North Taxi <office@batconnect.example>"
    assert sent.body == f"Hello Acme Insurance: Receipt {payment.receipt_number}.\nNorth Taxi {{unknown}}"
    name, content, kind = sent.attachments[0]
    assert (name, content[:5], kind) == (f"{payment.receipt_number}.pdf", b"%PDF-", "application/pdf")
    assert sent.extra_headers["Message-ID"] == f"<{queued.pk}@batconnect.example>"
    assert (queued.state, queued.attempts, queued.failure) == ("sent", 1, "")
    assert queued.customer_id == payment.customer_id
    assert AuditEvent.objects.get(action="mail.send").actor == "Merly"


def test_each_address_gets_a_mail_of_its_own_once(cashier: Actor, payment: Payment) -> None:
    send(cashier, payment, "a@x.example", "b@x.example", "A@x.example")

    assert work() == (2, 0)
    assert work() == (0, 0)
    assert [each.to for each in mail.outbox] == [["a@x.example"], ["b@x.example"]]


def test_a_statement_is_sent_in_a_currency(cashier: Actor, payment: Payment) -> None:
    kind, number = CUSTOMER_STATEMENT.code, statement_key(payment.customer_id, "USD")
    proposal = propose_mail(actor=cashier, kind=kind, number=number)

    queue_document(actor=cashier, kind=kind, number=number)

    assert proposal.title == "Statement of account in USD"
    assert work() == (1, 0)
    with pytest.raises(InvalidInput):
        propose_mail(actor=cashier, kind=kind, number=statement_key(payment.customer_id, "XXX"))


@pytest.mark.parametrize(
    "recipients",
    [
        ["not an address"],
        ["a@x.example\r\nBcc: all@x.example"],
        ["a@x.example\nBcc: all@x.example"],
        ["a@x.example,b@x.example"],
        ["a@x.example\u2028b"],
        ["Acme <a@x.example>"],
        ["a@" + "x" * 260 + ".example"],
        [""],
        [f"{place}@x.example" for place in range(6)],
    ],
)
def test_refuses_what_is_not_one_address(cashier: Actor, payment: Payment, recipients: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        send(cashier, payment, *recipients)

    assert refused.value.errors[0].field.startswith("recipients")
    assert not OutgoingMail.objects.exists()
    assert not AuditEvent.objects.filter(action="mail.send").exists()


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"subject": "Receipt\r\nBcc: all@x.example"}, "subject"),
        ({"subject": "Receipt\x0bnow"}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"body": "\x00"}, "body"),
        ({"body": "x" * 5_001}, "body"),
    ],
)
def test_refuses_texts_that_are_none(
    cashier: Actor, payment: Payment, texts: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        send(cashier, payment, **texts)

    assert [each.field for each in refused.value.errors] == [field]
    assert not OutgoingMail.objects.exists()


def test_refuses_a_customer_without_address_and_documents_that_are_none(
    cashier: Actor, payment: Payment
) -> None:
    Customer.objects.update(email="")

    with pytest.raises(InvalidInput):
        send(cashier, payment)
    for kind, number in (
        ("os.system", "1"),
        (RECEIPT, str(uuid4())),
        (RECEIPT, "%s {0}"),
        ("ledger.dtr", "x"),
    ):
        with pytest.raises(NotFound):
            propose_mail(actor=cashier, kind=kind, number=number)
    assert not OutgoingMail.objects.exists()


def test_only_people_with_both_rights_send(auditor: Actor, administrator: Actor, payment: Payment) -> None:
    for actor in (auditor, administrator):
        with pytest.raises(NotAllowed):
            send(actor, payment)


def test_a_company_sends_so_many_in_an_hour(cashier: Actor, payment: Payment, settings: Any) -> None:
    settings.MAILS_PER_HOUR = 2
    send(cashier, payment, "a@x.example")

    with pytest.raises(TooManyRequests):
        send(cashier, payment, "b@x.example", "c@x.example")
    send(cashier, payment, "b@x.example")

    assert OutgoingMail.objects.count() == 2


def test_a_mail_server_that_is_away_is_tried_again_later_and_later(
    cashier: Actor, payment: Payment, refusing: list[Exception]
) -> None:
    refusing += [ConnectionRefusedError(), SMTPServerDisconnected("ap@acme.example is not liked")]
    (queued,) = send(cashier, payment)

    with capture_logs() as logs:
        assert work() == (0, 1)
        assert work() == (0, 0)
    with time_machine.travel(now() + timedelta(minutes=1, seconds=1)):
        assert work() == (0, 1)
    with time_machine.travel(now() + timedelta(minutes=2)):
        assert work() == (0, 0)
    with time_machine.travel(now() + timedelta(minutes=5)):
        assert work() == (1, 0)

    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == ("sent", 3)
    assert "acme" not in str(logs).lower()
    assert next_attempt(attempts=MAX_ATTEMPTS, after=now()) - now() > timedelta(hours=2)


def test_is_given_up_after_the_last_attempt_and_sent_again_by_hand(
    cashier: Actor, payment: Payment, refusing: list[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "MAX_ATTEMPTS", 1)
    refusing.append(ConnectionRefusedError())
    (queued,) = send(cashier, payment)
    assert work() == (0, 1)

    queued.refresh_from_db()
    assert (queued.state, queued.failure) == (
        "failed",
        "The mail server could not be reached or refused (ConnectionRefusedError).",
    )
    send_again(actor=cashier, mail_id=queued.pk)
    with pytest.raises(Conflict):
        send_again(actor=cashier, mail_id=queued.pk)
    assert work() == (1, 0)
    with pytest.raises(NotFound):
        send_again(actor=cashier, mail_id=uuid4())


@pytest.mark.parametrize(("code", "state"), [(550, "bounced"), (450, "queued")])
def test_an_address_that_the_server_refuses_for_good_bounces(
    cashier: Actor, payment: Payment, refusing: list[Exception], code: int, state: str
) -> None:
    refusing.append(SMTPRecipientsRefused({"ap@acme.example": (code, b"no such user")}))
    (queued,) = send(cashier, payment)

    work()

    queued.refresh_from_db()
    assert queued.state == state
    assert str(code) in queued.failure
    assert "acme" not in queued.failure


def test_a_worker_that_dies_after_handing_over_sends_it_once_more_under_the_same_id(
    cashier: Actor, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    (queued,) = send(cashier, payment)

    def die(outbox: Outbox[OutgoingMail], row: OutgoingMail) -> Any:
        hand_over(outbox, row)
        raise KeyboardInterrupt

    hand_over = outboxes._hand_over
    with monkeypatch.context() as dying:
        dying.setattr(outboxes, "_hand_over", die)
        with pytest.raises(KeyboardInterrupt):
            work()
    set_company(NORTH, metadata={"job": "test"})
    assert work() == (0, 0)
    with time_machine.travel(now() + LEASE + timedelta(seconds=1)):
        assert work() == (1, 0)

    first, second = mail.outbox
    assert first.extra_headers == second.extra_headers == {"Message-ID": message_id(queued)}


def test_a_document_that_cannot_be_printed_any_more_fails_with_its_reason(
    cashier: Actor, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    (queued,) = send(cashier, payment)
    monkeypatch.setattr(sending, "LARGEST_ATTACHMENT", 10)

    assert work() == (0, 1)

    queued.refresh_from_db()
    assert (queued.state, mail.outbox) == ("failed", [])


def test_what_ends_every_worker_is_given_up(cashier: Actor, payment: Payment) -> None:
    (queued,) = send(cashier, payment)
    OutgoingMail.objects.update(attempts=MAX_ATTEMPTS)

    assert work() == (0, 1)

    queued.refresh_from_db()
    assert (queued.state, mail.outbox) == ("failed", [])


def test_a_name_of_several_lines_adds_no_header(cashier: Actor, payment: Payment) -> None:
    CompanySettings.objects.update(legal_name="North\r\nBcc: all@x.example")
    (queued,) = send(cashier, payment)

    assert "\n" not in queued.subject
    assert work() == (1, 0)
    assert mail.outbox[0].message()["Bcc"] is None


def test_the_api_sends_once_per_key_and_shows_the_log(
    client_of: Callable[..., StaffClient], payment: Payment
) -> None:
    client, key = client_of("cashier"), new_key()
    body = {"document_kind": RECEIPT, "document_number": str(payment.pk), "recipients": ["a@x.example"]}

    first, again = (
        client.post(MAILS, body, format="json", headers={"Idempotency-Key": key}) for _ in range(2)
    )
    work()
    mail_id = first.json()["mails"][0]["mail_id"]

    assert (first.status_code, again.json()) == (202, first.json())
    assert OutgoingMail.objects.count() == 1
    assert client.get(f"{MAILS}/{mail_id}").json()["state"] == "sent"
    listed = client.get(f"{MAILS}?state=sent&customer_id={payment.customer_id}").json()
    assert [each["mail_id"] for each in listed["results"]] == [mail_id]
    assert client.get(f"{MAILS}?document_number=none").json()["total"] == 0
    assert post(client, f"{MAILS}/{mail_id}/send-again", {}).status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipients": "a@x.example"},
        {"recipients": ["a@x.example"] * 6},
        {"recipients": [1]},
        {"recipients": ["a@x.example\r\nBcc: b@x.example"]},
        {"subject": "x" * 201},
        {"body": 5},
        {"cc": ["a@x.example"]},
        {"document_kind": None},
    ],
)
def test_the_api_refuses_what_is_not_a_mail(
    client_of: Callable[..., StaffClient], payment: Payment, wrong: dict[str, Any]
) -> None:
    body = {"document_kind": RECEIPT, "document_number": str(payment.pk), **wrong}

    assert post(client_of("cashier"), MAILS, body).status_code == 400
    assert not OutgoingMail.objects.exists()


def test_another_companys_documents_and_mails_are_not_there(
    client_of: Callable[..., StaffClient], cashier: Actor, payment: Payment
) -> None:
    (queued,) = send(cashier, payment)
    outsider = client_of("outsider")
    body = {"document_kind": RECEIPT, "document_number": str(payment.pk), "recipients": ["a@x.example"]}

    assert post(outsider, MAILS, body).status_code == 404
    assert outsider.get(MAILS).json()["total"] == 0
    assert outsider.get(f"{MAILS}/{queued.pk}").status_code == 404
    assert post(outsider, f"{MAILS}/{queued.pk}/send-again", {}).status_code == 404
    with company_context(SOUTH, job="test"):
        assert not OutgoingMail.objects.exists()
    assert send_waiting(company_id=SOUTH).sent == 0


@pytest.mark.parametrize(
    "columns",
    [
        {"recipient": "a@x.example\nBcc: b@x.example"},
        {"recipient": "a@x.example,b@x.example"},
        {"subject": "One\nTwo"},
        {"state": "sent"},
    ],
)
def test_the_database_refuses_it_too(cashier: Actor, payment: Payment, columns: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingMail(
            company_id=NORTH,
            **{
                "kind": RECEIPT,
                "number": "1",
                "title": "Receipt",
                "recipient": "a@x.example",
                "subject": "Receipt",
                "body": "Text",
                "due_at": now(),
                "requested_by": "Merly",
                **columns,
            },
        ).save(force_insert=True)


def test_addresses_are_split_as_people_type_them() -> None:
    assert split_addresses(" a@x.example; b@x.example,\n c@x.example ,") == [
        "a@x.example",
        "b@x.example",
        "c@x.example",
    ]
