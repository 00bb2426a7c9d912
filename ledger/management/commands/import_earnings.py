"""Import weekly earnings from a CSV file."""

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
from ledger.settlement.services.earnings_file import COLUMNS, import_earnings_file


class Command(BaseCommand):
    help = f"Import weekly earnings from a CSV with the headings {', '.join(COLUMNS)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("--file", required=True, type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
        parser.add_argument(
            "--keep-good", action="store_true", help="import the good rows even if others are bad"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = read_file(options["file"])
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from error
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        company = only_company(options["company"])
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("importing", total=max(content.count(b"\n"), 1))
            try:
                with company_context(company.id, job="import_earnings") as actor:
                    report = import_earnings_file(
                        actor=actor,
                        content=content,
                        dry_run=options["dry_run"],
                        keep_good=options["keep_good"],
                        progress=lambda rows: progress.update(bar, advance=rows),
                    )
            except Refusal as refusal:
                raise CommandError(refusal.message) from refusal
        for wrong in report.errors:
            self.stdout.write(f"line {wrong.row}: {wrong.field}: {wrong.message} [{wrong.code}]")
        what = "credited" if report.written else "to credit (nothing was written)"
        self.stdout.write(
            f"{report.rows} rows: {report.created} {what}, {format_amount(report.total)} in all; "
            f"{report.existing} already there."
        )
        if report.errors:
            raise CommandError(f"{len(report.errors)} errors.", returncode=1)
