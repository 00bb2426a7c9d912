"""The bell: who is told of what, once until it is read, cheaply, and by mail for those who asked for it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batconnect.core.approvals import kinds
from batconnect.core.approvals.kinds import ApprovalKind, Carried, register_kind
from batconnect.core.approvals.services import About, approve, request_approval
from batconnect.core.jobs.running import each_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval, Membership, Notice, User
from batconnect.core.notes.services import write_note
from batconnect.core.people.notices import mark_read, send_notices, unread_count
from batconnect.directory.models import Customer
from cases.services.managing import reassign_case
from cases.services.opening import create_case
from ledger.settlement.models import WeeklyRun
from ledger.settlement.services import runs
from tests.cast import NORTH, STAFF
from tests.console import browser

Kind = Notice.Kind
PROBE = ApprovalKind(
    code="probe",
    label="Probe",
    permission="payments.approve_refund",
    view_permission="payments.view",
    trail="core.probe",
    carry_out=lambda actor, approval: Carried("Done."),
    limit="refund_approval_limit",
)


@pytest.fixture(autouse=True)
def probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    register_kind(PROBE)


@pytest.fixture
def customer(manager: Actor) -> Customer:
    return Customer.objects.create(company_id=NORTH, name="John Doe")


def ask(actor: Actor) -> Approval:
    about = About("core.probe", "7", "Refund of 1,500.00 USD", {}, "Because of that")
    return request_approval(actor=actor, kind=PROBE, about=about)


def told(kind: Notice.Kind, **more: Any) -> list[str]:
    rows = Notice.objects.filter(kind=kind, **more)
    return sorted(rows.values_list("user__username", flat=True))


def bell(username: str) -> str:
    page = browser(username).get(reverse("admin:find")).content.decode()
    start = page.index('class="bell"')
    return page[start : page.index("</a>", start)]


def mention(actor: Actor, customer: Customer, text: str = "@cashier") -> None:
    write_note(actor=actor, subject_type="customer", subject_id=str(customer.pk), text=text)


def test_who_may_decide_is_told_and_who_asked_learns_the_decision(
    manager: Actor, second_manager: Actor
) -> None:
    request = ask(manager)

    waiting = told(Kind.APPROVAL)
    approve(actor=second_manager, approval_id=request.id, reason="Agreed")

    assert waiting == ["second_manager"], "neither who asked nor who may not decide"
    assert told(Kind.APPROVAL, read_at=None) == [], "it waits for nobody any more"
    assert told(Kind.DECIDED) == ["manager"]
    notice = Notice.objects.get(kind=Kind.DECIDED)
    assert notice.text == "Sam approved what you asked for: Refund of 1,500.00 USD: Agreed"


def test_a_case_that_is_given_to_somebody_is_told_to_them_alone(manager: Actor) -> None:
    case = create_case(actor=manager, case_type="INTPAY").case

    reassign_case(actor=manager, case_no=case.case_no, reason="on her way", username="cashier")
    reassign_case(actor=manager, case_no=case.case_no, reason="I take it")

    assert told(Kind.REASSIGNED) == ["cashier"]
    assert case.case_no in Notice.objects.get().text


def test_a_job_that_fails_every_minute_is_told_once_until_it_is_read(in_north: None) -> None:
    job = each_company(f"test.bell_{uuid4().hex}")(lambda actor: 1 // 0)

    def fail() -> None:
        with suppress(ZeroDivisionError):
            job.app.tasks[f"{job.name}.of_company"].apply(args=[str(NORTH)], throw=True)

    fail()
    fail()
    once = told(Kind.FAILURE)
    mark_read(user_id=STAFF["manager"][0])
    fail()

    assert once == ["administrator", "manager", "second_manager"]
    assert told(Kind.FAILURE, read_at=None) == once


def test_a_weekly_run_that_stops_is_told(manager: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    with suppress(ZeroDivisionError), runs._Claim(manager, date(2026, 1, 4), "lease_fees"):
        raise ZeroDivisionError

    assert "manager" in told(Kind.FAILURE)
    assert Notice.objects.filter(kind=Kind.FAILURE)[0].subject_key == str(WeeklyRun.objects.get().pk)


def test_counts_what_is_not_read_leads_on_and_is_read_by_one_click(
    manager: Actor, customer: Customer
) -> None:
    mention(manager, customer)
    client = browser("cashier")

    before = bell("cashier")
    page = client.get(reverse("admin:notices")).content.decode()
    notice = Notice.objects.get()
    opened = client.post(reverse("admin:notices"), {"open": str(notice.pk)})

    assert ">1</span>" in before
    assert "1 not read" in before
    assert "mentioned you in a note on customer John Doe" in page
    assert opened.url == reverse("admin:customer", args=[customer.pk])
    assert "not read" not in bell("cashier")
    assert "not read" not in bell("manager")


def test_all_are_read_at_once_and_nobody_elses(manager: Actor, customer: Customer) -> None:
    mention(manager, customer, "@cashier @auditor")

    browser("cashier").post(reverse("admin:notices"), {"all": "1"})

    assert told(Kind.MENTION, read_at=None) == ["auditor"]


def test_the_count_is_part_of_a_statement_that_every_page_makes(manager: Actor, customer: Customer) -> None:
    mention(manager, customer)
    client = browser("cashier")
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("admin:find"))

    naming = [each["sql"] for each in captured if '"notices"' in each["sql"]]
    assert len(naming) == 1
    assert '"memberships"' in naming[0]
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        rows = Membership.objects.filter(user_id=1).values_list("pk", unread_count(1))
        assert "notice_unread" in rows.explain()


def test_who_left_the_company_is_neither_shown_nor_mailed_what_waits_there(
    manager: Actor, customer: Customer
) -> None:
    User.objects.filter(username="auditor").update(email="audrey@north.example", mails_notices=True)
    mention(manager, customer, "@auditor")
    Membership.objects.filter(user__username="auditor").update(is_active=False)
    Membership.objects.create(company_id=NORTH, user_id=STAFF["outsider"][0], groups=["Cashier"])

    assert send_notices(company_id=NORTH).sent == 0
    assert mail.outbox == []


def test_is_mailed_once_to_those_who_asked_for_it(manager: Actor, customer: Customer) -> None:
    User.objects.filter(username__in=["cashier", "auditor"]).update(email="each@north.example")
    account = reverse("admin:account")
    browser("cashier").post(account, {"do": "mail", "mails_notices": "on"})
    mention(manager, customer, "@cashier @auditor, a secret")

    first, second = send_notices(company_id=NORTH), send_notices(company_id=NORTH)

    assert (first.sent, second.sent) == (1, 0)
    assert "secret" not in mail.outbox[0].body
    browser("cashier").post(account, {"do": "mail"})
    assert not User.objects.get(username="cashier").mails_notices
