"""What happens by itself: automatic payments and reminders, every day (DOMAIN 7)."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from batconnect.core.actors import Actor
from batconnect.core.jobs import Job, each_company
from batconnect.core.runs import tell_counts
from batconnect.core.schedules import declare_schedule
from batconnect.core.tenancy import company_context, company_ids
from outstanding import services

declare_schedule(
    name="Collect due plan installments",
    task="outstanding.collect_due",
    run_permission="outstanding.collect",
    time_zone="America/New_York",
    minute="0",
    hour="6",
    description="Begins the automatic payments that are due, and retries (DOMAIN 7).",
)
declare_schedule(
    name="Send due reminders",
    task="outstanding.send_due_reminders",
    run_permission="outstanding.collect",
    time_zone="America/New_York",
    minute="0",
    hour="9",
    description="Reminds customers of premiums that are due or overdue, once per stage.",
)


@each_company("outstanding.collect_due")
def collect_due(actor: Actor) -> dict[str, int]:
    """Begin what is due in each company; run again it finds nothing."""
    return services.collect_due(actor=actor)


@shared_task(base=Job, name="outstanding.send_due_reminders.of_company")
def send_due_reminders_of_company(company_id: str) -> None:
    """Fill one company's outbox, then send what is in it."""
    with company_context(UUID(company_id), job="send_due_reminders") as actor:
        prepared = services.prepare_reminders(actor=actor)
    report = services.send_reminders(company_id=UUID(company_id))
    tell_counts({"prepared": prepared, "sent": report.sent, "failed": report.failed})


@shared_task(base=Job, name="outstanding.send_due_reminders")
def send_due_reminders() -> None:
    """One message per company."""
    for company_id in company_ids():
        send_due_reminders_of_company.delay(str(company_id))
