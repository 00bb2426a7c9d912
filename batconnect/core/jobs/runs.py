"""What each run of a company's job came to: asked for, running, over. The board of schedules reads it.

A run is written down beside its work, in transactions of its own: work that is rolled back leaves its run, and a
database that cannot write the run down does not stop the work.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import structlog
from celery.exceptions import Retry
from django.db import DatabaseError

from batconnect.core.audit import last_person
from batconnect.core.database.tenancy import company_context
from batconnect.core.jobs.holds import hold
from batconnect.core.jobs.schedules import schedule_of
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.words import describe_code
from batconnect.core.models import JobRun
from batconnect.core.notices import notify_of_failure, notify_who_asked

HELD_AS: Final = "core.job_run"
KEPT_RUNS: Final = 20
"""The newest runs of each job of a company are kept."""
RUN_ASKED: Final = "schedules.run"
SCHEDULE: Final = "schedule"
LONGEST_NAME: Final = 60
"""How the trail names a run that was asked for by hand."""
_JOB: Final = "job_runs"
_MAX_COUNTS: Final = 20
_log = structlog.stdlib.get_logger("batconnect.job")
_State = JobRun.State


@dataclass(slots=True)
class _Reported:
    """What the running job says of itself."""

    state: str = _State.DONE
    detail: str = ""
    counts: dict[str, Any] = field(default_factory=dict)


_running: ContextVar[_Reported | None] = ContextVar("running_job", default=None)


def report_counts(counts: Mapping[str, Any]) -> None:
    """Say what the running job did; does nothing outside of one."""
    reported = _running.get()
    if reported is not None:
        reported.counts = dict(counts)


def report_refusal(refusal: Refusal) -> None:
    """Say why the running job did nothing."""
    reported = _running.get()
    if reported is not None:
        reported.state, reported.detail = _State.REFUSED, refusal.message


@contextmanager
def recorded(*, company_id: UUID, task: str) -> Iterator[None]:
    """A run of the company's job from here to the end of the block, whichever way that ends."""
    run_id = _begin(company_id, task)
    reported = _Reported()
    token = _running.set(reported)
    held = ExitStack()
    try:
        _hold(held, company_id, run_id, task)
        yield
    except Retry as retry:
        reported.state, reported.detail = _State.RETRIED, type(retry.exc).__name__
        raise
    except Refusal as refusal:
        reported.state, reported.detail = _State.REFUSED, refusal.message
        raise
    except BaseException as error:
        # The class alone: a message may hold what belongs in no table. The log has the rest.
        reported.state, reported.detail = _State.FAILED, type(error).__name__
        raise
    finally:
        _running.reset(token)
        _finish(company_id, run_id, task, reported)
        held.close()


def _hold(held: ExitStack, company_id: UUID, run_id: UUID | None, task: str) -> None:
    """While it is held the run is known to be at work."""
    if run_id is None:
        return
    try:
        held.enter_context(hold(company_id=company_id, kind=HELD_AS, subject=str(run_id), by=task))
    except DatabaseError as error:
        _log.warning("run_not_held", job=task, error=type(error).__name__)


def _begin(company_id: UUID, task: str) -> UUID | None:
    """Take up the run that was asked for, or begin one; the oldest beyond KEPT_RUNS go."""
    try:
        with company_context(company_id, job=_JOB):
            runs = JobRun.objects.filter(company_id=company_id, task=task)
            queued = runs.filter(state=_State.QUEUED).select_for_update(skip_locked=True).first()
            if queued is not None:
                queued.state, queued.started_at = _State.RUNNING, now()
                queued.save(update_fields=["state", "started_at"])
                return queued.id
            kept = runs.order_by("-id").values("pk")[: KEPT_RUNS - 1]
            runs.exclude(pk__in=kept).exclude(state=_State.QUEUED).delete()
            run = JobRun(company_id=company_id, task=task, state=_State.RUNNING, started_at=now())
            run.save(force_insert=True)
            return run.id
    except (DatabaseError, LookupError) as error:
        _log.warning("run_not_recorded", job=task, error=type(error).__name__)
        return None


def _finish(company_id: UUID, run_id: UUID | None, task: str, reported: _Reported) -> None:
    if run_id is None:
        return
    try:
        with company_context(company_id, job=_JOB):
            JobRun.objects.filter(company_id=company_id, id=run_id).update(
                state=reported.state,
                finished_at=now(),
                detail=reported.detail[:300],
                counts=_plain(reported.counts),
            )
            _notify(company_id, run_id, task, reported)
    except DatabaseError as error:
        _log.warning("run_not_recorded", run=str(run_id), error=type(error).__name__)


def _notify(company_id: UUID, run_id: UUID, task: str, reported: _Reported) -> None:
    """A failure is told to those who manage the company and to who asked for the run; a refusal to who asked."""
    if reported.state not in (_State.FAILED, _State.REFUSED):
        return
    asked_by = _asked_by(company_id, run_id, task)
    about: dict[str, Any] = {
        "company_id": company_id,
        "subject_model": JobRun._meta.label,
        "subject_key": task,
        "asked_by": asked_by,
    }
    if reported.state == _State.FAILED:
        text = f"The job {describe_code(task)} failed. The page Schedules has its runs."
        notify_of_failure(text=text, **about)
    else:
        why = reported.detail[:300]
        notify_who_asked(text=f"The job {describe_code(task)} did nothing: {why}", **about)


def _asked_by(company_id: UUID, run_id: UUID, task: str) -> int | None:
    """Who asked for the run by hand; None for one that its time began."""
    schedule = schedule_of(task)
    asked = JobRun.objects.filter(company_id=company_id, id=run_id).exclude(requested_by="")
    if schedule is None or not asked.exists():
        return None
    return last_person(
        company_id=company_id,
        actions=(RUN_ASKED,),
        subject_type=SCHEDULE,
        subject_id=schedule.name[:LONGEST_NAME],
    )


def _plain(counts: Mapping[str, Any]) -> dict[str, Any]:
    first = dict(list(counts.items())[:_MAX_COUNTS])
    plain: dict[str, Any] = json.loads(json.dumps(first, default=str))
    return plain
