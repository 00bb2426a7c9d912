"""What may take how long, and that a raised limit ends with its transaction."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from batconnect.core.database.local_settings import joins_as_written
from batconnect.core.database.tenancy import actor_transaction, company_context, job_actor
from batconnect.core.database.waits import EXPORT, be_patient
from tests.cast import NORTH, acting

pytestmark = pytest.mark.django_db(transaction=True)
ORDINARY = ("30s", "1min", "5s")
OF_JOBS = ("1h", "16min", "5s")


def limits() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'), "
            "current_setting('lock_timeout')"
        )
        row: tuple[str, ...] = cursor.fetchone()
        return row


def test_a_request_is_held_to_the_limits_of_its_role() -> None:
    with acting("cashier"):
        assert limits() == ORDINARY


def test_a_job_may_take_longer_until_its_transaction_ends() -> None:
    with company_context(NORTH, job="test"):
        assert limits() == OF_JOBS
    assert limits() == ORDINARY

    with actor_transaction(job_actor(company_id=NORTH, job="test")):
        assert limits() == OF_JOBS
    assert limits() == ORDINARY


def test_a_request_that_looks_into_a_company_is_not_given_a_jobs_patience() -> None:
    with acting("cashier"), company_context(NORTH, job="test"):
        assert limits() == ORDINARY


def test_an_export_may_take_longer_until_its_transaction_ends() -> None:
    with transaction.atomic():
        be_patient(EXPORT)
        assert limits() == ("5min", "5min", "5s")
    assert limits() == ORDINARY


def weighed() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('join_collapse_limit')")
        (limit,) = cursor.fetchone()
        return str(limit)


def test_joins_are_weighed_again_after_a_row_was_read_by_its_key() -> None:
    usual = weighed()
    with transaction.atomic():
        with joins_as_written():
            assert weighed() == "1"
        assert weighed() == usual

    class ReadingFailed(Exception):
        pass

    with pytest.raises(ReadingFailed), transaction.atomic(), joins_as_written():
        raise ReadingFailed
    assert weighed() == usual
