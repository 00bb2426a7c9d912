"""The Sunday of every company, and its DTRs as files: what runs in the background.

Rule: docs/domain.md#settlement.

Beat fires in New York time; a company in another time zone is done at the first hourly catch-up after its own slot,
and so is a Sunday that was missed. Messages just wake a worker: the tables say what is to be done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from batconnect.core.jobs.company_jobs import CompanyJob, declare_company_job
from batconnect.core.jobs.running import each_company, each_subject
from batconnect.core.jobs.schedules import declare_schedule
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import format_count
from batconnect.core.notices import notify_of_failure
from batconnect.core.sealing.sealing import seal_rows
from ledger import weekly
from ledger.general.services.manual import reverse_due_entries
from ledger.general.services.numbering import number_entries
from ledger.models import LedgerVerification
from ledger.paying.services.notices import JOB as SEND_NOTICES
from ledger.paying.services.notices import send_payee_notices
from ledger.services.totals import add_to_totals
from ledger.services.verifications import is_whole_due, verify_ledger
from ledger.settlement.services.exports import EXPORT_DTRS, make_export, unfinished_exports
from ledger.settlement.services.exports import HELD_AS as EXPORT_HELD_AS
from ledger.settlement.services.runs import WeekReport, run_job

POST_LEASE_FEES: Final = "ledger.post_due_lease_fees"
GENERATE_DTRS: Final = "app.ledger.tasks.generate_weekly_dtrs"
CATCH_UP: Final = "ledger.catch_up_settlement"
SWEEP_EXPORTS: Final = "ledger.sweep_dtr_exports"
VERIFY: Final = "ledger.verify"
NUMBER_ENTRIES: Final = "ledger.number_entries"
REVERSE_ENTRIES: Final = "ledger.reverse_manual_entries"

declare_company_job(
    CompanyJob(
        code=weekly.WEEKLY_RUN,
        title="The weekly run",
        description="Lease fees, repairs and loans are posted, then the week's DTRs are made, always in this order.",
        task=GENERATE_DTRS,
        when_resumed="The weeks that were left are settled within the hour, oldest first.",
        is_weekly=True,
        usual=(0, weekly.DTR_SLOT),
    )
)
declare_company_job(
    CompanyJob(
        code="verify_ledger",
        title="Verification of the books",
        description="What is new in the ledger is recomputed from its postings, on Sundays every figure.",
        task=VERIFY,
        when_resumed="It runs at its next time; nothing is made up.",
    )
)
declare_schedule(
    name="post-due-lease-fees",
    task=POST_LEASE_FEES,
    run_permission="ledger.post_due",
    minute="0",
    hour="4",
    day_of_week="0",
    time_zone=weekly.TIME_ZONE,
    description="Raises the week's lease fees.",
    company_job=weekly.WEEKLY_RUN,
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
    company_job=weekly.WEEKLY_RUN,
)
declare_schedule(
    name="catch-up-settlement",
    task=CATCH_UP,
    run_permission="ledger.post_due",
    minute="10",
    description="Settles weeks that were missed, and companies in other time zones after their own Sunday 05:00.",
    company_job=weekly.WEEKLY_RUN,
    catches_up=True,
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
    description="Recomputes what is new in the ledger, on Sundays all of it, and keeps whether every figure agrees.",
    company_job="verify_ledger",
)
declare_schedule(
    name="number-entries",
    task=NUMBER_ENTRIES,
    run_permission="ledger.post_due",
    minute="*",
    description="Gives entries their numbers, in the order of posting, seals the books, and keeps the totals of days.",
)
declare_schedule(
    name="reverse-manual-entries",
    task=REVERSE_ENTRIES,
    run_permission="ledger.post_due",
    minute="5",
    description="Takes accruals back on the day that was named with them.",
)
declare_schedule(
    name="send-payee-notices",
    task=SEND_NOTICES,
    run_permission="ledger.pay_out",
    minute="*/5",
    description="Mails drivers that the account they are paid to has changed.",
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
    of="ledger.DtrExport",
    soft_time_limit=3300,
    time_limit=3360,
)
def export_dtrs(actor: Actor, export_id: UUID) -> None:
    """Make one file of a week's DTRs; nothing when it exists or another worker is making it."""
    make_export(actor=actor, export_id=export_id)


@each_company(VERIFY, soft_time_limit=3300, time_limit=3360)
def verify(actor: Actor) -> Mapping[str, Any]:
    """Check figures against their postings, those of what is new on weekdays; the dashboard shows the result."""
    done = verify_ledger(actor=actor, only_new=not is_whole_due(actor=actor))
    if done.differences:
        notify_of_failure(
            company_id=actor.company_id,
            text=f"The books do not balance: {format_count(done.differences, 'difference')} found. Call whoever runs "
            "the system.",
            subject_model=LedgerVerification._meta.label,
            subject_key=done.pk,
        )
    return {"checks": done.checks, "differences": done.differences}


@each_company(NUMBER_ENTRIES)
def number(actor: Actor) -> Mapping[str, Any]:
    """Number and seal what no running transaction can precede, and add what is new to the totals; a lost message costs
    a minute."""
    return {
        "numbered": number_entries(actor=actor),
        "sealed": seal_rows(actor=actor),
        "added": add_to_totals(actor=actor),
    }


@each_company(REVERSE_ENTRIES)
def reverse(actor: Actor) -> Mapping[str, Any]:
    """Take back the manual entries whose day has come; a second run takes none."""
    return {"reversed": reverse_due_entries(actor=actor)}


@each_company(SEND_NOTICES, in_transaction=False)
def send_notices(actor: Actor) -> Mapping[str, Any]:
    """Mail the company's notices to payees that were not mailed yet; run again it finds none."""
    report = send_payee_notices(company_id=actor.company_id)
    return {"sent": report.sent, "failed": report.failed}


def told(reports: list[WeekReport]) -> dict[str, Any]:
    """What a run did, for the log."""
    return {"weeks": {report.week.isoformat(): dict(report.jobs) for report in reports}}
