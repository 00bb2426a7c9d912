"""Sending the jobs of companies that have times of their own: a row with a state, once for each time that came."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.jobs.company_jobs import company_jobs
from batconnect.core.jobs.running import OF_COMPANY, wake
from batconnect.core.jobs.schedules import enabled_among
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.models import CompanySchedule, JobRun


@joins_transaction
def send_due(*, actor: Actor) -> int:
    """Queue each of the company's jobs whose own time has come since it was last sent, once however many times came;
    returns how many. Run again it sends nothing, nor does it when the clock is set back.

    A run that waits for a worker already stands for it. A message that is lost is sent again by `resume_runs`. What the
    installation switched off waits until it is switched on.
    """
    jobs, sent = {job.code: job for job in company_jobs()}, 0
    switched_on = enabled_among(frozenset(job.task for job in jobs.values()))
    rows = CompanySchedule.objects.select_for_update(no_key=True, skip_locked=True)
    moment = now()
    for row in rows.filter(company_id=actor.company_id, paused_at__isnull=True).order_by("job"):
        job, latest = jobs.get(row.job), row.recurrence.latest(moment)
        if job is None or job.task not in switched_on or latest <= row.handled_through:
            continue
        row.handled_through = latest
        row.save(update_fields=["handled_through"])
        if _queue(actor, job.task):
            sent += 1
        wake(f"{job.task}{OF_COMPANY}", actor.company_id)
    return sent


def _queue(actor: Actor, task: str) -> bool:
    """Whether a run was added: there is one at most that waits."""
    run = JobRun(company_id=actor.company_id, task=task, state=JobRun.State.QUEUED, requested_at=now())
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:
        return False
    return True
