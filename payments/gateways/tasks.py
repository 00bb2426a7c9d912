"""Handing charges to gateways and asking about them: per company, outside of any transaction."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from celery import shared_task

from batconnect.core.jobs import Job
from batconnect.core.runs import tell_counts
from batconnect.core.schedules import declare_schedule
from batconnect.core.tenancy import company_ids
from payments.gateways.services import reconcile_charges, send_charges

declare_schedule(
    name="Send gateway charges",
    task="gateways.send_charges",
    run_permission="gateways.configure",
    minute="*",
    description="Hands over charges that a lost message left behind (DOMAIN 7).",
)
declare_schedule(
    name="Reconcile gateway charges",
    task="gateways.reconcile_charges",
    run_permission="gateways.configure",
    minute="*/10",
    description="Asks the gateways about charges of which nothing was heard for ten minutes (DOMAIN 7).",
)


@shared_task(base=Job, name="gateways.send_charges.of_company")
def send_charges_of_company(company_id: str) -> None:
    """Hand over one company's waiting charges."""
    tell_counts({"sent": send_charges(company_id=UUID(company_id))})


@shared_task(base=Job, name="gateways.send_charges")
def send_all_charges() -> None:
    """One message per company."""
    _each(send_charges_of_company)


@shared_task(base=Job, name="gateways.reconcile_charges.of_company")
def reconcile_charges_of_company(company_id: str) -> None:
    """Ask about one company's charges."""
    tell_counts(asdict(reconcile_charges(company_id=UUID(company_id))))


@shared_task(base=Job, name="gateways.reconcile_charges")
def reconcile_all_charges() -> None:
    """One message per company."""
    _each(reconcile_charges_of_company)


def wake_sender(company_id: UUID) -> None:
    """Wake a worker for the company's waiting charges; where that fails the schedule finds them."""
    send_charges_of_company.apply_async(args=(str(company_id),), retry=False)


def _each(task: Any) -> None:
    for company_id in company_ids():
        task.delay(str(company_id))
