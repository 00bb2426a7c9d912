"""People whom another company keeps: an account of south with a place, or none yet, in north."""

from __future__ import annotations

from uuid import UUID

import pytest

from batconnect.core.database.tenancy import company_context, open_request, set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import AuditEvent, Membership, User
from batconnect.core.people.invitations import answer, invite
from tests.cast import NORTH, SOUTH
from tests.databases import owners_hand

REASON = "They asked me on the telephone."
PASSWORD = "correct horse battery"
NAMES = ("outsider", "keeper", "closed", "till", "nobody-has-this-name")


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


@pytest.fixture
def known(otto: User, administrator: Actor) -> Actor:
    """Besides: a closed account and a program's, both of south."""
    with company_context(SOUTH, job="test"):
        closed = User.objects.create(username="closed", is_active=False, is_staff=True, home_company_id=SOUTH)
        till = User.objects.create(username="till", is_staff=False, home_company_id=SOUTH)
        for user in (closed, till):
            Membership.objects.create(company_id=SOUTH, user=user, groups=["Cashier"])
    return administrator
