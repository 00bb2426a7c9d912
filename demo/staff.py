"""The people of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password

from batconnect.core.database.tenancy import open_request
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.permissions import Group
from batconnect.core.models import Membership, User
from demo.companies import BIG_APPLE, EMPIRE, HUDSON, NAMES
from demo.errors import DemoRefused

REQUEST_ID: Final = "demo"


@dataclass(frozen=True, slots=True)
class Person:
    """A user with the one group held in the one company."""

    username: str
    first_name: str
    last_name: str
    group: str
    company_id: UUID

    @property
    def company_name(self) -> str:
        return NAMES[self.company_id]


STAFF: Final = (
    Person("cashier", "Merly", "Santos", Group.CASHIER.value, BIG_APPLE),
    Person("manager", "Frank", "Delgado", Group.FINANCE_MANAGER.value, BIG_APPLE),
    Person("controller", "Nadia", "Petrova", Group.FINANCE_MANAGER.value, BIG_APPLE),
    Person("auditor", "Audrey", "Klein", Group.AUDITOR.value, BIG_APPLE),
    Person("admin", "Ada", "Okafor", Group.ADMINISTRATOR.value, BIG_APPLE),
    Person("outsider", "Otto", "Brandt", Group.FINANCE_MANAGER.value, HUDSON),
    Person("dispatcher", "Dana", "Whitfield", Group.FINANCE_MANAGER.value, EMPIRE),
    Person("bookkeeper", "Ben", "Adler", Group.FINANCE_MANAGER.value, EMPIRE),
)


def add_staff(*, company_id: UUID, password: str) -> None:
    """The company's users with their memberships; the transaction is inside the company.

    Raises DemoRefused for a username that is taken.
    """
    people = [person for person in STAFF if person.company_id == company_id]
    taken = User.objects.filter(username__in=[person.username for person in people]).first()
    if taken:
        raise DemoRefused(f"There already is a user named {taken.username}; the demo needs that name.")
    for person in people:
        user = User.objects.create(
            username=person.username,
            first_name=person.first_name,
            last_name=person.last_name,
            email=f"{person.username}@example.com",
            is_staff=True,
            home_company_id=company_id,
            password=make_password(password),
        )
        Membership.objects.create(company_id=company_id, user=user, groups=[person.group])


def act_as(username: str) -> Actor:
    """The demo user acting in their company: the running transaction is inside it from here on."""
    person = next(each for each in STAFF if each.username == username)
    user_id = User.objects.values_list("pk", flat=True).get(username=username)
    opened = open_request(user_id=user_id, company_id=person.company_id, request_id=REQUEST_ID)
    assert opened is not None
    actor = opened[1]
    assert actor is not None
    return actor
