"""The escalation job, its message per company and its schedule."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from django_celery_beat.models import PeriodicTask

from batconnect.core.database.roles import as_owner
from batconnect.core.jobs import schedules
from batconnect.core.kernel.actors import Actor
from cases import services, tasks
from cases.models import Case, CaseEvent
from tests.cast import NORTH, SOUTH

NAME = "cases.escalate_overdue"


def test_one_message_goes_to_each_company(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        current_app.tasks[f"{NAME}.of_company"], "apply_async", lambda args, **options: sent.append(args)
    )

    tasks.escalate_overdue.apply(throw=True)

    assert sorted(sent) == [(str(NORTH),), (str(SOUTH),)]


def test_the_job_escalates_in_the_company_of_its_message(manager: Actor) -> None:
    case = services.create_case(actor=manager, case_type="TSTINS").case
    Case.objects.update(action_due_on="2020-01-01T00:00:00Z")

    of_company = current_app.tasks[f"{NAME}.of_company"]
    of_company.apply(args=[str(SOUTH)], throw=True)
    assert Case.objects.get(id=case.id).escalated_at is None
    of_company.apply(args=[str(NORTH)], throw=True)

    assert Case.objects.get(id=case.id).escalated_at is not None
    event = CaseEvent.objects.get(kind="escalate")
    assert (event.actor, event.user_id) == (NAME, None)


def test_a_company_that_is_gone_fails_the_job(db: None) -> None:
    with pytest.raises(LookupError):
        current_app.tasks[f"{NAME}.of_company"].apply(args=[str(uuid4())], throw=True)


def test_only_a_database_that_gave_way_is_tried_again() -> None:
    job = current_app.tasks[f"{NAME}.of_company"]

    assert [kind.__name__ for kind in job.autoretry_for] == ["OperationalError"]
    assert (job.acks_late, job.reject_on_worker_lost, job.max_retries) == (True, True, 5)
    assert job.time_limit > job.soft_time_limit > 0


@pytest.mark.django_db(transaction=True)
class TestSchedule:
    """The row of the schedule."""

    def _synchronize(self) -> int:
        with as_owner():
            return schedules.synchronize_schedules()

    def test_the_row_is_there_after_migrate_and_made_once(self) -> None:
        row: Any = PeriodicTask.objects.get(name="Escalate overdue cases")

        assert (row.task, row.enabled, row.crontab.minute) == (NAME, True, "*/15")
        assert self._synchronize() == 0

    def test_what_an_operator_changed_stays(self) -> None:
        PeriodicTask.objects.filter(task=NAME).update(enabled=False, description="off in summer")

        self._synchronize()

        row = PeriodicTask.objects.get(task=NAME)
        assert (row.enabled, row.description) == (False, "off in summer")

    def test_a_row_that_was_removed_comes_back(self) -> None:
        with as_owner():
            PeriodicTask.objects.filter(task=NAME).delete()

        assert self._synchronize() == 1
        assert PeriodicTask.objects.filter(task=NAME).exists()


def test_only_declared_tasks_may_be_scheduled() -> None:
    assert NAME in schedules.allowed_tasks()
    assert "os.system" not in schedules.allowed_tasks()


def test_one_name_stands_for_one_schedule() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        schedules.declare_schedule(name="Escalate overdue cases", task="other", description="")
