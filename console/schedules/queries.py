"""What the board shows of each schedule: its times, its last runs in the company, its next one."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.text import capfirst
from django_celery_beat.models import PeriodicTask

from batconnect.core.jobs.asked import TAKEN_UP_WITHIN, is_lost, live_runs, may_run
from batconnect.core.jobs.schedules import Schedule, declared_schedules
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
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
    rows = {
        row.name: row
        for row in PeriodicTask.objects.select_related("crontab", "interval", "solar", "clocked")
    }
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
                runs=of_task[:SHOWN_RUNS],
                may_run=bool(schedule and may_run(actor=actor, schedule=schedule)),
                is_busy=bool(of_task) and of_task[0].state in (_WAITING, _RUNNING),
            )
        )
    return lines


_WAITING: Final = JobRun.State.QUEUED.label
_RUNNING: Final = JobRun.State.RUNNING.label


def _runs(actor: Actor) -> dict[str, tuple[Run, ...]]:
    """The company's runs by task: at most KEPT_RUNS each are in the table."""
    by_task: dict[str, list[Run]] = defaultdict(list)
    live = live_runs(company_id=actor.company_id)
    for run in JobRun.objects.filter(company_id=actor.company_id).order_by("-id"):
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


def _times(row: PeriodicTask | None) -> str:
    """When it runs, in words."""
    if row is None:
        return "not in the table yet"
    if row.crontab:
        zone = str(row.crontab.timezone)
        return str(row.crontab.human_readable).removesuffix(zone).strip()
    return str(row.interval or row.solar or row.clocked or "never")


def _next(row: PeriodicTask) -> datetime | None:
    """When beat fires it next; None where that is unknown."""
    if row.crontab:
        zone = ZoneInfo(str(row.crontab.timezone))
        moment: datetime = row.crontab.due_start_time(now(), zone)
        return moment
    if row.interval:
        first: datetime = row.last_run_at or row.date_changed
        length: timedelta = row.interval.schedule.run_every
        return max(first + length, now())
    return None
