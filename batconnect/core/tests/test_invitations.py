"""Places for people of other companies: offered, accepted by the person, suspended by a reset, told on both sides."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from batconnect.core.database.tenancy import company_context, open_request, set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, Refusal
from batconnect.core.models import AuditEvent, Invitation, Membership, Notice, User
from batconnect.core.people.invitations import MAX_PENDING, answer, invite, leave, offers_to, withdraw
from batconnect.core.people.notices import mark_read, notices_of, send_notices
from batconnect.core.people.people import add_user, change_user, set_user_active
from batconnect.core.people.places import NotYourAccount, change_membership, confirm_place
from batconnect.core.people.second_factor import reset_second_factor
from tests.cast import NORTH, SOUTH, StaffClient
from tests.console import browser
from tests.databases import owners_hand
from tests.digest import assert_nothing_written

REASON = "They asked me on the telephone."
PASSWORD = "correct horse battery"


@pytest.fixture
def otto(db: None) -> User:
    """South's finance manager, whose account south keeps; south has an administrator, too."""
    with owners_hand():
        User.objects.filter(username="outsider").update(home_company_id=SOUTH, email="otto@south.example")
    with company_context(SOUTH, job="test"):
        keeper = User.objects.create(
            username="keeper", first_name="Kim", is_staff=True, home_company_id=SOUTH
        )
        Membership.objects.create(company_id=SOUTH, user=keeper, groups=["Administrator"])
    return User.objects.get(username="outsider")


def as_person(user: User) -> None:
    """The transaction is in the person's own context, as in the console before a company is chosen."""
    assert open_request(user_id=user.pk, company_id=None, request_id="test-request") is not None


def in_company(company_id: UUID) -> None:
    set_company(company_id, metadata={"job": "test"})


def keeper() -> Actor:
    user_id = User.objects.values_list("pk", flat=True).get(username="keeper")
    opened = open_request(user_id=user_id, company_id=SOUTH, request_id="test-request")
    assert opened is not None
    assert opened[1] is not None
    return opened[1]


def accepted(administrator: Actor, otto: User, groups: tuple[str, ...] = ("Auditor",)) -> Membership:
    """Otto's place in north."""
    in_company(NORTH)
    invitation = invite(actor=administrator, username="outsider", groups=groups)
    as_person(otto)
    answer(user=otto, invitation_id=invitation.pk, accept=True)
    in_company(NORTH)
    return Membership.objects.get(company_id=NORTH, user=otto)


def trail(company_id: UUID) -> list[tuple[str, str, str]]:
    in_company(company_id)
    return list(AuditEvent.objects.order_by("at", "id").values_list("action", "actor", "subject_id"))


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

NAMES = ("outsider", "keeper", "closed", "till", "nobody-has-this-name")


@pytest.fixture
def known(otto: User, administrator: Actor) -> Actor:
    """Besides: a closed account and a program's, both of south."""
    with company_context(SOUTH, job="test"):
        closed = User.objects.create(username="closed", is_active=False, is_staff=True, home_company_id=SOUTH)
        till = User.objects.create(username="till", is_staff=False, home_company_id=SOUTH)
        for user in (closed, till):
            Membership.objects.create(company_id=SOUTH, user=user, groups=["Cashier"])
    return administrator


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


# --- Notices -------------------------------------------------------------------------------------------


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
