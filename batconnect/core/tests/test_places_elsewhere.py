"""A place of somebody whom another company keeps: what is seen of the person, a reset that suspends it, both trails."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.models import AuditEvent, Membership, Notice, User
from batconnect.core.people.invitations import leave
from batconnect.core.people.people import change_user, set_user_active
from batconnect.core.people.places import NotYourAccount, change_membership, confirm_place
from batconnect.core.people.second_factor import reset_second_factor
from batconnect.core.tests.elsewhere import (
    PASSWORD,
    REASON,
    accepted,
    as_person,
    in_company,
    keeper,
    otto,
    trail,
)
from tests.cast import NORTH, SOUTH, StaffClient
from tests.console import browser
from tests.digest import assert_nothing_written

__all__ = ["otto"]

# --- What another company sees of the person -----------------------------------------------------------


def test_of_an_account_kept_elsewhere_the_name_alone_is_shown(administrator: Actor, otto: User) -> None:
    User.objects.filter(pk=otto.pk).update(last_login=timezone.now().replace(year=2001))
    accepted(administrator, otto)
    client = browser("administrator")

    listed = client.get(reverse("admin:core_user_changelist") + "?q=outsider").content.decode()
    one = client.get(reverse("admin:core_user_change", args=[otto.pk])).content.decode()
    page = client.get(reverse("admin:core_user_changelist") + "?q=otto@south").content.decode()
    file = b"".join(client.get(reverse("admin:core_user_download", args=["csv"]) + "?q=outsider")).decode()

    assert "outsider" in listed
    assert "Otto" in one
    for text in (listed, one, file):
        assert "otto@south.example" not in text
        assert "2001" not in text
    assert "Otto" not in page


# --- A reset by the home company -----------------------------------------------------------------------


def reset_password(actor: Actor, user: User) -> None:
    change_user(actor=actor, user_id=user.pk, password=PASSWORD)


def reset_factor(actor: Actor, user: User) -> None:
    User.objects.filter(pk=user.pk).update(second_factor_since=timezone.now())
    reset_second_factor(actor=actor, user_id=user.pk, reason=REASON)


@pytest.mark.parametrize("reset", [reset_password, reset_factor])
def test_a_reset_suspends_the_places_elsewhere(administrator: Actor, otto: User, reset: Any) -> None:
    place = accepted(administrator, otto)
    api = StaffClient(username="outsider", HTTP_X_COMPANY_ID=str(NORTH), company_header=False)
    assert api.get("/ledger/balances").status_code == 200

    reset(keeper(), otto)

    in_company(NORTH)
    place.refresh_from_db()
    assert not place.is_active
    assert place.suspended_since is not None
    assert api.get("/ledger/balances").status_code == 401, "tokens of before end"
    User.objects.filter(pk=otto.pk).update(one_time_password_until=None)
    api = browser("outsider")
    assert api.get("/ledger/balances", HTTP_X_COMPANY_ID=str(NORTH)).status_code == 403
    assert [each["name"] for each in api.get("/api/me").json()["companies"]] == ["South Premium"]
    in_company(NORTH)
    (event,) = AuditEvent.objects.filter(action="core.reset_elsewhere")
    assert (event.actor, event.user_id, event.details) == (
        "South Premium",
        None,
        {"company": "South Premium", "suspended": True},
    )
    (notice,) = Notice.objects.filter(user_id=administrator.user_id, text__contains="suspended")
    assert "South Premium" in notice.text
    in_company(SOUTH)
    assert Membership.objects.get(company_id=SOUTH, user=otto).is_active, "at home nothing changes"


def test_an_administrator_confirms_the_place(administrator: Actor, otto: User) -> None:
    place = accepted(administrator, otto)
    reset_password(keeper(), otto)
    in_company(NORTH)
    client, page = browser("administrator"), reverse("admin:core_membership_confirm_place", args=[place.pk])

    with pytest.raises(Conflict):
        change_membership(actor=administrator, membership_pk=place.pk, is_active=True)
    confirmation = client.post(page, {"reason": REASON})
    seen = confirmation.context["preview"].digest
    done = client.post(page, {"reason": REASON, "seen": seen}, follow=True)

    place.refresh_from_db()
    assert "works here again" in done.content.decode()
    assert (place.is_active, place.suspended_since) == (True, None)
    with assert_nothing_written(), pytest.raises(Conflict):
        confirm_place(actor=administrator, membership_pk=place.pk, reason=REASON)


@pytest.mark.parametrize("username", ["cashier", "manager", "auditor"])
def test_nobody_else_confirms_it(administrator: Actor, otto: User, username: str) -> None:
    place = accepted(administrator, otto)
    reset_password(keeper(), otto)
    in_company(NORTH)
    page = reverse("admin:core_membership_confirm_place", args=[place.pk])

    assert browser(username).post(page, {"reason": REASON}).status_code == 403


def test_a_suspended_place_can_be_ended(administrator: Actor, otto: User) -> None:
    place = accepted(administrator, otto)
    reset_password(keeper(), otto)
    in_company(NORTH)

    ended = change_membership(actor=administrator, membership_pk=place.pk, is_active=False)

    assert (ended.is_active, ended.suspended_since) == (False, None)


def test_an_ended_place_is_not_touched_by_a_reset(administrator: Actor, otto: User) -> None:
    place = accepted(administrator, otto)
    change_membership(actor=administrator, membership_pk=place.pk, is_active=False)

    reset_password(keeper(), otto)

    in_company(NORTH)
    place.refresh_from_db()
    assert place.suspended_since is None
    assert not AuditEvent.objects.filter(action="core.reset_elsewhere").exists()


def test_the_other_company_cannot_reset_the_person(administrator: Actor, otto: User) -> None:
    accepted(administrator, otto)

    with assert_nothing_written(), pytest.raises(NotYourAccount):
        change_user(actor=administrator, user_id=otto.pk, password=PASSWORD)
    with assert_nothing_written(), pytest.raises(NotYourAccount):
        set_user_active(actor=administrator, user_id=otto.pk, is_active=False, reason=REASON)


def test_the_database_keeps_no_active_suspended_place(administrator: Actor, otto: User) -> None:
    place = accepted(administrator, otto)

    with pytest.raises(DatabaseError, match="membership_suspended_is_inactive"), transaction.atomic():
        Membership.objects.filter(pk=place.pk).update(suspended_since=timezone.now())


# --- Both companies' trails ----------------------------------------------------------------------------


def test_both_trails_tell_of_a_place_added_changed_and_ended(administrator: Actor, otto: User) -> None:
    place = accepted(administrator, otto)
    change_membership(actor=administrator, membership_pk=place.pk, groups=["Cashier"])
    change_membership(actor=administrator, membership_pk=place.pk, is_active=False)

    here, there = trail(NORTH), trail(SOUTH)

    assert [action for action, _, _ in here] == [
        "core.invite",
        "core.accept_invitation",
        "core.change_membership",
        "core.change_membership",
    ]
    assert [actor for _, actor, _ in here] == ["Ada", "Otto", "Ada", "Ada"]
    assert there == [
        ("core.join_elsewhere", "North Taxi", str(otto.pk)),
        ("core.change_membership_elsewhere", "North Taxi", str(otto.pk)),
        ("core.change_membership_elsewhere", "North Taxi", str(otto.pk)),
    ]


def test_both_trails_tell_of_an_account_that_is_closed_and_opened(administrator: Actor, otto: User) -> None:
    accepted(administrator, otto)
    for is_active in (False, True):
        set_user_active(actor=keeper(), user_id=otto.pk, is_active=is_active, reason=REASON)

    assert [action for action, _, _ in trail(SOUTH)][1:] == ["core.close_user", "core.open_user"]
    assert trail(NORTH)[2:] == [
        ("core.close_user", "South Premium", str(otto.pk)),
        ("core.open_user", "South Premium", str(otto.pk)),
    ]


def test_both_trails_tell_that_the_person_left(administrator: Actor, otto: User) -> None:
    accepted(administrator, otto)
    as_person(otto)
    leave(user=otto, company_id=NORTH)

    assert trail(NORTH)[-1][0] == "core.leave_company"
    assert trail(SOUTH)[-1][0] == "core.leave_elsewhere"


def test_the_accounts_history_says_what_happened_elsewhere(administrator: Actor, otto: User) -> None:
    accepted(administrator, otto)
    in_company(SOUTH)

    client = browser("keeper")
    page = client.get(reverse("admin:core_user_history", args=[otto.pk])).content.decode()

    assert "accepted a place in another company: North Taxi" in page
