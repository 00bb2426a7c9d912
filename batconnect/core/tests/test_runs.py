"""What is written down of each run of a company's job, and running one by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from celery.exceptions import Retry
from django.db import OperationalError

from batconnect.core.jobs import running as jobs
from batconnect.core.jobs import runs
from batconnect.core.jobs.asked import request_run
from batconnect.core.jobs.running import each_company
from batconnect.core.jobs.schedules import declared_schedules
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import Conflict, NotAllowed, NotFound
from batconnect.core.kernel.permissions import PERMISSIONS
from batconnect.core.models import AuditEvent, JobRun, Notice
from tests.cast import NORTH
from tests.databases import owners_hand

Done = Callable[[Callable[[Actor], Any]], str]


@pytest.fixture
def run_job(in_north: None) -> Done:
    """Carry the work out as north's part of a job; the job's name."""

    def run(work: Callable[[Actor], Any]) -> str:
        job = each_company(f"test.run.{uuid4()}")(work)
        with suppress(ZeroDivisionError, Retry):
            job.app.tasks[f"{job.name}.of_company"].apply(args=[str(NORTH)], throw=True)
        return str(job.name)

    return run


def _refuse(actor: Actor) -> None:
    raise Conflict("The week is closed.")


def _give_way(actor: Actor) -> None:
    raise OperationalError("secret@host went away")


@pytest.mark.parametrize(
    ("work", "state", "detail", "counts"),
    [
        (lambda actor: {"posted": 3, "skipped": 0}, "done", "", {"posted": 3, "skipped": 0}),
        (_refuse, "refused", "The week is closed.", {}),
        (lambda actor: 1 // 0, "failed", "ZeroDivisionError", {}),
        (_give_way, "retried", "OperationalError", {}),
    ],
)
def test_a_run_says_what_came_of_it(
    run_job: Done, work: Callable[[Actor], Any], state: str, detail: str, counts: dict[str, int]
) -> None:
    task = run_job(work)

    (run,) = JobRun.objects.filter(task=task)
    assert (run.state, run.detail, run.counts) == (state, detail, counts)
    assert run.started_at is not None
    assert run.finished_at is not None
    assert run.started_at <= run.finished_at


def test_a_refused_run_is_told_to_who_asked_and_one_by_its_time_to_managers(
    manager: Actor, auditor: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    task = "cases.escalate_overdue"
    with owners_hand():
        Notice.objects.all().delete()
    request_run(actor=manager, name="Escalate overdue cases")

    with suppress(Conflict), runs.recorded(company_id=NORTH, task=task):
        _refuse(manager)
    by_hand = list(Notice.objects.values_list("user_id", "kind", "text"))
    with suppress(Conflict), runs.recorded(company_id=NORTH, task=task):
        _refuse(manager)
    by_time = set(Notice.objects.filter(text__contains="did nothing").values_list("user_id", flat=True))

    assert by_hand == [
        (manager.user_id, "failure", "The job Escalate overdue did nothing: The week is closed.")
    ]
    assert {manager.user_id} < by_time
    assert auditor.user_id not in by_time


def test_a_failed_run_is_told_to_managers_and_to_who_asked(manager: Actor, cashier: Actor) -> None:
    request_run(actor=manager, name="Escalate overdue cases")

    with suppress(ZeroDivisionError), runs.recorded(company_id=NORTH, task="cases.escalate_overdue"):
        raise ZeroDivisionError

    told = list(Notice.objects.filter(text__contains="failed").values_list("user_id", flat=True))
    assert manager.user_id in told
    assert len(told) == len(set(told))
    assert cashier.user_id not in told


def test_only_the_newest_runs_are_kept(in_north: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "KEPT_RUNS", 3)

    for _ in range(5):
        with runs.recorded(company_id=NORTH, task="test.kept"):
            pass

    assert JobRun.objects.filter(task="test.kept").count() == 3


def test_work_is_done_although_its_run_cannot_be_written_down(db: None) -> None:
    done: list[int] = []

    with runs.recorded(company_id=uuid4(), task="test.unknown_company"):
        done.append(1)

    assert done == [1]


def test_runs_a_job_of_the_own_company_once_it_is_committed(
    manager: Actor, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(jobs, "_send", lambda task, company_id: sent.append((task, company_id)))

    with django_capture_on_commit_callbacks(execute=True):
        run = request_run(actor=manager, name="Escalate overdue cases")
        assert sent == []
    with pytest.raises(Conflict):
        request_run(actor=manager, name="Escalate overdue cases")

    assert sent == [("cases.escalate_overdue.of_company", NORTH)]
    assert (run.state, run.requested_by) == ("queued", "Mara")
    assert JobRun.objects.count() == 1
    assert AuditEvent.objects.filter(action="schedules.run").count() == 1
    with runs.recorded(company_id=NORTH, task="cases.escalate_overdue"), pytest.raises(Conflict):
        request_run(actor=manager, name="Escalate overdue cases")
    (run,) = JobRun.objects.all()
    assert (run.state, run.requested_by) == ("done", "Mara")


def test_a_run_that_no_worker_took_up_can_be_asked_for_again(manager: Actor) -> None:
    request_run(actor=manager, name="Escalate overdue cases")
    with owners_hand():
        JobRun.objects.update(requested_at=now() - timedelta(minutes=11))

    request_run(actor=manager, name="Escalate overdue cases")

    assert sorted(JobRun.objects.values_list("state", "detail")) == [
        ("failed", "No worker took it up."),
        ("queued", ""),
    ]


def test_what_is_run_by_hand_has_a_part_for_one_company_and_a_right() -> None:
    by_hand = [schedule for schedule in declared_schedules() if schedule.run_permission]

    assert len(by_hand) > 10
    assert {f"{each.task}.of_company" for each in by_hand} <= set(current_app.tasks)
    assert {each.run_permission for each in by_hand} <= set(PERMISSIONS)


def test_refuses_to_run_without_the_right_or_what_is_not_declared(auditor: Actor, cashier: Actor) -> None:
    for actor, name, refusal in (
        (auditor, "post-due-lease-fees", NotAllowed),
        (cashier, "post-due-lease-fees", NotAllowed),
        (cashier, "os.system", NotFound),
    ):
        with pytest.raises(refusal):
            request_run(actor=actor, name=name)

    assert not JobRun.objects.exists()
    assert not AuditEvent.objects.exists()
