"""The jobs that companies time for themselves, declared in apps' `tasks.py` beside their schedules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time

from django_celery_beat.models import CrontabSchedule, PeriodicTask

from batconnect.core.jobs.schedules import Schedule, import_tasks, schedule_of
from batconnect.core.kernel.actors import CompanyProfile
from batconnect.core.kernel.recurrence import Recurrence


@dataclass(frozen=True, slots=True)
class CompanyJob:
    """A job with one time. `task` is what is sent when that comes; `is_weekly`: it has a day of the week, in the
    company's own week, which is over before it runs; `when_resumed` says what becomes of what was left out meanwhile.

    `usual` is the time in each company's own zone where nobody changed it; None: as beat's row of the task says.
    """

    code: str
    title: str
    description: str
    task: str
    when_resumed: str
    is_weekly: bool = False
    usual: tuple[int, time] | None = None


_declared: dict[str, CompanyJob] = {}


def declare_company_job(job: CompanyJob) -> None:
    """Declare it, in an app's `tasks.py`. Raises ValueError when the code already stands for something else."""
    if _declared.setdefault(job.code, job) != job:
        raise ValueError(f"The job {job.code} is declared twice.")


def company_jobs() -> list[CompanyJob]:
    """Every declared job, by title."""
    import_tasks()
    return sorted(_declared.values(), key=lambda job: job.title)


def find_company_job(code: str) -> CompanyJob | None:
    """The declared job of that code."""
    return next((job for job in company_jobs() if job.code == code), None)


def usual_time(job: CompanyJob, company: CompanyProfile) -> Recurrence:
    """When the job runs for a company that changed nothing: by the job, by beat's row, or as it was declared."""
    return usual_times([job], company)[job.code]


def usual_times(jobs: Collection[CompanyJob], company: CompanyProfile) -> dict[str, Recurrence]:
    """The usual times of jobs by their codes; beat's rows are read in one statement."""
    schedules: dict[str, Schedule] = {}
    for job in jobs:
        if job.usual is None:
            schedule = schedule_of(job.task)
            assert schedule is not None, f"{job.code} has a schedule"
            schedules[job.code] = schedule
    names = [each.name for each in schedules.values()]
    found = PeriodicTask.objects.select_related("crontab").filter(name__in=names) if names else ()
    rows = {each.name: each.crontab for each in found}
    times = {}
    for job in jobs:
        if job.usual is not None:
            times[job.code] = Recurrence(*job.usual, company.time_zone)
        else:
            times[job.code] = _usual_time(schedules[job.code], rows.get(schedules[job.code].name))
    return times


def _usual_time(schedule: Schedule, fired: CrontabSchedule | None) -> Recurrence:
    parsed = _daily(str(fired.minute), str(fired.hour), str(fired.timezone)) if fired is not None else None
    declared = _daily(schedule.minute, schedule.hour, schedule.time_zone)
    assert declared is not None, f"{schedule.name} runs every day"
    return parsed or declared


def _daily(minute: str, hour: str, time_zone: str) -> Recurrence | None:
    """Every day at one time; None for cron fields that say anything else."""
    if not (minute.isdecimal() and hour.isdecimal()):
        return None
    return Recurrence(None, time(int(hour), int(minute)), time_zone)
