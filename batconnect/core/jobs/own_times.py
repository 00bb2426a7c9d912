"""When a company's jobs run: as everywhere, or as its administrators changed it (docs/domain.md#schedules).

beat's rows fire for all companies and stay as they are. A company that changed a job is left out by the rows of that
job (`companies_for`), and the catch-up sends it at its own time (`core.jobs.due`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from batconnect.core.audit import record_event
from batconnect.core.database.tenancy import company_context, company_ids
from batconnect.core.database.transactions import reads
from batconnect.core.jobs.company_jobs import (
    CompanyJob,
    company_jobs,
    find_company_job,
    usual_time,
    usual_times,
)
from batconnect.core.jobs.schedules import schedule_of
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, week_start
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotFound
from batconnect.core.kernel.recurrence import QUARTERS, Recurrence, offered_time_zones, place_of
from batconnect.core.models import CompanySchedule

SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 500
_LOOKED_AHEAD: Final = 54
"""Weeks for which a weekly time is tried: both changes of the clocks are among them."""
Check = Callable[["JobTime"], object]


@dataclass(frozen=True, slots=True)
class JobTime:
    """A company's job with its time. `version` 0 and no `changed_at`: as everywhere."""

    job: CompanyJob
    time: Recurrence
    paused_at: datetime | None = None
    pause_reason: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None
    version: int = 0

    @property
    def is_paused(self) -> bool:
        """Whether it does not run until somebody resumes it."""
        return self.paused_at is not None

    def next_runs(self, count: int = 3) -> list[datetime]:
        """When it runs next, in UTC; nothing while it is paused."""
        return [] if self.is_paused else self.time.following(now(), count)


@reads
def job_times(*, actor: Actor) -> list[JobTime]:
    """Every job that companies time for themselves, by title. Needs `schedules.view`."""
    actor.require("schedules.view")
    rows = {row.job: row for row in CompanySchedule.objects.filter(company_id=actor.company_id)}
    jobs = company_jobs()
    usual = usual_times([job for job in jobs if job.code not in rows], actor.company)
    return [_described(actor, job, rows.get(job.code), usual=usual.get(job.code)) for job in jobs]


@reads
def find_job_time(*, actor: Actor, code: str) -> JobTime:
    """One of them. Needs `schedules.view`; raises NotFound."""
    actor.require("schedules.view")
    job = _job(code)
    return _described(actor, job, _rows(actor, job).first())


@reads
def own_time(*, company_id: UUID, code: str) -> Recurrence | None:
    """The time that the company gave the job; None where it changed nothing. In the company's context."""
    row = CompanySchedule.objects.filter(company_id=company_id, job=code).first()
    return row.recurrence if row else None


@transaction.atomic
def change_job(
    *,
    actor: Actor,
    code: str,
    values: dict[str, Any],
    check: Check = lambda current: None,
) -> JobTime:
    """Change the job's `weekday`, `at` and `time_zone`, pause it (`is_paused`, with `reason`) or resume it: whatever of
    these is among the values. What says the same as before changes nothing.

    `check` is called under the lock with what is there. The first run after a change or after resuming is the next one
    of the new time; one that was due and not yet sent is still sent, once. Needs `schedules.change`. Raises NotFound;
    InvalidInput for a day, time or zone that is not one, a week that would not be over, a reason that is missing;
    Conflict when somebody else changed it at the same moment.
    """
    actor.require("schedules.change")
    job = _job(code)
    row = _rows(actor, job).select_for_update(no_key=True).first()
    before = _described(actor, job, row)
    check(before)
    wanted = _wanted(before, values)
    if wanted == before.time and values.get("is_paused", before.is_paused) == before.is_paused:
        return before
    _check_time(actor, job, wanted)
    changed = row or CompanySchedule(company_id=actor.company_id, job=job.code, version=0)
    _write_time(changed, before, wanted)
    _write_pause(changed, before, values)
    changed.changed_by, changed.changed_at = actor.name, now()
    changed.version += 1
    _save(changed, is_new=row is None, title=job.title)
    after = _described(actor, job, changed)
    _record(actor, before, after, reason=str(values.get("reason", "")).strip())
    return after


def companies_for(task: str) -> list[UUID]:
    """The companies for which a row of beat fires the task: all, but those that have a time of their own for its job,
    or paused it."""
    schedule = schedule_of(task)
    ids = company_ids()
    if schedule is None or not schedule.company_job:
        return ids
    fired = []
    for company_id in ids:
        row = _row_of(company_id, job=schedule.company_job, task=task)
        if row is None or (schedule.catches_up and row.paused_at is None):
            fired.append(company_id)
    return fired


def _row_of(company_id: UUID, *, job: str, task: str) -> CompanySchedule | None:
    try:
        with company_context(company_id, job=task):
            return CompanySchedule.objects.filter(company_id=company_id, job=job).first()
    except LookupError:  # it is being added: the task itself says so
        return None


def _job(code: str) -> CompanyJob:
    job = find_company_job(code)
    if job is None:
        raise NotFound("There is no such schedule.")
    return job


def _rows(actor: Actor, job: CompanyJob) -> Any:
    return CompanySchedule.objects.filter(company_id=actor.company_id, job=job.code)


def _described(
    actor: Actor, job: CompanyJob, row: CompanySchedule | None, *, usual: Recurrence | None = None
) -> JobTime:
    if row is None:
        return JobTime(job, usual or usual_time(job, actor.company))
    return JobTime(
        job=job,
        time=row.recurrence,
        paused_at=row.paused_at,
        pause_reason=row.pause_reason,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        version=row.version,
    )


def _wanted(before: JobTime, values: dict[str, Any]) -> Recurrence:
    return Recurrence(
        weekday=values.get("weekday", before.time.weekday),
        at=values.get("at", before.time.at),
        time_zone=values.get("time_zone", before.time.time_zone),
    )


def _check_time(actor: Actor, job: CompanyJob, wanted: Recurrence) -> None:
    errors = []
    if job.is_weekly and wanted.weekday is None:
        errors.append(FieldError("day", f"{job.title} is done once a week: choose its day."))
    at: time = wanted.at
    if at.minute not in QUARTERS or at.second or at.microsecond:
        errors.append(
            FieldError(
                "time", f"{at:%H:%M:%S} is not a quarter of an hour: choose {_nearest(at)} or another."
            )
        )
    if wanted.time_zone not in offered_time_zones():
        errors.append(
            FieldError(
                "time_zone",
                f"{wanted.time_zone[:60]} is not the name of a time zone such as America/New_York.",
            )
        )
    if not errors and job.is_weekly and (early := _first_too_early(actor, wanted)) is not None:
        zone = actor.company.time_zone
        errors.append(
            FieldError(
                "time",
                f"{wanted.describe()} is {early.astimezone(ZoneInfo(zone)):%A, %Y-%m-%d %H:%M} in {place_of(zone)}, "
                f"when {actor.company.name}'s week is not over: choose a later time.",
            )
        )
    if errors:
        raise InvalidInput("; ".join(each.message for each in errors), errors=errors)


def _nearest(at: time) -> str:
    return f"{at.hour:02d}:{at.minute // 15 * 15:02d}"


def _first_too_early(actor: Actor, wanted: Recurrence) -> datetime | None:
    """The first run of the coming year that comes before the Sunday of its week has begun for the company."""
    theirs, ours = ZoneInfo(wanted.time_zone), ZoneInfo(actor.company.time_zone)
    for instant in wanted.following(now(), _LOOKED_AHEAD):
        if instant.astimezone(ours).date() < week_start(instant.astimezone(theirs).date()):
            return instant
    return None


def _write_time(row: CompanySchedule, before: JobTime, wanted: Recurrence) -> None:
    """The new time. Whatever came before now counts as handled, but for what was due and not sent yet."""
    moment = now()
    if row.version and not before.is_paused and before.time.latest(moment) > row.handled_through:
        row.handled_through = min(row.handled_through, wanted.latest(moment) - timedelta(seconds=1))
    else:
        row.handled_through = moment
    row.weekday, row.at, row.time_zone = wanted.weekday, wanted.at, wanted.time_zone


def _write_pause(row: CompanySchedule, before: JobTime, values: dict[str, Any]) -> None:
    pauses = values.get("is_paused", before.is_paused)
    if pauses == before.is_paused:
        return
    row.paused_at, row.pause_reason = None, ""
    if not pauses:
        row.handled_through = now()
        return
    reason = str(values.get("reason", "")).strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise InvalidInput(
            f"Say in {SHORTEST_REASON} to {LONGEST_REASON} characters why it is paused; these are {len(reason)}.",
            field="reason",
        )
    row.paused_at, row.pause_reason = now(), reason


def _save(row: CompanySchedule, *, is_new: bool, title: str) -> None:
    if not is_new:
        row.save(
            update_fields=[
                *("weekday", "at", "time_zone", "paused_at", "pause_reason", "handled_through"),
                *("changed_by", "changed_at", "version"),
            ]
        )
        return
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(f"Somebody else changed {title} at the same moment: look at it again.") from error


def _record(actor: Actor, before: JobTime, after: JobTime, *, reason: str) -> None:
    actions = []
    if after.time != before.time:
        actions.append("schedules.change")
    if after.is_paused != before.is_paused:
        actions.append("schedules.pause" if after.is_paused else "schedules.resume")
    for action in actions:
        record_event(
            actor=actor,
            action=action,
            subject_type="schedule",
            subject_id=after.job.code,
            reason=reason,
            details={"before": before.time.describe(), "after": after.time.describe()},
        )
