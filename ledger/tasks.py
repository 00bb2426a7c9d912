"""The Sunday of every company, and its DTRs as files: what runs in the background.

Rule: docs/domain.md#settlement.

Beat fires in New York time; a company in another time zone is done at the first hourly catch-up after its own slot,
and so is a Sunday that was missed. Messages just wake a worker: the tables say what is to be done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from batconnect.core.jobs.running import each_company, each_subject
from batconnect.core.jobs.schedules import declare_schedule
from batconnect.core.kernel.actors import Actor
from ledger import weekly
from ledger.services.verifications import verify_ledger
from ledger.settlement.services.exports import EXPORT_DTRS, make_export, unfinished_exports
from ledger.settlement.services.exports import HELD_AS as EXPORT_HELD_AS
from ledger.settlement.services.runs import WeekReport, run_job

POST_LEASE_FEES: Final = "ledger.post_due_lease_fees"
GENERATE_DTRS: Final = "app.ledger.tasks.generate_weekly_dtrs"
CATCH_UP: Final = "ledger.catch_up_settlement"
SWEEP_EXPORTS: Final = "ledger.sweep_dtr_exports"
VERIFY: Final = "ledger.verify"

declare_schedule(
    name="post-due-lease-fees",
    task=POST_LEASE_FEES,
    run_permission="ledger.post_due",
    minute="0",
    hour="4",
    day_of_week="0",
    time_zone=weekly.TIME_ZONE,
    description="Raises the week's lease fees.",
)
declare_schedule(
    name="generate-weekly-dtrs",
    task=GENERATE_DTRS,
    run_permission="ledger.post_due",
    minute="0",
    hour="5",
    day_of_week="0",
    time_zone=weekly.TIME_ZONE,
    description="Makes the week's DTRs, after any posting job that has not completed.",
)
declare_schedule(
    name="catch-up-settlement",
    task=CATCH_UP,
    run_permission="ledger.post_due",
    minute="10",
    description="Settles weeks that were missed, and companies in other time zones after their own Sunday 05:00.",
)
declare_schedule(
    name="sweep-dtr-exports",
    task=SWEEP_EXPORTS,
    run_permission="ledger.post_due",
    minute="*/2",
    description="Resumes files of DTRs whose message or worker was lost.",
)
declare_schedule(
    name="verify-ledger",
    task=VERIFY,
    run_permission="ledger.post_due",
    minute="15",
    hour="2",
    time_zone=weekly.TIME_ZONE,
    description="Recomputes every figure of the ledger and keeps whether all agree.",
)


@each_company(POST_LEASE_FEES, in_transaction=False)
def post_due_lease_fees(actor: Actor) -> Mapping[str, Any]:
    """Raise the fees of every week whose turn has come; a second run raises none."""
    return told(run_job(actor=actor, job=weekly.LEASE_FEES))


@each_company(GENERATE_DTRS, in_transaction=False, soft_time_limit=3300, time_limit=3360)
def generate_weekly_dtrs(actor: Actor) -> Mapping[str, Any]:
    """Settle every week whose turn has come: the posting jobs that have not completed, then the DTRs."""
    return told(run_job(actor=actor, job=weekly.DTR))


@each_company(CATCH_UP, in_transaction=False, soft_time_limit=3300, time_limit=3360)
def catch_up_settlement(actor: Actor) -> Mapping[str, Any]:
    """Do the same every hour: nothing for a company that is settled."""
    return told(run_job(actor=actor, job=weekly.DTR))


@each_subject(
    EXPORT_DTRS,
    held_as=EXPORT_HELD_AS,
    waiting=unfinished_exports,
    swept_by=SWEEP_EXPORTS,
    soft_time_limit=3300,
    time_limit=3360,
)
def export_dtrs(actor: Actor, export_id: UUID) -> None:
    """Make one file of a week's DTRs; nothing when it exists or another worker is making it."""
    make_export(actor=actor, export_id=export_id)


@each_company(VERIFY, soft_time_limit=3300, time_limit=3360)
def verify(actor: Actor) -> Mapping[str, Any]:
    """Check every figure against its postings; the dashboard shows the result."""
    done = verify_ledger(actor=actor)
    return {"checks": done.checks, "differences": done.differences}


def told(reports: list[WeekReport]) -> dict[str, Any]:
    """What a run did, for the log."""
    return {"weeks": {report.week.isoformat(): dict(report.jobs) for report in reports}}
