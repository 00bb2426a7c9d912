"""Places for people of other companies: offered, accepted by the person, refused; and who invites learns nothing."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from batconnect.core.database.tenancy import open_request
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, Refusal
from batconnect.core.models import Invitation, Membership, User
from batconnect.core.people.invitations import MAX_PENDING, answer, invite, leave, offers_to, withdraw
from batconnect.core.people.places import change_membership
from batconnect.core.tests.elsewhere import (
    NAMES,
    REASON,
    accepted,
    as_person,
    in_company,
    known,
    otto,
)
from tests.cast import NORTH, SOUTH, StaffClient
from tests.console import browser
from tests.databases import owners_hand
from tests.digest import assert_nothing_written

__all__ = ["known", "otto"]

# --- A pending invitation counts nowhere --------------------------------------------------------------


def test_a_pending_invitation_counts_nowhere(administrator: Actor, otto: User) -> None:
    api = StaffClient(username="outsider", company_header=False)
    assert api.get("/ledger/balances").status_code == 200

    invite(actor=administrator, username="outsider", groups=["Auditor"])

    assert not Membership.objects.filter(company_id=NORTH, user=otto).exists()
    opened = open_request(user_id=otto.pk, company_id=NORTH, request_id="x")
    assert opened is not None
    assert opened[1] is None
    assert api.get("/ledger/balances").status_code == 200, "the person's clients go on as before"
    assert [each["name"] for each in api.get("/api/me").json()["companies"]] == ["South Premium"]
    users = browser("administrator").get(reverse("admin:core_user_changelist")).content.decode()
    places = browser("administrator").get(reverse("admin:core_membership_changelist")).content.decode()
    assert "outsider" not in users + places
    assert "Otto" not in users + places
    chosen = browser("outsider").post(reverse("admin:company"), {"company_id": str(NORTH)})
    assert "You do not belong to that company." in chosen.content.decode()
    assert not browser("outsider").get("/admin/account/").context.get("site_dropdown"), "nothing to switch to"


def test_the_person_accepts_in_the_console(administrator: Actor, otto: User) -> None:
    invitation = invite(actor=administrator, username="outsider", groups=["Auditor"])
    client = browser("outsider")

    front = client.get("/admin/").content.decode()
    page = client.get(reverse("admin:company")).content.decode()
    done = client.post(
        reverse("admin:company"), {"do": "accept", "key": str(invitation.pk), "next": "/admin/"}, follow=True
    )

    assert "North Taxi invites you" in front
    assert "North Taxi invites you" in page
    assert "You have a place in North Taxi now." in done.content.decode()
    place = Membership.objects.get(company_id=NORTH, user=otto)
    assert (place.groups, place.is_active) == (["Auditor"], True)
    assert Invitation.objects.get().state == "accepted"
    assert client.post(reverse("admin:company"), {"company_id": str(NORTH)}).status_code == 302


def test_declining_leaves_no_place(administrator: Actor, otto: User) -> None:
    invitation = invite(actor=administrator, username="outsider", groups=["Auditor"])

    browser("outsider").post(reverse("admin:company"), {"do": "decline", "key": str(invitation.pk)})

    assert not Membership.objects.filter(company_id=NORTH, user=otto).exists()
    assert Invitation.objects.get().state == "declined"
    as_person(otto)
    with pytest.raises(NotFound):
        answer(user=otto, invitation_id=invitation.pk, accept=True)


@pytest.mark.parametrize("username", ["cashier", "manager", "administrator"])
def test_nobody_answers_for_another(administrator: Actor, otto: User, username: str) -> None:
    invitation = invite(actor=administrator, username="outsider", groups=["Auditor"])

    page = browser(username).post(
        reverse("admin:company"), {"do": "accept", "key": str(invitation.pk)}, follow=True
    )

    assert "There is no such invitation for you." in page.content.decode()
    assert Invitation.objects.get().state == "pending"


def test_a_programs_account_accepts_nothing(administrator: Actor, otto: User) -> None:
    invitation = invite(actor=administrator, username="outsider", groups=["Auditor"])
    with owners_hand():
        User.objects.filter(pk=otto.pk).update(is_staff=False)
    otto.refresh_from_db()
    as_person(otto)

    with pytest.raises(NotFound):
        answer(user=otto, invitation_id=invitation.pk, accept=True)


@pytest.mark.parametrize("over", ["withdrawn", "expired"])
def test_an_invitation_that_is_over_cannot_be_accepted(administrator: Actor, otto: User, over: str) -> None:
    invitation = invite(actor=administrator, username="outsider", groups=["Auditor"])
    if over == "withdrawn":
        withdraw(actor=administrator, invitation_id=invitation.pk, reason=REASON)
    else:
        with owners_hand():
            Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    as_person(otto)

    assert offers_to(user=otto) == []
    with assert_nothing_written(), pytest.raises(NotFound):
        answer(user=otto, invitation_id=invitation.pk, accept=True)


def test_an_expired_one_makes_room_for_another(administrator: Actor) -> None:
    invite(actor=administrator, username="outsider", groups=["Auditor"])
    with owners_hand():
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    invite(actor=administrator, username="outsider", groups=["Cashier"])

    assert sorted(Invitation.objects.values_list("state", flat=True)) == ["pending", "withdrawn"]


def test_the_database_shows_an_invitation_to_its_company_and_its_person_alone(
    administrator: Actor, otto: User
) -> None:
    invite(actor=administrator, username="outsider", groups=["Auditor"])
    seen = {}
    for user in User.objects.filter(username__in=["outsider", "keeper", "cashier"]):
        in_company(SOUTH)
        with connection.cursor() as cursor:
            cursor.execute("select set_config('app.current_user_id', %s, true)", [str(user.pk)])
        seen[user.username] = Invitation.objects.count()

    assert seen == {"outsider": 1, "keeper": 0, "cashier": 0}


# --- Who invites learns nothing -----------------------------------------------------------------------


def test_known_and_unknown_names_answer_alike(known: Actor) -> None:
    client, add = browser("administrator"), reverse("admin:core_invitation_add")
    answers, lists, statements = set(), set(), set()
    for name in NAMES:
        with CaptureQueriesContext(connection) as captured:
            sent = client.post(add, {"username": name, "groups": ["Auditor"]}, follow=True)
        shown = client.get(reverse("admin:core_invitation_changelist")).content.decode()
        answers.add(
            (sent.status_code, sent.redirect_chain[0], "was added successfully" in sent.content.decode())
        )
        lists.add((shown.count(name) > 0, "Waiting" in shown))
        statements.add(len(captured))
        twice = client.post(add, {"username": name, "groups": ["Auditor"]}).content.decode()
        assert f"{name} is already invited" in twice
        pk = Invitation.objects.get(username=name).pk
        seen = client.get(reverse("admin:core_invitation_change", args=[pk])).content.decode()
        assert "South" not in seen
        assert "Otto" not in seen
        with owners_hand():
            Invitation.objects.all().delete()

    assert len(answers) == len(lists) == len(statements) == 1, (answers, lists, statements)


def test_known_and_unknown_names_take_as_long(known: Actor) -> None:
    times: dict[str, list[float]] = {"outsider": [], "nobody-has-this-name": []}
    for _ in range(15):
        for name, took in times.items():
            with transaction.atomic():
                began = time.perf_counter()
                invite(actor=known, username=name, groups=["Auditor"])
                took.append(time.perf_counter() - began)
                transaction.set_rollback(True)

    known_time, unknown_time = (statistics.median(each) for each in times.values())
    assert max(known_time, unknown_time) < 3 * min(known_time, unknown_time)


def test_user_names_cannot_be_tried_without_end(
    administrator: Actor, otto: User, settings: Any, tmp_path: Path
) -> None:
    settings.NEW_ACCOUNTS_PER_HOUR, settings.DATA_DIR = 3, tmp_path
    client, add = browser("administrator"), reverse("admin:core_user_add")
    name = f"new-{uuid4().hex[:8]}"

    answers = [
        client.post(add, {"username": "outsider", "company_groups": [], "first_name": str(n)})
        for n in range(3)
    ]
    fourth = client.post(add, {"username": name, "company_groups": []}, follow=True)

    assert {answer.status_code for answer in answers} == {200}
    assert "At most 3 in 3600 seconds." in fourth.content.decode()
    assert not User.objects.filter(username=name).exists()


# --- What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"username": " "}, InvalidInput),
        ({"username": "x" * 151}, InvalidInput),
        ({"groups": ["Owner"]}, InvalidInput),
        ({"username": "cashier"}, Conflict),
    ],
)
def test_refuses(administrator: Actor, values: dict[str, Any], refusal: type[Refusal]) -> None:
    with assert_nothing_written(), pytest.raises(refusal):
        invite(actor=administrator, **{"username": "outsider", "groups": ["Auditor"], **values})


def test_only_who_keeps_the_users_invites(manager: Actor) -> None:
    with assert_nothing_written(), pytest.raises(NotAllowed):
        invite(actor=manager, username="outsider", groups=["Auditor"])
    assert browser("manager").get(reverse("admin:core_invitation_changelist")).status_code == 403


def test_only_so_many_wait_at_once(administrator: Actor) -> None:
    for number in range(MAX_PENDING):
        invite(actor=administrator, username=f"somebody-{number}", groups=[])

    with assert_nothing_written(), pytest.raises(Conflict):
        invite(actor=administrator, username="one-more", groups=[])


def test_a_place_that_ended_is_not_opened_behind_the_persons_back(administrator: Actor, otto: User) -> None:
    place = accepted(administrator, otto)
    change_membership(actor=administrator, membership_pk=place.pk, is_active=False)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        change_membership(actor=administrator, membership_pk=place.pk, is_active=True)

    assert "invite the person again" in refused.value.message
    again = accepted(administrator, otto, groups=("Cashier",))
    assert (again.pk, again.groups, again.is_active) == (place.pk, ["Cashier"], True)


def test_the_person_leaves(administrator: Actor, otto: User) -> None:
    place = accepted(administrator, otto)

    page = browser("outsider").post(reverse("admin:company"), {"do": "leave", "key": str(NORTH)}, follow=True)

    place.refresh_from_db()
    assert "You left North Taxi." in page.content.decode()
    assert not place.is_active
    as_person(otto)
    with pytest.raises(Conflict):
        leave(user=otto, company_id=SOUTH)
