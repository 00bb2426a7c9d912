"""North's second administrator, and what people of north are told."""

from __future__ import annotations

import pytest

from batconnect.core.database.tenancy import open_request
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Membership, Notice, User
from tests.cast import NORTH

PASSWORD = "correct horse battery"
REASON = "The telephone fell into the river."


@pytest.fixture
def second(administrator: Actor) -> Actor:
    """North's second administrator."""
    user = User.objects.create(
        username="second", first_name="Bo", is_staff=True, home_company_id=NORTH, email="bo@north.example"
    )
    Membership.objects.create(company_id=NORTH, user=user, groups=["Administrator"])
    return actor_of(user)


def actor_of(user: User) -> Actor:
    opened = open_request(user_id=user.pk, company_id=NORTH, request_id="test-request")
    assert opened is not None
    assert opened[1] is not None
    return opened[1]


def place_of(username: str) -> Membership:
    return Membership.objects.get(company_id=NORTH, user__username=username)


def notices_of(user_id: int | None) -> list[str]:
    own = Notice.objects.filter(user_id=user_id, kind=Notice.Kind.ACCOUNT)
    return list(own.order_by("created_at").values_list("text", flat=True))
