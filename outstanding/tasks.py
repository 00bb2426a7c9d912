"""The daily jobs: automatic payments and reminders.

Rule: docs/domain.md#outstanding-amounts.
"""

from __future__ import annotations

from batconnect.core.database.tenancy import company_context
from batconnect.core.jobs.company_jobs import CompanyJob, declare_company_job
from batconnect.core.jobs.running import each_company
from batconnect.core.jobs.schedules import declare_schedule
from batconnect.core.kernel.actors import Actor
from ledger.weekly import TIME_ZONE
from outstanding import services

declare_company_job(
    CompanyJob(
        code="collect_due",
        title="Automatic payments of plans",
        description="The automatic payments of plans that are due are started, and failed ones tried again.",
        task="outstanding.collect_due",
        when_resumed="What fell due meanwhile is collected at its next time.",
    )
)
declare_company_job(
    CompanyJob(
        code="due_reminders",
        title="Premium reminders",
        description="Customers are reminded by mail of premiums that are due or overdue, once for each stage.",
        task="outstanding.send_due_reminders",
        when_resumed="Customers are reminded of the stage that is reached at its next time.",
    )
)
declare_schedule(
    name="Collect due plan installments",
    task="outstanding.collect_due",
    run_permission="outstanding.collect",
    time_zone=TIME_ZONE,
    minute="0",
    hour="6",
    description="Starts the automatic payments that are due, and retries.",
    company_job="collect_due",
)
declare_schedule(
    name="Send due reminders",
    task="outstanding.send_due_reminders",
    run_permission="outstanding.collect",
    time_zone=TIME_ZONE,
    minute="0",
    hour="9",
    description="Reminds customers of premiums that are due or overdue, once per stage.",
    company_job="due_reminders",
)


@each_company("outstanding.collect_due")
def collect_due(actor: Actor) -> dict[str, int]:
    """Start what is due in each company; a second run finds nothing."""
    return services.collect_due(actor=actor)


@each_company("outstanding.send_due_reminders", in_transaction=False)
def send_due_reminders(actor: Actor) -> dict[str, int]:
    """Fill each company's outbox, then send what is in it."""
    with company_context(actor.company_id, job="send_due_reminders") as job:
        prepared = services.prepare_reminders(actor=job)
    report = services.send_reminders(company_id=actor.company_id)
    return {"prepared": prepared, "sent": report.sent, "failed": report.failed}
