"""A company's Sunday: lease fees, repairs, loans, then the DTRs, each once and in this order.

Rule: docs/domain.md#settlement.

A `WeeklyRun` row says how far each job is. Whoever runs it holds it (`jobs.holds`), so two workers do not run the
same job at once, and a killed one is replaced within seconds. The jobs themselves see to it that runs which overlap
all the same do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import structlog
from django.db import DatabaseError, connection

from batconnect.core.database.tenancy import actor_transaction
from batconnect.core.database.transactions import commits_by_chunks, reads
from batconnect.core.jobs.holds import STILL_HELD, WorkHeld, hold
from batconnect.core.jobs.own_times import own_time
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today, week_start
from batconnect.core.kernel.errors import InvalidInput, Refusal
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.words import describe_code, format_day
from batconnect.core.notices import notify_of_failure
from ledger import weekly
from ledger.rules.settlement import DAYS, settled_on
from ledger.settlement.errors import NOT_SETTLED_FROM, NOT_SUNDAY, WEEK_NOT_OVER, RunHeld, StepFailed
from ledger.settlement.models import WeeklyRun

HELD_AS: Final = "ledger.weekly_run"
_log = structlog.stdlib.get_logger("ledger.settlement")

_CLAIM: Final = """
insert into weekly_runs (id, company_id, week, job, status, attempts, figures, error, started_at, actor)
values (%(id)s::uuid, %(company)s::uuid, %(week)s::date, %(job)s, 'running', 1, '{}', '', now(), %(actor)s)
on conflict (company_id, week, job) do update set status = 'running', attempts = weekly_runs.attempts + 1,
  error = '', started_at = excluded.started_at, actor = excluded.actor
where weekly_runs.status <> 'completed'
returning attempts
"""
_END: Final = f"""
update weekly_runs set status = %(status)s::text, figures = %(figures)s::jsonb, error = %(error)s,
  completed_at = case when %(status)s::text = 'completed' then now() end
where company_id = %(company)s::uuid and week = %(week)s::date and job = %(job)s and status <> 'completed'
  and {STILL_HELD}
"""  # noqa: S608 - fixed text


@dataclass(slots=True)
class WeekReport:
    """What settling one week did: each job's figures in order; `jobs` is empty when it was already settled."""

    week: date
    jobs: dict[str, Mapping[str, Any]] = field(default_factory=dict)


@commits_by_chunks
def settle_week(
    *, actor: Actor, week: date, progress: Callable[[str, int], Any] = lambda job, count: None
) -> WeekReport:
    """Run every job of the week that has not completed, in order; nothing when it is settled.

    Missed weeks before it are run first. `progress` is told the job's name and how many it has done since. Needs
    `ledger.post_due`. Raises InvalidInput for a day that is not a Sunday, a week that is not over or is before
    `settles_from`; Conflict 409 `weekly_step_failed` naming the job, `weekly_run_held`.
    """
    actor.require("ledger.post_due")
    _require_settleable(actor, week)
    report = WeekReport(week)
    for missed in unsettled_weeks(actor=actor, until=week):
        report = _run(actor, missed, weekly.steps(), progress)
    return report if report.week == week else WeekReport(week)


@commits_by_chunks
def run_job(
    *, actor: Actor, job: str, progress: Callable[[str, int], Any] = lambda job, count: None
) -> list[WeekReport]:
    """Run one job for every week whose slot has come and that has not completed it, oldest week first.

    The DTR job first runs the posting jobs of its week that have not completed, and earlier weeks whole. Nothing for a
    company that is not settled. Raises as `settle_week` does.
    """
    actor.require("ledger.post_due")
    step = weekly.step(job)
    steps = weekly.steps() if job == weekly.DTR else [step]
    until = _latest_due(actor, step.slot)
    return [_run(actor, week, steps, progress) for week in unsettled_weeks(actor=actor, until=until, job=job)]


@reads
def latest_week(*, actor: Actor, slot: time = time.min) -> date:
    """The last week whose turn has come: its Sunday has begun in the company's time zone and the slot is past.

    Compared on the wall clock, so that a Sunday of 23 or 25 hours is a Sunday like others.
    """
    local = now().astimezone(ZoneInfo(actor.company.time_zone))
    sunday = week_start(local.date())
    if datetime.combine(sunday, slot) > local.replace(tzinfo=None):
        sunday -= timedelta(days=DAYS)
    return sunday - timedelta(days=DAYS)


def _latest_due(actor: Actor, slot: time) -> date:
    """The last week whose turn has come: by the company's own time of the run where it has one, by the slot elsewhere.

    Rule: docs/domain.md#schedules.
    """
    with actor_transaction(actor):
        own = own_time(company_id=actor.company_id, code=weekly.WEEKLY_RUN)
    if own is None:
        return latest_week(actor=actor, slot=slot)
    day = own.latest(now()).astimezone(ZoneInfo(own.time_zone)).date()
    return min(week_start(day) - timedelta(days=DAYS), latest_week(actor=actor))


@reads
def unsettled_weeks(*, actor: Actor, until: date, job: str = weekly.DTR) -> list[date]:
    """The weeks from `settles_from` through `until` that have not completed the job, oldest first."""
    begins = actor.company.settles_from
    if begins is None:
        return []
    week = week_start(begins) - timedelta(days=DAYS)
    with actor_transaction(actor):
        done = set(
            WeeklyRun.objects.filter(
                company_id=actor.company_id, job=job, status=WeeklyRun.Status.COMPLETED
            ).values_list("week", flat=True)
        )
    unsettled = []
    while week <= until:
        if week not in done:
            unsettled.append(week)
        week += timedelta(days=DAYS)
    return unsettled


def held_subject(week: date, job: str) -> str:
    """The subject under which a run is held."""
    return f"{week} {job}"


def _require_settleable(actor: Actor, week: date) -> None:
    if week != week_start(week):
        raise InvalidInput(
            f"{week} is not a Sunday; its week begins on {week_start(week)}.", code=NOT_SUNDAY, field="week"
        )
    current = today(actor.company)
    if settled_on(week) > current:
        raise InvalidInput(
            f"The week of {week} is settled on {settled_on(week)}; today is {current}.",
            code=WEEK_NOT_OVER,
            field="week",
        )
    begins = actor.company.settles_from
    if begins is None or settled_on(week) < begins:
        raise InvalidInput(
            f"{actor.company.name} is settled from {begins or 'no Sunday'} on.",
            code=NOT_SETTLED_FROM,
            field="week",
        )


def _run(
    actor: Actor, week: date, steps: Sequence[weekly.Step], progress: Callable[[str, int], Any]
) -> WeekReport:
    """Run those of the steps that have not completed in the week, each claimed for as long as it works."""
    report = WeekReport(week)
    for step in steps:
        with _Claim(actor, week, step.name) as claim:
            if claim.is_ours:
                claim.figures = report.jobs[step.name] = step.run(
                    actor=actor, sunday=settled_on(week), progress=partial(progress, step.name)
                )
    return report


class _Claim:
    """Holds a run while its job works; `is_ours` is False when the job has completed.

    Ends it as completed, or as failed with the reason; a refusal then goes on as StepFailed, which names the job.
    Raises RunHeld when another worker has it.
    """

    def __init__(self, actor: Actor, week: date, job: str) -> None:
        self.actor = actor
        self.week = week
        self.job = job
        self.is_ours = False
        self.figures: Mapping[str, Any] = {}
        self._held = ExitStack()
        self._hold: UUID | None = None

    def __enter__(self) -> _Claim:
        try:
            self._hold = self._held.enter_context(
                hold(
                    company_id=self.actor.company_id,
                    kind=HELD_AS,
                    subject=held_subject(self.week, self.job),
                    by=self.actor.name,
                )
            )
        except WorkHeld as held:
            who = held.holder.describe(self.actor.company.time_zone)
            raise RunHeld(f"{self.job} of the week of {self.week} is being run by {who}.") from held
        with ExitStack() as undo:
            undo.push(self._held)
            with actor_transaction(self.actor), connection.cursor() as cursor:
                cursor.execute(_CLAIM, self._values(id=uuid7(), actor=self.actor.name))
                self.is_ours = cursor.fetchone() is not None
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._held:
            self._conclude(error)

    def _conclude(self, error: BaseException | None) -> None:
        if not self.is_ours:
            return
        if error is None:
            self._end(WeeklyRun.Status.COMPLETED, "")
            return
        why = error.message if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
        _log.warning("weekly_job_failed", job=self.job, week=str(self.week), error=why[:500])
        # The connection may be what failed: then the row says "running", and nobody holds it.
        with suppress(DatabaseError):
            self._end(WeeklyRun.Status.FAILED, why[:500])
        if isinstance(error, Refusal) and not isinstance(error, RunHeld):
            raise StepFailed(
                f"The weekly run of {self.week} stopped at {self.job}: {why}",
                extra={"job": self.job, "week": self.week.isoformat()},
            ) from error

    def _end(self, status: WeeklyRun.Status, error: str) -> None:
        with actor_transaction(self.actor), connection.cursor() as cursor:
            cursor.execute(
                _END,
                self._values(
                    status=status.value, figures=_as_json(self.figures), error=error, hold=self._hold
                ),
            )
            if status == WeeklyRun.Status.FAILED:
                self._notify()

    def _notify(self) -> None:
        run = WeeklyRun.objects.filter(**self._of_run()).values_list("pk", flat=True).first()
        notify_of_failure(
            company_id=self.actor.company_id,
            text=f"The weekly run of {format_day(self.week)} stopped at {describe_code(self.job)}.",
            subject_model=WeeklyRun._meta.label,
            subject_key=run or "",
        )

    def _of_run(self) -> dict[str, Any]:
        return {"company_id": self.actor.company_id, "week": self.week, "job": self.job}

    def _values(self, **more: Any) -> dict[str, Any]:
        return {"company": self.actor.company_id, "week": self.week, "job": self.job, **more}


def _as_json(figures: Mapping[str, Any]) -> str:
    """The figures as stored: amounts as text, so that they stay exact."""
    plain = {
        name: str(value) if isinstance(value, Decimal | date) else value for name, value in figures.items()
    }
    return orjson.dumps(plain, default=str).decode()
