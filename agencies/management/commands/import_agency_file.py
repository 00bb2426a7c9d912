"""Import a file of an agency, by the service behind POST /ledger/imports."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError

from agencies.models import AgencyImport, AgencyImportLine
from agencies.services.following import count_rows
from agencies.services.processing import process_import
from agencies.services.receiving import Bill, Tried, receive_file, try_file
from batconnect.core.database.tenancy import company_context, job_actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import format_amount
from batconnect.core.management.companies import add_company_argument, only_company
from batconnect.core.models import Company

_JOB = "import_agency_file"
_SHOWN = 100


class Command(BaseCommand):
    help = "Import a file of an agency: trips, tolls, violations or summonses, as CSV or XLSX."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("--file", required=True, type=Path)
        parser.add_argument("--layout", default="", help="the id of a layout, or the code of a ready one")
        parser.add_argument("--vendor", default="", help="whose bill the file is, by number or name")
        parser.add_argument("--bill-number", default="", help="the number of that bill")
        parser.add_argument("--force", action="store_true", help="take the same file again")
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        company = only_company(options["company"])
        try:
            with options["file"].open("rb") as file:
                failed = self._take(company, file, options)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from error
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        if failed:
            raise CommandError(f"{failed} lines cannot be read.", returncode=1)

    def _take(self, company: Company, file: IO[bytes], options: dict[str, Any]) -> int:
        """Check, or receive and work off; how many lines are bad."""
        with company_context(company.id, job=_JOB) as actor:
            if options["dry_run"]:
                tried = try_file(actor=actor, file=file, layout=options["layout"])
                self._report_tried(tried)
                return tried.failed_lines
            received = receive_file(
                actor=actor,
                file=file,
                file_name=options["file"].name,
                layout=options["layout"],
                bill=Bill(options["vendor"], options["bill_number"]),
                force=options["force"],
            )
        process_import(actor=job_actor(company_id=company.id, job=_JOB), import_id=received.id)
        with company_context(company.id, job=_JOB):
            received.refresh_from_db()
            self._report(received)
        return received.failed_lines

    def _report(self, received: AgencyImport) -> None:
        wrong = AgencyImportLine.objects.filter(import_file=received, status="failed").order_by("line_no")
        for line in wrong[:_SHOWN]:
            self.stdout.write(
                f"line {line.line_no}: {line.error_field}: {line.error_message} [{line.error_code}]"
            )
        counts = count_rows(received)
        self.stdout.write(
            f"{received.new_lines} new, {received.repeated_lines} there already, {received.changed_lines} changed, "
            f"{received.failed_lines} failed, {received.skipped_lines} skipped; {counts['done_rows']} charged or "
            f"credited, {counts['waiting_rows']} wait at the desk. {received.bill_message}".rstrip()
        )

    def _report_tried(self, tried: Tried) -> None:
        for line_no, problem in tried.problems:
            self.stdout.write(f"line {line_no}: {problem.field}: {problem.message} [{problem.code}]")
        for question in tried.questions:
            self.stdout.write(f"question: {question}")
        named = tried.layout_name or f"no layout; proposed for {tried.form.kind}: {dict(tried.form.columns)}"
        self.stdout.write(
            f"{named}: {tried.good_lines} good, {tried.failed_lines} failed, {tried.skipped_lines} skipped, "
            f"{format_amount(tried.amount)} from {tried.first_day} to {tried.last_day}."
        )
