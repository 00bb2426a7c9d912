"""What the board shows of each schedule: its times, its last runs in the company, its next one."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.text import capfirst
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from batconnect.core.jobs.asked import TAKEN_UP_WITHIN, is_lost, live_runs, may_run
from batconnect.core.jobs.schedules import Schedule, declared_schedules
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.recurrence import Recurrence
from batconnect.core.models import JobRun

SHOWN_RUNS: Final = 5
_LOST: Final = "Lost"
_SOURCE: Final = re.compile(r" \(docs/[^)]*\)")


@dataclass(frozen=True, slots=True)
class Run:
    """A run as people read it."""

    state: str
    at: datetime | None
    duration: str
    detail: str
    requested_by: str

    @property
    def is_trouble(self) -> bool:
        """Whether somebody should look."""
        return self.state in (_LOST, JobRun.State.FAILED.label, JobRun.State.REFUSED.label)


@dataclass(frozen=True, slots=True)
class Row:
    """A schedule with its last runs; `runs` newest first."""

    name: str
    description: str
    task_id: int | None
    times: str
    zone: str
    is_enabled: bool
    fired_at: datetime | None
    next_at: datetime | None
    runs: tuple[Run, ...]
    may_run: bool
    is_busy: bool

    @property
    def title(self) -> str:
        """The name as a person writes it."""
        return title_of(self.name)

    @property
    def last(self) -> Run | None:
        """The newest run."""
        return self.runs[0] if self.runs else None


def title_of(name: str) -> str:
    """A schedule's name as a person writes it: `generate-weekly-dtrs` → `Generate weekly DTRs`."""
    if "-" not in name:
        return name
    return capfirst(name.replace("-", " ").replace("dtr", "DTR"))


def description_of(schedule: Schedule) -> str:
    """What it does, without the rule's source, which says nothing to operators."""
    return _SOURCE.sub("", schedule.description)


def board(*, actor: Actor) -> list[Row]:
    """Every schedule by name; those that no code declares too, which nobody runs by hand."""
    declared = {schedule.name: schedule for schedule in declared_schedules()}
    # Nearly every row has a crontab; the others are looked up only where a row has one.
    tasks = PeriodicTask.objects.select_related("crontab").prefetch_related("interval", "solar", "clocked")
    rows = {row.name: row for row in tasks}
    runs = _runs(actor)
    lines = []
    for name in sorted({*declared, *rows}, key=str.lower):
        schedule, row = declared.get(name), rows.get(name)
        of_task = runs.get(schedule.task if schedule else row.task if row else "", ())
        lines.append(
            Row(
                name=name,
                description=description_of(schedule) if schedule else row.description if row else "",
                task_id=row.pk if row else None,
                times=_times(row),
                zone=str(row.crontab.timezone) if row and row.crontab else "",
                is_enabled=bool(row and row.enabled),
                fired_at=row.last_run_at if row else None,
                next_at=_next(row) if row and row.enabled else None,
                runs=of_task,
                may_run=bool(schedule and may_run(actor=actor, schedule=schedule)),
                is_busy=bool(of_task) and of_task[0].state in (_WAITING, _RUNNING),
            )
        )
    return lines


_WAITING: Final = JobRun.State.QUEUED.label
_RUNNING: Final = JobRun.State.RUNNING.label


def _runs(actor: Actor) -> dict[str, tuple[Run, ...]]:
    """The company's newest runs by task: at most KEPT_RUNS each are in the table."""
    by_task: dict[str, list[Run]] = defaultdict(list)
    live = live_runs(company_id=actor.company_id)
    for run in JobRun.objects.filter(company_id=actor.company_id).order_by("-id"):
        if len(by_task[run.task]) < SHOWN_RUNS:
            by_task[run.task].append(_run(run, live))
    return {task: tuple(found) for task, found in by_task.items()}


def _run(run: JobRun, live: frozenset[str]) -> Run:
    state, moment = JobRun.State(run.state).label, now()
    if run.state == JobRun.State.QUEUED and run.requested_at and run.requested_at < moment - TAKEN_UP_WITHIN:
        state = _LOST
    if is_lost(run, live=live):
        state = _LOST
    length = run.finished_at - run.started_at if run.finished_at and run.started_at else None
    return Run(
        state=state,
        at=run.started_at or run.requested_at,
        duration=_duration(length) if length is not None else "",
        detail=run.detail or _counts(run.counts),
        requested_by=run.requested_by,
    )


def _duration(length: timedelta) -> str:
    """`40 ms`, `3.2 s`, `2 min 5 s`."""
    milliseconds = length // timedelta(milliseconds=1)
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds // 1000}.{milliseconds % 1000 // 100} s"
    return f"{milliseconds // 60_000} min {milliseconds % 60_000 // 1000} s"


def _counts(counts: dict[str, Any]) -> str:
    parts = [
        f"{name.replace('_', ' ')}: {', '.join(value) if isinstance(value, dict) else value}"
        for name, value in counts.items()
        if value not in (None, 0, {}, "")
    ]
    return ", ".join(parts) if parts or not counts else "nothing to do"


_WEEKDAYS: Final = tuple("0123456")
_Fields = tuple[str, str, str, str, str, str]


def _times(row: PeriodicTask | None) -> str:
    """When it runs, in words."""
    if row is None:
        return "not in the table yet"
    if row.crontab:
        return _words(_fields(row.crontab))
    return str(row.interval or row.solar or row.clocked or "never")


def _next(row: PeriodicTask) -> datetime | None:
    """When beat fires it next; None where that is unknown."""
    if row.crontab:
        schedule = _parsed(_fields(row.crontab))
        start, ends_in, _ = schedule.remaining_delta(now().astimezone(schedule.tz))
        moment: datetime = start + ends_in
        return moment
    if row.interval:
        first: datetime = row.last_run_at or row.date_changed
        length: timedelta = row.interval.schedule.run_every
        return max(first + length, now())
    return None


def _fields(row: CrontabSchedule) -> _Fields:
    return (
        *(row.minute, row.hour, row.day_of_month, row.month_of_year, row.day_of_week),
        str(row.timezone),
    )


def _crontab(fields: _Fields) -> CrontabSchedule:
    minute, hour, day_of_month, month_of_year, day_of_week, zone = fields
    return CrontabSchedule(
        minute=minute,
        hour=hour,
        day_of_month=day_of_month,
        month_of_year=month_of_year,
        day_of_week=day_of_week,
        timezone=ZoneInfo(zone),
    )


# Reading and wording the fields of every row takes longer than the rest of the board, and comes to the same each time.
@lru_cache(maxsize=256)
def _parsed(fields: _Fields) -> Any:
    """The times as beat reckons them."""
    return _crontab(fields).schedule


@lru_cache(maxsize=256)
def _words(fields: _Fields) -> str:
    """As the company's own times are said; what comes in no day's rhythm as the library says it."""
    minute, hour, day_of_month, month_of_year, day_of_week, zone = fields
    is_daily = minute.isdecimal() and hour.isdecimal() and day_of_month == month_of_year == "*"
    if is_daily and (day_of_week == "*" or day_of_week in _WEEKDAYS):
        weekday = None if day_of_week == "*" else _WEEKDAYS.index(day_of_week)
        return Recurrence(weekday, time(int(hour), int(minute)), zone).describe().partition(",")[0]
    return str(_crontab(fields).human_readable).removesuffix(fields[-1]).strip()
