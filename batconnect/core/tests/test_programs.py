"""Programs decide nothing: no group gives one a right to approve, and no older one counts."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, connection, transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotAllowed
from batconnect.core.kernel.permissions import (
    FOR_PEOPLE_ALONE,
    GROUP_PERMISSIONS,
    PERMISSIONS,
    Group,
    deciding_groups,
    money_groups,
    permissions_of,
)
from batconnect.core.models import Membership, User
from batconnect.core.people.people import add_user
from batconnect.core.people.places import change_membership
from batconnect.core.tests.administrators import PASSWORD, actor_of, place_of
from tests.cast import NORTH, StaffClient
from tests.databases import owners_hand
from tests.digest import assert_nothing_written

DECIDING = ["Administrator", "Finance manager"]


def test_every_right_to_approve_is_for_people_alone() -> None:
    assert {code for code in PERMISSIONS if "approve" in code} < FOR_PEOPLE_ALONE
    assert "core.manage_users" in FOR_PEOPLE_ALONE
    assert deciding_groups() == set(DECIDING), "the database's trigger names the same groups"
    assert money_groups() == {"Administrator", "Cashier", "Finance manager"}


@pytest.mark.parametrize("group", sorted(GROUP_PERMISSIONS))
def test_a_program_holds_none_of_them_in_any_group(group: str) -> None:
    as_person, as_program = permissions_of([group]), permissions_of([group], is_program=True)

    assert as_program == as_person - FOR_PEOPLE_ALONE


@pytest.mark.parametrize("group", DECIDING)
def test_a_program_is_given_no_group_that_decides(administrator: Actor, group: str) -> None:
    program = add_user(
        actor=administrator, username="till", groups=["Auditor"], for_a_program=True, password=PASSWORD
    )

    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        add_user(actor=administrator, username="ghost", groups=[group], for_a_program=True, password=PASSWORD)
    with assert_nothing_written(), pytest.raises(InvalidInput):
        change_membership(actor=administrator, membership_pk=place_of("till").pk, groups=[group])

    assert "makes no decisions" in refused.value.message
    assert not User.objects.filter(username="ghost").exists()
    assert place_of(program.username).groups == ["Auditor"]


@pytest.mark.parametrize("group", DECIDING)
def test_the_database_gives_a_program_no_group_that_decides(administrator: Actor, group: str) -> None:
    add_user(actor=administrator, username="till", groups=["Auditor"], for_a_program=True, password=PASSWORD)
    other = User.objects.create(username="other", is_staff=False)

    with pytest.raises(DatabaseError, match="a program account decides nothing"), transaction.atomic():
        Membership.objects.filter(user__username="till").update(groups=[group])
    with pytest.raises(DatabaseError, match="a program account decides nothing"), transaction.atomic():
        Membership.objects.create(company_id=NORTH, user=other, groups=[group])
    with (
        pytest.raises(DatabaseError, match="a program account decides nothing"),
        transaction.atomic(),
        owners_hand(),
    ):
        Membership.objects.filter(user__username="manager").update(user=other, groups=[group])


@pytest.mark.parametrize("group", DECIDING)
def test_one_that_holds_it_from_before_decides_nothing_all_the_same(administrator: Actor, group: str) -> None:
    user = User.objects.create(username="ghost", is_staff=True, password=make_password(PASSWORD))
    Membership.objects.create(company_id=NORTH, user=user, groups=[group])
    with owners_hand():
        User.objects.filter(pk=user.pk).update(is_staff=False)

    actor = actor_of(user)

    assert actor.permissions & FOR_PEOPLE_ALONE == set()
    for code in FOR_PEOPLE_ALONE:
        with pytest.raises(NotAllowed):
            actor.require(code)
    assert Membership.objects.filter(user=user).update(is_active=True), (
        "its place can still be changed otherwise"
    )


def test_a_program_sees_in_me_what_it_holds(administrator: Actor) -> None:
    with owners_hand():
        User.objects.filter(username="manager").update(is_staff=False)

    (company,) = StaffClient(username="manager").get("/api/me").json()["companies"]

    assert set(company["permissions"]) == GROUP_PERMISSIONS["Finance manager"] - FOR_PEOPLE_ALONE


def test_a_program_approves_no_refund(manager: Actor, administrator: Actor) -> None:
    """What an administrator alone did once: a program account with a token that approves."""
    with owners_hand():
        User.objects.filter(username="second_manager").update(is_staff=False)

    answer = StaffClient(username="second_manager").post(
        "/api/refund-requests/01900000-0000-7000-8000-000000000009/approve",
        {},
        HTTP_IDEMPOTENCY_KEY="01900000-0000-7000-8000-00000000abcd",
    )

    assert answer.status_code == 403, answer.content
    assert answer.json()["code"] == "permission_denied"


def test_a_group_that_is_unknown_to_the_trigger_would_be_found(db: None) -> None:
    """The trigger's text names the groups; a new one that decides must be added to it by a migration."""
    with connection.cursor() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = 'membership_no_program_decides'")
        (body,) = cursor.fetchone()

    for group in Group.values:
        assert (group in body) is (group in deciding_groups())
