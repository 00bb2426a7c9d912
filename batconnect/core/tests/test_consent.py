"""One administrator alone: what waits for a second one, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from batconnect.core.approvals.services import approve, reject
from batconnect.core.companies.settings import LIMITS, change_settings
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, NotAllowed
from batconnect.core.models import Approval, AuditEvent, CompanySettings, Invitation, Membership, User
from batconnect.core.people.consent import NeedsSecondAdministrator
from batconnect.core.people.invitations import invite
from batconnect.core.people.people import add_user, set_user_active
from batconnect.core.people.places import change_membership, rights_that_wait
from batconnect.core.people.second_factor import reset_second_factor
from batconnect.core.tests.administrators import PASSWORD, REASON, notices_of, place_of, second
from tests.cast import NORTH
from tests.console import browser
from tests.digest import assert_nothing_written

__all__ = ["second"]

# --- Rights over money wait for a second administrator ---------------------------------------------------


@pytest.mark.parametrize("group", ["Administrator", "Cashier", "Finance manager"])
def test_a_new_account_gets_rights_over_money_when_a_second_one_agrees(
    administrator: Actor, second: Actor, group: str
) -> None:
    user = add_user(actor=administrator, username="nina", groups=[group, "Auditor"], password=PASSWORD)
    waits = rights_that_wait(actor=administrator, user_id=user.pk)

    assert waits is not None
    assert place_of("nina").groups == []
    with assert_nothing_written(), pytest.raises(NotAllowed) as own_request:
        approve(actor=administrator, approval_id=waits.id)
    assert own_request.value.code == "second_person_required"
    approve(actor=second, approval_id=waits.id)
    assert place_of("nina").groups == sorted([group, "Auditor"])
    assert rights_that_wait(actor=administrator, user_id=user.pk) is None


def test_other_groups_are_given_at_once(administrator: Actor, second: Actor) -> None:
    add_user(actor=administrator, username="nina", groups=["Auditor"], password=PASSWORD)

    assert place_of("nina").groups == ["Auditor"]
    assert not Approval.objects.exists()


def test_with_one_administrator_it_is_done_at_once(administrator: Actor) -> None:
    add_user(actor=administrator, username="nina", groups=["Finance manager"], password=PASSWORD)

    assert place_of("nina").groups == ["Finance manager"]


def test_a_change_of_rights_waits_whole(administrator: Actor, second: Actor) -> None:
    place = place_of("auditor")

    waits = change_membership(actor=administrator, membership_pk=place.pk, groups=["Finance manager"])

    assert isinstance(waits, Approval)
    assert place_of("auditor").groups == ["Auditor"]
    approve(actor=second, approval_id=waits.id)
    assert place_of("auditor").groups == ["Finance manager"]
    actions = list(AuditEvent.objects.order_by("at", "id").values_list("action", "actor"))
    assert actions[-3:] == [
        ("core.rights_requested", "Ada"),
        ("core.rights_approved", "Bo"),
        ("core.change_membership", "Bo"),
    ]


def test_rejected_rights_are_not_given(administrator: Actor, second: Actor) -> None:
    waits = change_membership(
        actor=administrator, membership_pk=place_of("auditor").pk, groups=["Finance manager"]
    )
    assert isinstance(waits, Approval)

    reject(actor=second, approval_id=waits.id, reason="Not her job.")

    assert place_of("auditor").groups == ["Auditor"]


def test_taking_rights_away_waits_for_nobody(administrator: Actor, second: Actor) -> None:
    changed = change_membership(actor=administrator, membership_pk=place_of("manager").pk, groups=["Auditor"])
    ended = change_membership(actor=administrator, membership_pk=place_of("cashier").pk, is_active=False)

    assert isinstance(changed, Membership)
    assert isinstance(ended, Membership)


def test_opening_a_place_with_rights_over_money_waits(administrator: Actor, second: Actor) -> None:
    place = place_of("cashier")
    change_membership(actor=administrator, membership_pk=place.pk, is_active=False)

    waits = change_membership(actor=administrator, membership_pk=place.pk, is_active=True)

    assert isinstance(waits, Approval)
    assert not place_of("cashier").is_active
    approve(actor=second, approval_id=waits.id)
    assert place_of("cashier").is_active


def test_what_has_changed_meanwhile_is_not_carried_out(administrator: Actor, second: Actor) -> None:
    place = place_of("auditor")
    waits = change_membership(actor=administrator, membership_pk=place.pk, groups=["Finance manager"])
    assert isinstance(waits, Approval)
    change_membership(actor=second, membership_pk=place.pk, is_active=False)

    with assert_nothing_written(), pytest.raises(Conflict):
        approve(actor=second, approval_id=waits.id)


def test_the_same_is_asked_for_once(administrator: Actor, second: Actor) -> None:
    place = place_of("auditor")
    change_membership(actor=administrator, membership_pk=place.pk, groups=["Finance manager"])

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        change_membership(actor=second, membership_pk=place.pk, groups=["Cashier"])

    assert refused.value.code == "approval_pending"


def test_an_invitation_with_rights_over_money_waits(administrator: Actor, second: Actor) -> None:
    waits = invite(actor=administrator, username="outsider", groups=["Finance manager"])

    assert isinstance(waits, Approval)
    assert not Invitation.objects.exists()
    approve(actor=second, approval_id=waits.id)
    invitation = Invitation.objects.get()
    assert (invitation.username, invitation.groups, invitation.invited_by) == (
        "outsider",
        ["Finance manager"],
        "Ada",
    )


# --- Limits ----------------------------------------------------------------------------------------------


def limits() -> dict[str, Decimal | None]:
    return CompanySettings.objects.filter(company_id=NORTH).values(*LIMITS).get()  # type: ignore[return-value]  # amounts


@pytest.mark.parametrize("limit", sorted(LIMITS))
def test_a_raised_limit_waits_and_a_lowered_one_does_not(
    administrator: Actor, second: Actor, limit: str
) -> None:
    change_settings(actor=administrator, **{limit: Decimal("500.00")})
    before = limits()
    assert before[limit] == Decimal("500.00")

    waits = change_settings(actor=administrator, **{limit: Decimal("9000.00"), "phone": "555-0100"})

    assert isinstance(waits, Approval)
    assert limits() == before
    assert CompanySettings.objects.get(company_id=NORTH).phone == "555-0100", "the rest is changed"
    with assert_nothing_written(), pytest.raises(NotAllowed):
        approve(actor=administrator, approval_id=waits.id)
    approve(actor=second, approval_id=waits.id)
    assert limits() == {**before, limit: Decimal("9000.00")}


def test_switching_a_limit_off_waits(administrator: Actor, second: Actor) -> None:
    change_settings(actor=administrator, void_approval_limit=Decimal("500.00"))

    waits = change_settings(actor=administrator, void_approval_limit=None)

    assert isinstance(waits, Approval)
    approve(actor=second, approval_id=waits.id)
    assert limits()["void_approval_limit"] is None


def test_a_limit_that_changed_meanwhile_is_not_raised(administrator: Actor, second: Actor) -> None:
    waits = change_settings(actor=administrator, refund_approval_limit=Decimal("9000.00"))
    assert isinstance(waits, Approval)
    change_settings(actor=second, refund_approval_limit=Decimal("10.00"))

    with assert_nothing_written(), pytest.raises(Conflict):
        approve(actor=second, approval_id=waits.id)


# --- Second factors --------------------------------------------------------------------------------------


@pytest.fixture
def nina(administrator: Actor) -> User:
    """Somebody with a second factor whose account north keeps."""
    user = User.objects.create(
        username="nina", is_staff=True, home_company_id=NORTH, second_factor_since=timezone.now()
    )
    Membership.objects.create(company_id=NORTH, user=user, groups=["Finance manager"])
    return user


def test_a_reset_of_a_second_factor_waits(administrator: Actor, second: Actor, nina: User) -> None:
    waits = reset_second_factor(actor=administrator, user_id=nina.pk, reason=REASON)

    assert isinstance(waits, Approval)
    nina.refresh_from_db()
    assert nina.second_factor_since is not None
    assert any("Reset the second factor of nina" in text for text in notices_of(nina.pk)), "before it happens"
    approve(actor=second, approval_id=waits.id)
    nina.refresh_from_db()
    assert nina.second_factor_since is None
    assert AuditEvent.objects.get(action="core.reset_second_factor").reason == REASON


def test_it_is_not_reset_for_a_device_that_was_set_up_meanwhile(
    administrator: Actor, second: Actor, nina: User
) -> None:
    waits = reset_second_factor(actor=administrator, user_id=nina.pk, reason=REASON)
    assert isinstance(waits, Approval)
    User.objects.filter(pk=nina.pk).update(second_factor_since=timezone.now() + timedelta(seconds=1))

    with assert_nothing_written(), pytest.raises(Conflict):
        approve(actor=second, approval_id=waits.id)


def test_nobody_alone_resets_the_only_other_administrator(administrator: Actor, second: Actor) -> None:
    User.objects.filter(username="second").update(second_factor_since=timezone.now())

    with assert_nothing_written(), pytest.raises(NeedsSecondAdministrator):
        reset_second_factor(actor=administrator, user_id=second.user_id or 0, reason=REASON)


# --- Removing the other does not free one ----------------------------------------------------------------


def end(actor: Actor, other: Actor) -> None:
    change_membership(actor=actor, membership_pk=place_of("second").pk, is_active=False)


def take_group(actor: Actor, other: Actor) -> None:
    change_membership(actor=actor, membership_pk=place_of("second").pk, groups=["Auditor"])


def close(actor: Actor, other: Actor) -> None:
    set_user_active(actor=actor, user_id=other.user_id or 0, is_active=False, reason=REASON)


@pytest.mark.parametrize("remove", [end, take_group, close])
def test_who_removes_the_other_administrator_is_not_free_at_once(
    administrator: Actor, second: Actor, remove: Callable[[Actor, Actor], None]
) -> None:
    remove(administrator, second)
    place = place_of("auditor")

    with assert_nothing_written(), pytest.raises(NeedsSecondAdministrator):
        change_membership(actor=administrator, membership_pk=place.pk, groups=["Finance manager"])
    with assert_nothing_written(), pytest.raises(NeedsSecondAdministrator):
        change_settings(actor=administrator, refund_approval_limit=Decimal("9000.00"))
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        done = change_membership(actor=administrator, membership_pk=place.pk, groups=["Finance manager"])
    assert isinstance(done, Membership)


# --- Who is told -----------------------------------------------------------------------------------------


def test_the_others_and_the_person_are_told_and_who_did_it_is_not(
    administrator: Actor, second: Actor
) -> None:
    place = place_of("auditor")

    waits = change_membership(actor=administrator, membership_pk=place.pk, groups=["Finance manager"])
    assert isinstance(waits, Approval)
    when_asked = {
        name: notices_of(user_id) for name, user_id in (("bo", second.user_id), ("person", place.user_id))
    }
    approve(actor=second, approval_id=waits.id)

    for texts in when_asked.values():
        assert texts == [
            "Ada asks for a second administrator's consent: Rights of auditor: Finance manager, instead of Auditor. "
            "See Work, Approvals."
        ]
    assert notices_of(administrator.user_id) == [
        "Bo changed the place of auditor: from Auditor to Finance manager."
    ]
    assert (
        notices_of(place.user_id)[-1] == "Bo changed the place of auditor: from Auditor to Finance manager."
    )


def test_with_one_administrator_the_person_is_told(administrator: Actor) -> None:
    place = place_of("auditor")

    change_membership(actor=administrator, membership_pk=place.pk, groups=["Finance manager"])

    assert notices_of(place.user_id) == ["Ada changed the place of auditor: from Auditor to Finance manager."]


# --- In the console --------------------------------------------------------------------------------------


def test_the_console_says_what_waits(administrator: Actor, second: Actor) -> None:
    client = browser("administrator")
    place = place_of("auditor")

    changed = client.post(
        reverse("admin:core_membership_change", args=[place.pk]),
        {"groups": ["Finance manager"], "is_active": "on"},
        follow=True,
    ).content.decode()
    invited = client.post(
        reverse("admin:core_invitation_add"),
        {"username": "outsider", "groups": ["Cashier"]},
        follow=True,
    ).content.decode()
    added = client.post(
        reverse("admin:core_user_add"), {"username": "nina", "company_groups": ["Cashier"]}
    ).content.decode()

    assert "Rights of auditor: Finance manager, instead of Auditor: this waits for a second person" in changed
    assert "was changed successfully" not in changed
    assert "Invite outsider with Cashier: this waits for a second person" in invited
    assert "the rights wait for a second administrator" in added
    assert Approval.objects.count() == 3
    assert not Invitation.objects.exists()


def test_the_settings_page_says_what_waits(administrator: Actor, second: Actor) -> None:
    client = browser("administrator")
    settings = CompanySettings.objects.get(company_id=NORTH)
    page = reverse("admin:core_companysettings_changelist")
    form = client.get(page).context["adminform"].form
    values = {name: "" if (value := form.initial.get(name)) is None else value for name in form.fields}

    sent = client.post(page, {**values, "refund_approval_limit": "9000.00"}, follow=True).content.decode()

    assert "refund approval limit from 1,000.00 to 9,000.00: this waits for a second person" in sent
    settings.refresh_from_db()
    assert settings.refund_approval_limit == Decimal("1000.00")
