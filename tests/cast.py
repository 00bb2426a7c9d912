"""The fixed cast of the suite: company `north` with cashier, manager, auditor and administrator; company `south`
with `outsider`, whom every endpoint meets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from batconnect.core.database.tenancy import open_request, set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.permissions import Group
from batconnect.core.models import User
from batconnect.core.people.tokens import AccessToken

NORTH = UUID("01900000-0000-7000-8000-000000000001")
SOUTH = UUID("01900000-0000-7000-8000-000000000002")
STAFF = {
    # username: (id, first name, company, group)
    "cashier": (1, "Merly", NORTH, Group.CASHIER),
    "manager": (2, "Mara", NORTH, Group.FINANCE_MANAGER),
    "auditor": (3, "Audrey", NORTH, Group.AUDITOR),
    "administrator": (4, "Ada", NORTH, Group.ADMINISTRATOR),
    "second_manager": (5, "Sam", NORTH, Group.FINANCE_MANAGER),
    "outsider": (6, "Otto", SOUTH, Group.FINANCE_MANAGER),
}


def make_cast() -> None:
    """Fill the template: both companies with their charts, the staff, and the rows of the test workflows."""
    from batconnect.core.companies.opening import add_company
    from batconnect.core.database.roles import as_owner
    from batconnect.core.database.tenancy import company_context
    from batconnect.core.models import Membership
    from cases.sync import synchronize_flow
    from tests.bpm_flows.inspection.flows import Imported, Inspection

    with as_owner():
        add_company(company_id=NORTH, name="North Taxi", time_zone="America/New_York", base_currency="USD")
        add_company(company_id=SOUTH, name="South Premium", time_zone="America/Chicago", base_currency="USD")
        for flow in (Inspection(), Imported()):
            synchronize_flow(flow)
    for username, (user_id, first_name, company_id, group) in STAFF.items():
        user = User(id=user_id, username=username, first_name=first_name, is_staff=True)
        user.set_unusable_password()
        user.save(force_insert=True)
        with company_context(company_id, job="cast"):
            Membership.objects.create(company_id=company_id, user=user, groups=[group.value])
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("select setval(pg_get_serial_sequence('users', 'id'), 100)")


@contextmanager
def acting(username: str, *, request_id: str = "test-request") -> Iterator[Actor]:
    """A transaction in the person's company; for tests with real commits, threads and races."""
    user_id, _, company_id, _ = STAFF[username]
    with transaction.atomic():
        opened = open_request(user_id=user_id, company_id=company_id, request_id=request_id)
        assert opened is not None
        assert opened[1] is not None
        yield opened[1]


def _actor(username: str) -> Actor:
    user_id, _, company_id, _ = STAFF[username]
    opened = open_request(user_id=user_id, company_id=company_id, request_id="test-request")
    assert opened is not None
    assert opened[1] is not None
    return opened[1]


@pytest.fixture
def cashier(db: None) -> Actor:
    """North's cashier, with the test's transaction inside north."""
    return _actor("cashier")


@pytest.fixture
def manager(db: None) -> Actor:
    """North's finance manager, with the test's transaction inside north."""
    return _actor("manager")


@pytest.fixture
def second_manager(db: None) -> Actor:
    """Another finance manager of north: the second person of an approval."""
    return _actor("second_manager")


@pytest.fixture
def auditor(db: None) -> Actor:
    """North's auditor, with the test's transaction inside north."""
    return _actor("auditor")


@pytest.fixture
def administrator(db: None) -> Actor:
    """North's administrator, with the test's transaction inside north."""
    return _actor("administrator")


@pytest.fixture
def outsider(db: None) -> Actor:
    """South's finance manager; the transaction is inside SOUTH afterwards: ask for it last, or use `acting`."""
    return _actor("outsider")


class StaffClient(APIClient):
    """An API client signed in by token, with its company header. Inside a test's transaction the context that a
    request leaves behind is put back to north, where the test's body looks."""

    def __init__(self, *, username: str, company_header: bool = True, **defaults: Any) -> None:
        super().__init__(raise_request_exception=False, **defaults)
        user_id, _, company_id, _ = STAFF[username]
        token = AccessToken.for_user(User(id=user_id))
        headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        if company_header:
            headers["HTTP_X_COMPANY_ID"] = str(company_id)
        self.credentials(**headers)

    def request(self, **kwargs: Any) -> Any:
        response = super().request(**kwargs)
        if connection.in_atomic_block and not connection.needs_rollback:
            set_company(NORTH, metadata={"job": "test"})
        return response


@pytest.fixture
def client_of() -> Callable[..., StaffClient]:
    """`client_of("cashier")`: an API client of that person; `company_header=False` leaves X-Company-Id out."""

    def make(username: str, **options: Any) -> StaffClient:
        return StaffClient(username=username, **options)

    return make


@pytest.fixture
def in_north(db: None) -> UUID:
    """The test's transaction is inside north."""
    set_company(NORTH, metadata={"job": "test"})
    return NORTH
