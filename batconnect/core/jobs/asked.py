"""Running a schedule's job now, for one company, because somebody asked for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from batconnect.core.audit import record_event
from batconnect.core.jobs.holds import LEASE_SECONDS, find_holder, held_subjects
from batconnect.core.jobs.running import OF_COMPANY, wake
from batconnect.core.jobs.runs import HELD_AS, LONGEST_NAME, RUN_ASKED, SCHEDULE
from batconnect.core.jobs.schedules import Schedule, find_schedule
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import Conflict, NotAllowed, NotFound
from batconnect.core.models import JobRun

TAKEN_UP_WITHIN: Final = timedelta(minutes=10)
"""A run that no worker took up by then counts as lost, and can be asked for again."""
_SENT_AGAIN_AFTER: Final = timedelta(minutes=1)
_BEGINS_WITHIN: Final = timedelta(seconds=LEASE_SECONDS)
"""A run is held right after it is written down; without a hold by then it was lost with its worker."""
_State = JobRun.State


def may_run(*, actor: Actor, schedule: Schedule) -> bool:
    """Whether the person may run the schedule's job by hand."""
    return schedule.run_permission is not None and actor.can(schedule.run_permission)


@transaction.atomic
def request_run(*, actor: Actor, name: str) -> JobRun:
    """Send the declared schedule's job of the actor's company to a worker, once this transaction is committed.

    Raises NotFound for a schedule that is not declared, NotAllowed for one that is not run by hand or without its
    right, Conflict while a run of it waits or runs.
    """
    schedule = find_schedule(name)
    if schedule is None:
        raise NotFound("There is no such schedule.")
    if schedule.run_permission is None:
        raise NotAllowed("This schedule cannot be run by hand.")
    actor.require(schedule.run_permission)
    runs = JobRun.objects.filter(company_id=actor.company_id, task=schedule.task)
    runs.filter(state=_State.QUEUED, requested_at__lt=now() - TAKEN_UP_WITHIN).update(
        state=_State.FAILED, finished_at=now(), detail="No worker took it up."
    )
    for running in runs.filter(state=_State.RUNNING):
        if not is_lost(running, live=live_runs(company_id=actor.company_id)):
            holder = find_holder(company_id=actor.company_id, kind=HELD_AS, subject=str(running.id))
            who = f": {holder.describe(actor.company.time_zone)}" if holder else ""
            raise Conflict(f"{name} is already running{who}.")
        running.state, running.finished_at, running.detail = _State.FAILED, now(), "Its worker was lost."
        running.save(update_fields=["state", "finished_at", "detail"])
    run = JobRun(
        company_id=actor.company_id,
        task=schedule.task,
        state=_State.QUEUED,
        requested_by=actor.name,
        requested_at=now(),
    )
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(f"{name} is already waiting for a worker.") from error
    record_event(
        actor=actor, action=RUN_ASKED, subject_type=SCHEDULE, subject_id=schedule.name[:LONGEST_NAME]
    )
    wake(f"{schedule.task}{OF_COMPANY}", actor.company_id)
    return run


def resume_runs(*, actor: Actor) -> int:
    """Send again the runs that were asked for and that no worker has taken up yet; returns how many."""
    waiting = JobRun.objects.filter(
        company_id=actor.company_id, state=_State.QUEUED, requested_at__lt=now() - _SENT_AGAIN_AFTER
    )
    tasks = list(waiting.values_list("task", flat=True))
    for task in tasks:
        wake(f"{task}{OF_COMPANY}", actor.company_id)
    return len(tasks)


def live_runs(*, company_id: UUID) -> frozenset[str]:
    """The ids of the runs that a worker is working on; in the company's context."""
    return held_subjects(company_id=company_id, kind=HELD_AS)


def is_lost(run: JobRun, *, live: frozenset[str]) -> bool:
    """Whether the run's worker is gone, `live` being what is held."""
    if run.state != _State.RUNNING or run.started_at is None:
        return False
    return str(run.id) not in live and run.started_at < now() - _BEGINS_WITHIN
