"""What a job does with a fault, a refusal and a database that gave way."""

from __future__ import annotations

import os
from uuid import uuid4

import pytest
from celery.exceptions import Retry
from django.db import OperationalError, connection
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from batconnect.core.jobs import metrics as job_metrics
from batconnect.core.jobs.running import Job, each_company, run_for_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
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


def test_jobs_are_counted_where_figures_are_wanted(in_north: None, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = CollectorRegistry()
    name = f"test.counted.{uuid4()}"

    @each_company(name)
    def work(actor: Actor) -> int:
        faults = {"fault": ZeroDivisionError(), "gone": OperationalError()}
        if case[0] in faults:
            raise faults[case[0]]
        return 1

    case = ["unwanted"]
    of_company = work.app.tasks[f"{name}.of_company"]
    of_company.apply(args=[str(NORTH)])
    monkeypatch.setattr(job_metrics, "_metrics", job_metrics.JobMetrics(registry))
    for case[0] in ("well", "well", "fault", "gone"):
        of_company.apply(args=[str(NORTH)])
    job_metrics.count_batch_rows(succeeded=7, failed=0)

    def figure(series: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"batconnect_{series}", labels)

    job = f"{name}.of_company"
    ended = {
        outcome: figure("jobs_ended_total", job=job, outcome=outcome)
        for outcome in ("succeeded", "failed", "retried")
    }
    assert figure("jobs_started_total", job=job) == sum(count or 0 for count in ended.values())
    assert ended["succeeded"] == 2
    assert ended["failed"] == 1 + 1  # an eager task's retries end with the last one's fault
    assert figure("job_seconds_count", job=job) == figure("jobs_started_total", job=job)
    assert figure("batch_rows_total", outcome="succeeded") == 7
    assert figure("batch_rows_total", outcome="failed") is None


def test_nothing_is_counted_unless_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_METRICS_PORT", "9808")
    monkeypatch.setattr("sys.argv", ["gunicorn"])

    job_metrics.prepare_worker()
    job_metrics.begin_worker()
    job_metrics.count_batch_rows(succeeded=7)

    assert job_metrics.job_metrics() is None
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
