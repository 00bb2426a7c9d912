"""Raise the lease fees of one or several weeks, outside the weekly run."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import format_amount
from batconnect.core.management.companies import add_company_argument, chosen_companies
from ledger.rules.settlement import DAYS
from ledger.settlement.services.lease_fees import post_due_lease_fees, preview_lease_fees
from ledger.settlement.services.runs import latest_week


class Command(BaseCommand):
    help = "Raise the lease fees of the week that ends before --date, or of every week due between --from and --to."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument(
            "--date",
            type=date.fromisoformat,
            help="raise the fees that fell due on or before the Sunday of this day",
        )
        parser.add_argument("--from", type=date.fromisoformat, help="backfill: the first due date")
        parser.add_argument("--to", type=date.fromisoformat, help="backfill: the last due date")
        parser.add_argument(
            "--dry-run", action="store_true", help="report what would be raised, raise nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["from"] is None) != (options["to"] is None) or (options["date"] and options["from"]):
            raise CommandError("Give either --date, or both --from and --to.")
        with Progress(console=Console(stderr=True), transient=True) as progress:
            for company in chosen_companies(options["company"]):
                actor = job_actor(company_id=company.id, job="post_due_lease_fees")
                last = options["to"] or options["date"] or today(actor.company)
                if last > today(actor.company):
                    raise CommandError(f"{last} is after today: only what has fallen due is raised.")
                for week in self._weeks(actor, options, last):
                    bar = progress.add_task(f"{company.name}, {week}", total=None)
                    try:
                        self._one(actor, company.name, week, options["dry_run"], progress, bar)
                    except Refusal as refusal:
                        raise CommandError(refusal.message) from refusal

    def _weeks(self, actor: Any, options: dict[str, Any], last: date) -> Iterator[date]:
        """The weeks whose settlement Sunday is in the range."""
        end = min(week_start(last) - timedelta(days=DAYS), latest_week(actor=actor))
        first = options["from"]
        week = end if first is None else week_start(first - timedelta(days=1))
        while week <= end:
            yield week
            week += timedelta(days=DAYS)

    def _one(self, actor: Any, name: str, week: date, dry_run: bool, progress: Progress, bar: Any) -> None:
        preview = preview_lease_fees(actor=actor, week=week)
        if dry_run:
            summary = f"{preview.leases} fees to raise, {format_amount(preview.amount)} in all (nothing was written)"
        else:
            progress.update(bar, total=max(preview.leases, 1))
            report = post_due_lease_fees(
                actor=actor, week=week, progress=lambda count: progress.update(bar, advance=count)
            )
            summary = (
                f"{report.posted} fees raised, {format_amount(report.amount)} in all; "
                f"{len(report.undriven)} leases with days without a driver, {len(report.failures)} references taken"
            )
        self.stdout.write(f"{name}, week of {week}: {summary}.")
