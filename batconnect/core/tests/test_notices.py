"""What people and administrators are told, here and by mail, and who reads it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Invitation, Membership, Notice, User
from batconnect.core.people.invitations import invite
from batconnect.core.people.notices import mark_read, notices_of, send_notices
from batconnect.core.people.people import add_user, change_user
from batconnect.core.people.places import change_membership
from batconnect.core.tests.elsewhere import (
    NAMES,
    PASSWORD,
    in_company,
    known,
    otto,
)
from tests.cast import NORTH
from tests.console import browser

__all__ = ["known", "otto"]


def test_the_person_and_the_administrators_are_told_here_and_by_mail(
    administrator: Actor, otto: User
) -> None:
    add_user(actor=administrator, username="second", groups=["Administrator"], password=PASSWORD)
    User.objects.filter(username="second").update(email="second@north.example")
    place = Membership.objects.get(user__username="cashier")
    User.objects.filter(username="cashier").update(email="merly@north.example")

    change_membership(actor=administrator, membership_pk=place.pk, groups=["Auditor"])
    report = send_notices(company_id=NORTH)

    assert {(each.to[0], each.subject) for each in mail.outbox} == {
        ("second@north.example", "North Taxi: a notice about your account"),
        ("merly@north.example", "North Taxi: a notice about your account"),
    }
    assert "Ada changed the place of cashier: from Cashier to Auditor." in mail.outbox[0].body
    assert (report.sent, send_notices(company_id=NORTH).sent) == (2, 0)
    assert not Notice.objects.filter(user_id=administrator.user_id).exists(), "who did it knows"
    front = browser("cashier").get("/admin/").content.decode()
    assert "Ada changed the place of cashier" in front


def test_an_invitation_is_mailed_to_whom_it_names_and_to_nobody_else(known: Actor) -> None:
    in_company(NORTH)
    for name in NAMES:
        invite(actor=known, username=name, groups=[])

    send_notices(company_id=NORTH)

    assert [each.to for each in mail.outbox] == [["otto@south.example"]]
    assert "North Taxi invites you to work there" in mail.outbox[0].body
    assert not Invitation.objects.filter(mailed_at__isnull=True).exists()


def test_a_mail_that_fails_is_tried_again_later(
    administrator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(username="cashier").update(email="merly@north.example")
    place = Membership.objects.get(user__username="cashier")
    change_membership(actor=administrator, membership_pk=place.pk, groups=["Auditor"])

    def refuse(self: Any) -> int:
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    first = send_notices(company_id=NORTH)
    monkeypatch.undo()
    at_once = send_notices(company_id=NORTH)
    Notice.objects.update(mail_due_at=timezone.now())
    later = send_notices(company_id=NORTH)

    assert [(each.sent, each.failed) for each in (first, at_once, later)] == [(0, 1), (0, 0), (1, 0)]


def test_a_changed_address_is_told_to_the_old_one(administrator: Actor) -> None:
    user = add_user(actor=administrator, username="nina", groups=[], email="old@north.example")

    change_user(actor=administrator, user_id=user.pk, email="new@north.example")
    send_notices(company_id=NORTH)

    assert [each.to for each in mail.outbox] == [["old@north.example"]]


def test_a_person_reads_the_own_notices_alone(administrator: Actor) -> None:
    place = Membership.objects.get(user__username="cashier")
    change_membership(actor=administrator, membership_pk=place.pk, groups=["Auditor"])
    notice = Notice.objects.get(user__username="cashier")

    stranger = browser("manager").get(reverse("admin:notices")).content.decode()
    browser("manager").post(reverse("admin:notices"), {"notice": str(notice.pk)})
    assert "Ada changed" not in stranger
    assert Notice.objects.get(pk=notice.pk).read_at is None

    browser("cashier").post(reverse("admin:notices"), {"notice": [str(notice.pk), "x"]})
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert "Ada changed" not in browser("cashier").get("/admin/").content.decode()


def test_marking_anothers_notice_marks_none(administrator: Actor) -> None:
    place = Membership.objects.get(user__username="cashier")
    change_membership(actor=administrator, membership_pk=place.pk, groups=["Auditor"])
    notice = Notice.objects.get(user__username="cashier")

    mark_read(user_id=place.user_id + 1, notice_ids=[notice.pk])

    assert notices_of(user_id=place.user_id, unread=True) == [notice]
