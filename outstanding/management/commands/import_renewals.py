"""Open renewal cases and raise their installments from a CSV file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from batconnect.core.database.tenancy import company_context
from batconnect.core.files.uploads import read_file
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import format_amount
from ledger.commands import add_company_argument, only_company
from outstanding.services import import_renewals
from outstanding.services.imports import COLUMNS


class Command(BaseCommand):
    help = (
        f"Open RENEWAL cases and raise their installments from a CSV with the headings {', '.join(COLUMNS)}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("--file", required=True, type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = read_file(options["file"])
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from error
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        company = only_company(options["company"])
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("raising installments", total=max(content.count(b"\n"), 1))
            try:
                with company_context(company.id, job="import_renewals") as actor:
                    report = import_renewals(
                        actor=actor,
                        content=content,
                        dry_run=options["dry_run"],
                        progress=lambda rows: progress.update(bar, advance=rows),
                    )
            except Refusal as refusal:
                raise CommandError(refusal.message) from refusal
        for each in report.errors:
            self.stdout.write(f"line {each.row}: {each.field}: {each.message} [{each.code}]")
        what = "raised" if report.written else "to raise (nothing was written)"
        self.stdout.write(
            f"{report.rows} rows: {report.cases} cases, {report.installments} installments {what}, "
            f"{format_amount(report.total)} in all; {report.existing} already there."
        )
        if report.errors:
            raise CommandError(f"{len(report.errors)} errors.", returncode=1)
