"""The floor's own jobs."""

from __future__ import annotations

from uuid import UUID

import structlog
from celery import shared_task

from batconnect.core.api.idempotency import purge_keys
from batconnect.core.console.bulk.services import PROCESS, RESUME, unfinished_operations
from batconnect.core.console.bulk.working import HELD_AS, work_on
from batconnect.core.jobs.asked import resume_runs as send_again
from batconnect.core.jobs.due import send_due
from batconnect.core.jobs.running import RESUME_RUNS, Job, each_company, each_subject
from batconnect.core.jobs.schedules import declare_schedule
from batconnect.core.kernel.actors import Actor
from batconnect.core.mailing.seal_heads import queue_head
from batconnect.core.mailing.sending import send_waiting
from batconnect.core.mailing.services import TASK as SEND_MAIL
from batconnect.core.models import Seal
from batconnect.core.notices import notify_of_failure
from batconnect.core.people import notices, purging
from batconnect.core.sealing.checking import VERIFY_SEALS, check_new_and_count

_log = structlog.stdlib.get_logger("batconnect.job")

declare_schedule(
    name="purge-idempotency-keys",
    task="core.purge_idempotency_keys",
    run_permission="core.manage_settings",
    minute="20",
    hour="3",
    description="Deletes idempotency keys that no longer count: older than seven days.",
)
declare_schedule(
    name="send-notices",
    task="core.send_notices",
    run_permission="core.manage_users",
    minute="*/5",
    description="Mails people what was done to their accounts and rights, and invitations.",
)
declare_schedule(
    name="Resume job runs",
    task=RESUME_RUNS,
    minute="*",
    description="Sends runs again that somebody asked for and that no worker took up: their message was lost.",
)
declare_schedule(
    name="send-company-schedules",
    task="core.send_company_schedules",
    minute="*/15",
    description="Sends the jobs of companies that run them at times of their own, and those whose time was missed.",
)


@each_company("core.purge_idempotency_keys")
def purge_idempotency_keys(actor: Actor) -> dict[str, int]:
    """Delete the company's keys that are too old to count; run again it finds none."""
    return {"deleted": purge_keys(company_id=actor.company_id)}


@each_company(f"core.{notices.JOB}", in_transaction=False)
def send_notices(actor: Actor) -> dict[str, int]:
    """Mail the company's notices that were not mailed yet; run again it finds none."""
    report = notices.send_notices(company_id=actor.company_id)
    return {"sent": report.sent, "failed": report.failed}


@each_company(RESUME_RUNS)
def resume_runs(actor: Actor) -> dict[str, int]:
    """Send again what was asked for and not begun."""
    return {"woken": send_again(actor=actor)}


declare_schedule(
    name="send-outgoing-mail",
    task=SEND_MAIL,
    run_permission="mail.send",
    minute="*",
    description="Sends documents that wait to be mailed, and those whose message was lost or that failed before.",
)


@each_company(SEND_MAIL, in_transaction=False, swept_by=SEND_MAIL)
def send_outgoing_mail(actor: Actor) -> dict[str, int]:
    """Send what waits in the company's outbox; run again it finds none."""
    report = send_waiting(company_id=actor.company_id)
    return {"sent": report.sent, "failed": report.failed}


declare_schedule(
    name="mail-seal-heads",
    task="core.mail_seal_heads",
    run_permission="core.manage_settings",
    minute="40",
    hour="7",
    description="Mails the last seal of each company to its auditor, once a day.",
)
declare_schedule(
    name="verify-seals",
    task=VERIFY_SEALS,
    run_permission="core.manage_settings",
    minute="10",
    hour="8",
    description="Computes new seals anew from what the books say now, on Sundays every seal.",
)


@each_company("core.mail_seal_heads")
def mail_seal_heads(actor: Actor) -> dict[str, int]:
    """Queue the mail of the company's last seal; run again on the same day it queues none."""
    return {"queued": int(queue_head(actor=actor) is not None)}


@each_company(VERIFY_SEALS, soft_time_limit=3300, time_limit=3360)
def verify_seals(actor: Actor) -> dict[str, int]:
    """Check the seals that are new with their rows, on Sundays all; managers and administrators are told of what
    differs."""
    counts, first = check_new_and_count(actor=actor)
    if first is not None:
        notify_of_failure(
            company_id=actor.company_id,
            text=f"{counts['differences']} sealed rows or seals are not what was sealed. The first: {first.subject} "
            f"{first.message}. Run verify_ledger --seals for all of them.",
            subject_model=Seal._meta.label,
            subject_key=first.subject,
        )
    return counts


declare_schedule(
    name="Resume operations",
    task=RESUME,
    minute="*",
    description="Goes on with operations on many rows whose message was lost or whose worker died.",
)


@each_subject(
    PROCESS, held_as=HELD_AS, waiting=unfinished_operations, swept_by=RESUME, of="core.BulkOperation"
)
def carry_out_operation(actor: Actor, operation_id: UUID) -> None:
    """Preview or carry out what is left of the operation."""
    work_on(actor=actor, operation_id=operation_id)


@each_company("core.send_company_schedules")
def send_company_schedules(actor: Actor) -> dict[str, int]:
    """Send what is due by the company's own times; run again it sends nothing."""
    return {"sent": send_due(actor=actor)}


declare_schedule(
    name="purge-sign-ins",
    task="core.purge_sign_ins",
    minute="40",
    hour="3",
    description="Deletes token families, spent tokens and sessions that are over, and old sign-in attempts.",
)


@shared_task(base=Job, name="core.purge_sign_ins")
def purge_sign_ins() -> None:
    """Delete what sign-ins of the whole installation left behind; run again it finds nothing."""
    _log.info("job_finished", job="core.purge_sign_ins", **purging.purge_sign_ins())
