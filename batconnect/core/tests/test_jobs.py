"""What a job does with a fault, a refusal and a database that gave way."""

from __future__ import annotations

from uuid import uuid4

import pytest
from celery.exceptions import Retry
from django.db import OperationalError, connection
from structlog.testing import capture_logs

from batconnect.core.actors import Actor
from batconnect.core.errors import Conflict
from batconnect.core.jobs import Job, each_company, run_for_company
from batconnect.core.models import Counter
from tests.cast import NORTH


def _count(actor: Actor) -> int:
    Counter.objects.create(company_id=actor.company_id, series="JOB")
    return 1


def test_the_work_runs_as_a_job_in_its_company(in_north: None) -> None:
    seen: list[Actor] = []

    with capture_logs() as logs:
        run_for_company(
            company_id=NORTH, name="test.job", request_id="r-1", work=lambda actor: seen.append(actor)
        )

    (actor,) = seen
    assert (actor.company_id, actor.user_id, actor.name, actor.is_job) == (NORTH, None, "test.job", True)
    assert [(line["event"], line["company"]) for line in logs] == [("job_finished", str(NORTH))]


def test_a_refusal_ends_the_job_quietly_and_leaves_nothing(in_north: None) -> None:
    def work(actor: Actor) -> None:
        _count(actor)
        raise Conflict("The week is closed.", code="week_closed")

    with capture_logs() as logs:
        run_for_company(company_id=NORTH, name="test.job", request_id="", work=work)

    assert [(line["event"], line["code"]) for line in logs] == [("job_refused", "week_closed")]
    assert not Counter.objects.filter(series="JOB").exists()


def test_a_database_that_gave_way_is_tried_again_later(in_north: None) -> None:
    @each_company(f"test.gives_way.{uuid4()}")
    def work(actor: Actor) -> None:
        raise OperationalError("the server went away")

    of_company = work.app.tasks[f"{work.name}.of_company"]

    with pytest.raises(Retry):
        of_company.apply(args=[str(NORTH)], throw=True)


def test_a_fault_of_ours_is_not_tried_again(in_north: None) -> None:
    calls: list[int] = []

    @each_company(f"test.fault.{uuid4()}")
    def work(actor: Actor) -> None:
        calls.append(1)
        raise ZeroDivisionError

    of_company = work.app.tasks[f"{work.name}.of_company"]

    with pytest.raises(ZeroDivisionError):
        of_company.apply(args=[str(NORTH)], throw=True)
    assert calls == [1]
    assert isinstance(of_company, Job)


def test_the_context_is_gone_after_the_job(db: None) -> None:
    run_for_company(company_id=NORTH, name="test.job", request_id="", work=_count)

    with connection.cursor() as cursor:
        cursor.execute("select coalesce(current_setting('app.current_company_id', true), '')")
        assert cursor.fetchone() == ("",)
