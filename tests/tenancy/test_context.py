"""No context, no rows; and the context ends with its transaction (docs/architecture.md#tenancy)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import InternalError, ProgrammingError, connection, transaction

from batconnect.core.database.tenancy import (
    clear_company,
    company_context,
    company_ids,
    open_request,
    set_company,
)
from batconnect.core.models import Company, Membership
from batconnect.directory.models import Vehicle
from tests.cast import NORTH, SOUTH, STAFF, acting


def a_vehicle(company_id: Any) -> Vehicle:
    return Vehicle.objects.create(company_id=company_id, plate_no="8SAM401", vin="4TALWRZV6YW122447")


def test_a_company_sees_its_own_rows_alone(db: None) -> None:
    with company_context(NORTH, job="test"):
        a_vehicle(NORTH)
        assert Vehicle.objects.count() == 1

    with company_context(SOUTH, job="test"):
        assert Vehicle.objects.count() == 0

    clear_company()
    assert Vehicle.objects.count() == 0


def test_refuses_a_row_for_another_company(db: None) -> None:
    with (
        company_context(NORTH, job="test"),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        a_vehicle(SOUTH)


def test_an_inner_context_gives_the_outer_back(db: None) -> None:
    with company_context(NORTH, job="outer"):
        a_vehicle(NORTH)
        with company_context(SOUTH, job="inner"):
            assert not Vehicle.objects.exists()

        assert Vehicle.objects.exists()


def test_an_inner_context_that_fails_gives_the_outer_back(db: None) -> None:
    with company_context(NORTH, job="outer"):
        a_vehicle(NORTH)
        with pytest.raises(RuntimeError), company_context(SOUTH, job="inner"):
            raise RuntimeError

        assert Vehicle.objects.exists()


def test_the_context_ends_with_the_transaction(transactional_db: None) -> None:
    with company_context(NORTH, job="test"):
        a_vehicle(NORTH)

    # The connection is the same: a setting made per session would still show the row.
    assert Vehicle.objects.count() == 0
    with acting("cashier"):
        assert Vehicle.objects.count() == 1


def test_an_unknown_company_is_an_error(db: None) -> None:
    with pytest.raises(LookupError), company_context(uuid4(), job="test"):
        pass


def test_jobs_visit_every_company(db: None) -> None:
    assert company_ids() == [NORTH, SOUTH]


def test_a_request_opens_with_user_membership_and_rights(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3 if settings.DATABASE_DISTRIBUTED else 1):
        opened = open_request(user_id=STAFF["cashier"][0], company_id=NORTH, request_id="r-1")

    assert opened is not None
    user, actor = opened
    assert user["username"] == "cashier"
    assert actor is not None
    assert (actor.name, actor.company.name, actor.company.time_zone) == (
        "Merly",
        "North Taxi",
        "America/New_York",
    )
    assert actor.can("payments.allocate")
    assert not actor.can("payments.void")


def test_the_only_company_needs_no_naming(db: None) -> None:
    opened = open_request(user_id=STAFF["outsider"][0], company_id=None, request_id="")

    assert opened is not None
    assert opened[1] is not None
    assert opened[1].company_id == SOUTH


@pytest.mark.parametrize("company_id", [NORTH, uuid4()])
def test_nobody_enters_a_company_they_do_not_belong_to(db: None, company_id: Any) -> None:
    opened = open_request(user_id=STAFF["outsider"][0], company_id=company_id, request_id="")

    assert opened is not None
    assert opened[1] is None
    assert not Vehicle.objects.exists()


def test_with_two_companies_and_none_named_there_is_no_context(db: None) -> None:
    with company_context(SOUTH, job="test"):
        Membership.objects.create(company_id=SOUTH, user_id=STAFF["cashier"][0], groups=["Cashier"])

    opened = open_request(user_id=STAFF["cashier"][0], company_id=None, request_id="")

    assert opened is not None
    assert opened[1] is None


def test_a_membership_that_ended_opens_nothing(db: None) -> None:
    with company_context(NORTH, job="test"):
        Membership.objects.filter(user_id=STAFF["cashier"][0]).update(is_active=False)

    opened = open_request(user_id=STAFF["cashier"][0], company_id=NORTH, request_id="")

    assert opened is not None
    assert opened[1] is None


def test_an_unknown_user_is_nobody(db: None) -> None:
    assert open_request(user_id=99_999, company_id=NORTH, request_id="") is None


def test_the_app_cannot_make_or_change_a_company(in_north: Any) -> None:
    for statement in (
        "update companies set name = 'Mine'",
        "insert into companies (id, name, time_zone, base_currency) values (gen_random_uuid(), 'x', 'UTC', 'USD')",
        "delete from companies",
        "truncate companies",
    ):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    assert Company.objects.count() == 2


def test_a_context_is_quoted_and_a_refused_one_is_a_database_error(db: None) -> None:
    set_company(NORTH, metadata={"job": "o'clock \\ '; drop table users"})

    with connection.cursor() as cursor:
        cursor.execute("select current_setting('pghistory.context_metadata')::json->>'job'")
        assert cursor.fetchone() == ("o'clock \\ '; drop table users",)

    with transaction.atomic():
        with pytest.raises(ProgrammingError), connection.cursor() as cursor:
            cursor.execute("select nothing_of_the_kind")
        with pytest.raises(InternalError, match="aborted"):
            clear_company()
        transaction.set_rollback(True)


def test_the_context_comes_with_its_transaction(transactional_db: None) -> None:
    with transaction.atomic():
        set_company(NORTH, metadata={"job": "test"})
        a_vehicle(NORTH)
        transaction.set_rollback(True)

    with company_context(NORTH, job="test"):
        assert not Vehicle.objects.exists()
