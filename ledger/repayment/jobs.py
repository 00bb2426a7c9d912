"""Posting as background work: one message per company, a transaction per chunk: a killed worker loses little."""

from __future__ import annotations

from typing import Any

from batconnect.core.jobs.running import each_company
from batconnect.core.jobs.schedules import declare_schedule
from batconnect.core.kernel.actors import Actor
from ledger import weekly
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.services.posting import post_due


def posting_job(kind: RepaidKind) -> str:
    """The name of the job that posts the kind's installments."""
    return f"{kind.app}.post_due_installments"


def posting_task(kind: RepaidKind) -> Any:
    """The task that posts the kind's installments, and its schedule: beat fires it at the kind's weekly slot.

    It sends one message per company to `{name}.of_company`, which posts in chunks; delivered twice it posts once. A
    Refusal (the books are closed) ends it for that company with a warning.
    """
    name = posting_job(kind)
    declare_schedule(
        name=f"{kind.app}-post-due-installments",
        task=name,
        run_permission=f"{kind.app}.post_due",
        minute=str(kind.weekly_slot.minute),
        hour=str(kind.weekly_slot.hour),
        day_of_week="0",
        time_zone=weekly.TIME_ZONE,
        description=f"Posts the {kind.noun} installments that fell due.",
        company_job=weekly.WEEKLY_RUN,
    )

    @each_company(name, in_transaction=False)
    def post_installments(actor: Actor) -> dict[str, int]:
        report = post_due(actor=actor, kind=kind)
        return {"posted": report.posted, "skipped": report.skipped, "failed": report.failed}

    return post_installments
