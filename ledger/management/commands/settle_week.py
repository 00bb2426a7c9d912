"""Run a company's Sunday: whatever of the week has not been done yet."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.management.companies import add_company_argument, only_company
from ledger.settlement.services.runs import WeekReport, latest_week, settle_week
from ledger.weekly import DTR, steps


class Command(BaseCommand):
    help = (
        "Settle a company's week: lease fees, repairs, loans, then the DTRs; missed weeks before it come first. "
        "What has been done already is left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument(
            "--week",
            type=date.fromisoformat,
            help="the Sunday that begins the week, YYYY-MM-DD (default: the last whole week)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        company = only_company(options["company"])
        actor = job_actor(company_id=company.id, job="settle_week")
        week = options["week"] or latest_week(actor=actor)
        bar = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            TextColumn("{task.completed}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        with bar:
            tasks = {job: bar.add_task(job, total=None) for job in (*(step.name for step in steps()), DTR)}
            try:
                report = settle_week(
                    actor=actor,
                    week=week,
                    progress=lambda job, count: bar.update(tasks[job], advance=count),
                )
            except Refusal as refusal:
                raise CommandError(refusal.message) from refusal
        self._report(report)

    def _report(self, report: WeekReport) -> None:
        if not report.jobs:
            self.stdout.write(f"The week of {report.week} is settled; nothing was left to do.")
            return
        for job, figures in report.jobs.items():
            self.stdout.write(f"{job}: {_format_figures(figures)}")
        self.stdout.write(f"The week of {report.week} is settled.")


def _format_figures(figures: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in figures.items()
        if name not in ("week", "failures", "up_to")
    )
