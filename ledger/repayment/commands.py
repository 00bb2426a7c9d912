"""The base of the posting commands: the job's work by hand, for a day or a range of days."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from batconnect.core.database.tenancy import company_context, job_actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_count
from batconnect.core.management.companies import add_company_argument, chosen_companies
from batconnect.core.models import Company
from ledger.repayment.jobs import posting_job
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.services.posting import post_due, preview_due


class PostDueCommand(BaseCommand):
    """Post what fell due, chunk by chunk; after an interruption the next run goes on from there.

    A subclass gives the kind.
    """

    kind: ClassVar[RepaidKind]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.help = (
            f"Post the {self.kind.noun} installments that fell due, in every company or one; what is posted is left "
            "alone."
        )
        super().__init__(*args, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        days = parser.add_mutually_exclusive_group()
        days.add_argument(
            "--date", type=date.fromisoformat, help="post what fell due up to this day (default: today)"
        )
        days.add_argument(
            "--from", dest="since", type=date.fromisoformat, help="post what fell due from this day on"
        )
        parser.add_argument("--to", type=date.fromisoformat, help="… up to this day; with --from")
        parser.add_argument(
            "--dry-run", action="store_true", help="report what would be posted, write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["to"] and not options["since"]:
            raise CommandError("--from and --to go together; for a single day use --date.")
        days = {"up_to": options["to"] or options["date"], "since": options["since"]}
        failed = 0
        for company in chosen_companies(options["company"]):
            try:
                failed += self._preview(company, days) if options["dry_run"] else self._post(company, days)
            except Refusal as refusal:
                raise CommandError(f"{company.name}: {refusal.message}") from refusal
        if failed:
            raise CommandError(f"Not posted: {format_count(failed, 'installment')}.", returncode=1)

    def _preview(self, company: Company, days: dict[str, Any]) -> int:
        with company_context(company.id, job=posting_job(self.kind)) as actor:
            due = preview_due(actor=actor, kind=self.kind, **days)
        span = f", due {due.first_due} to {due.last_due}" if due.installments else ""
        self.stdout.write(
            f"{company.name}: would post {format_count(due.installments, 'installment')}, "
            f"{format_amount(due.amount)} in all{span}; "
            f"{due.on_hold} on hold. Nothing was written."
        )
        return 0

    def _post(self, company: Company, days: dict[str, Any]) -> int:
        job = posting_job(self.kind)
        actor = job_actor(company_id=company.id, job=job)
        with company_context(company.id, job=job) as reader:
            total = preview_due(actor=reader, kind=self.kind, **days).installments
        columns = (TextColumn(company.name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("posting", total=total)
            report = post_due(
                actor=actor,
                kind=self.kind,
                progress=lambda posted: progress.update(bar, advance=posted),
                **days,
            )
        self.stdout.write(
            f"{company.name}: {report.processed} due, {report.posted} posted ({format_amount(report.amount)}), "
            f"{report.skipped} skipped, {report.failed} failed."
        )
        for reference in report.failures[:20]:
            self.stdout.write(f"  {reference}: its reference belongs to another obligation")
        return report.failed
