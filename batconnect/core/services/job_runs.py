"""Running a schedule's job now, for one company, because somebody asked for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from celery import current_app
from django.db import IntegrityError, transaction
from kombu.exceptions import OperationalError as BrokerUnreachable

from batconnect.core.actors import Actor
from batconnect.core.audit import audit_event
from batconnect.core.clock import now
from batconnect.core.errors import Conflict, NotAllowed, NotFound
from batconnect.core.jobs import OF_COMPANY
from batconnect.core.models import JobRun
from batconnect.core.schedules import Schedule, find_schedule

TAKEN_UP_WITHIN: Final = timedelta(minutes=10)
"""A run that no worker took up by then counts as lost, and can be asked for again."""
RUNS_AT_MOST: Final = timedelta(minutes=60)
"""No job may run longer (its hard limit is shorter): a run without an end by then was lost with its worker."""
_log = structlog.stdlib.get_logger("batconnect.job")
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
        raise NotAllowed("This schedule is not run by hand.")
    actor.require(schedule.run_permission)
    runs = JobRun.objects.filter(company_id=actor.company_id, task=schedule.task)
    runs.filter(state=_State.QUEUED, requested_at__lt=now() - TAKEN_UP_WITHIN).update(
        state=_State.FAILED, finished_at=now(), detail="No worker took it up."
    )
    if runs.filter(state=_State.RUNNING, started_at__gt=now() - RUNS_AT_MOST).exists():
        raise Conflict(f"{name} is running already.")
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
        raise Conflict(f"{name} waits for a worker already.") from error
    audit_event(
        actor=actor, action="schedules.run", subject_type="schedule", subject_id=schedule.name[:60]
    ).save(force_insert=True)
    transaction.on_commit(lambda: _send(schedule.task, actor.company_id))
    return run


def _send(task: str, company_id: UUID) -> None:
    try:
        current_app.tasks[f"{task}{OF_COMPANY}"].apply_async(args=(str(company_id),), retry=False)
    except (BrokerUnreachable, OSError) as error:
        # The run stays waiting, and counts as lost after TAKEN_UP_WITHIN.
        _log.warning("broker_unreachable", job=task, error=type(error).__name__)
