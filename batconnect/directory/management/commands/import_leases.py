"""Import leases from a CSV file, for a company that moves in."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from batconnect.core.database.tenancy import company_context
from batconnect.core.files.uploads import MAX_ROWS, read_file
from batconnect.core.kernel.errors import Refusal
from batconnect.core.models import Company
from batconnect.directory.imports import LeaseResource
from batconnect.directory.sheets import UnreadableSheet, read_csv_sheet


class Command(BaseCommand):
    help = (
        f"Import leases from a CSV with the headings {', '.join(LeaseResource._meta.fields)}; "
        "medallions by number, vehicles by VIN in the column vin."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", required=True, help="the company's name")
        parser.add_argument("--file", required=True, type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
        parser.add_argument(
            "--keep-good", action="store_true", help="import the good rows even if others are bad"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(name__iexact=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company {options['company']!r}.")
        try:
            rows = read_csv_sheet(read_file(options["file"]), max_rows=MAX_ROWS)
        except (OSError, UnreadableSheet, Refusal) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        with company_context(company.id, job="import_leases") as actor, transaction.atomic():
            result = LeaseResource(actor=actor).import_data(rows, use_transactions=True)
            errors = [(line, str(each.error)) for line, found in result.row_errors() for each in found]
            errors += [(row.number, "; ".join(row.error.messages)) for row in result.invalid_rows]
            written = not options["dry_run"] and (options["keep_good"] or not errors)
            if not written:
                transaction.set_rollback(True)
        for line, message in sorted(errors):
            self.stdout.write(f"line {line + 1}: {message}")
        what = "imported" if written else "to import (nothing was written)"
        totals = result.totals
        self.stdout.write(f"{len(rows)} rows: {totals['new']} new, {totals['update']} changed {what}.")
        if errors:
            raise CommandError(f"{len(errors)} errors.", returncode=1)
