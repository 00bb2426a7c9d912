"""When jobs run: declared in code, kept in django-celery-beat's rows, which fire for all companies.

A declared schedule's row is made where it is missing and never written again, so that what the installation's owner
changed stays. Only declared tasks may stand in such a row: a free task name would be code execution. What a company
times for itself is in rows of its own (`core.jobs.own_times`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules
from django_celery_beat.models import CrontabSchedule, PeriodicTask


@dataclass(frozen=True, slots=True)
class Schedule:
    """A task with the times it runs at, in the cron fields of a time zone.

    `run_permission`: who may have it run now for their company; None: nobody. `company_job` is the job that companies
    time for themselves (`core.jobs.company_jobs`), where it is part of one; `catches_up`: it goes on firing for
    companies that have a time of their own, because it finds by itself what is due.
    """

    name: str
    task: str
    description: str
    time_zone: str
    minute: str
    hour: str
    day_of_week: str
    day_of_month: str
    month_of_year: str
    run_permission: str | None
    company_job: str
    catches_up: bool


_declared: dict[str, Schedule] = {}


def declare_schedule(
    *,
    name: str,
    task: str,
    description: str,
    time_zone: str = "UTC",
    minute: str = "*",
    hour: str = "*",
    day_of_week: str = "*",
    day_of_month: str = "*",
    month_of_year: str = "*",
    run_permission: str | None = None,
    company_job: str = "",
    catches_up: bool = False,
) -> None:
    """Declare, in an app's `tasks.py`, that a task runs at these times; the cron fields are beat's.

    Whoever holds `run_permission` may run the task's part of their own company (`{task}.of_company`) by hand.
    Raises ValueError when the name already stands for something else.
    """
    schedule = Schedule(
        name=name,
        task=task,
        description=description,
        time_zone=time_zone,
        minute=minute,
        hour=hour,
        day_of_week=day_of_week,
        day_of_month=day_of_month,
        month_of_year=month_of_year,
        run_permission=run_permission,
        company_job=company_job,
        catches_up=catches_up,
    )
    if _declared.setdefault(name, schedule) != schedule:
        raise ValueError(f"The schedule {name} is declared twice.")


@cache
def import_tasks() -> None:
    """Import every app's `tasks.py`, which declares its schedules and jobs, once: looking for those that there are not
    takes a page milliseconds."""
    autodiscover_modules("tasks")


def declared_schedules() -> list[Schedule]:
    """Every declared schedule, by name."""
    import_tasks()
    return [_declared[name] for name in sorted(_declared)]


def find_schedule(name: str) -> Schedule | None:
    """The declared schedule of that name."""
    return next((schedule for schedule in declared_schedules() if schedule.name == name), None)


def schedule_of(task: str) -> Schedule | None:
    """The declared schedule that fires the task."""
    return next((schedule for schedule in declared_schedules() if schedule.task == task), None)


def allowed_tasks() -> frozenset[str]:
    """The tasks that a schedule's row may name."""
    return frozenset(schedule.task for schedule in declared_schedules())


def enabled_among(tasks: frozenset[str]) -> list[str]:
    """Those of the scheduled tasks that operators have not switched off, by name."""
    rows = PeriodicTask.objects.filter(task__in=tasks, enabled=True)
    return sorted(set(rows.values_list("task", flat=True)))


def synchronize_schedules() -> int:
    """Make the rows of declared schedules that are missing; how many were made."""
    with transaction.atomic():
        there = set(PeriodicTask.objects.values_list("name", flat=True))
        missing = [schedule for schedule in declared_schedules() if schedule.name not in there]
        for schedule in missing:
            crontab, _ = CrontabSchedule.objects.get_or_create(
                minute=schedule.minute,
                hour=schedule.hour,
                day_of_week=schedule.day_of_week,
                day_of_month=schedule.day_of_month,
                month_of_year=schedule.month_of_year,
                timezone=schedule.time_zone,
            )
            PeriodicTask.objects.create(
                name=schedule.name, task=schedule.task, crontab=crontab, description=schedule.description
            )
    return len(missing)


def synchronize_after_migrate(**_: Any) -> None:
    """The receiver of `post_migrate`; does nothing while beat's tables are not there (a partial migrate)."""
    if not apps.is_installed("django_celery_beat"):
        return
    if PeriodicTask._meta.db_table in connection.introspection.table_names():
        synchronize_schedules()
