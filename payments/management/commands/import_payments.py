"""Import payments from a CSV file as a batch, by the service behind POST /api/accounting/payment-batches."""

from __future__ import annotations

import io
from argparse import ArgumentParser
from typing import Any

from batconnect.core.database.tenancy import company_context
from batconnect.core.files.imports import Progress
from batconnect.core.kernel.money import format_amount
from batconnect.core.management.imports import FileCommand
from batconnect.core.models import Company
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.rules.readings import DATE_ORDERS, DECIMAL_SIGNS, MONTH_FIRST, POINT, Reading
from payments.batches.serializers import faults_of, held_lines
from payments.batches.services.following import error_rows, held_rows
from payments.batches.services.intake import read_csv_import
from payments.batches.services.processing import process_batch
from payments.batches.services.receiving import DryRun, dry_run, receive_batch

_JOB = "import_payments"


class Command(FileCommand):
    help = "Import payments from a CSV file; its columns are those of GET …/payment-batches/template.csv."
    bad = ("row failed", "rows failed")

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--force", action="store_true", help="take the same file again")
        parser.add_argument("--notes", default="")
        parser.add_argument(
            "--decimal-sign", choices=list(DECIMAL_SIGNS), default=POINT, help="what stands before the cents"
        )
        parser.add_argument(
            "--date-order", choices=list(DATE_ORDERS), default=MONTH_FIRST, help="01/31/2026 or 31.01.2026"
        )

    def take(self, company: Company, content: bytes, options: dict[str, Any], progress: Progress) -> int:
        """Check, or store and work off; how many rows failed."""
        with company_context(company.id, job=_JOB) as actor:
            intake = read_csv_import(
                file=io.BytesIO(content),
                file_name=options["file"].name,
                reading=Reading(options["decimal_sign"], options["date_order"]),
            )
            if options["dry_run"]:
                outcome = dry_run(actor=actor, intake=intake, progress=progress)
                self._report_dry_run(outcome)
                return len(outcome.problems)
            batch = receive_batch(
                actor=actor, intake=intake, notes=options["notes"][:500], force=options["force"]
            )
        process_batch(company_id=company.id, batch_id=batch.id, progress=progress)
        with company_context(company.id, job=_JOB):
            batch.refresh_from_db()
            self._report(batch, error_rows(batch))
        return batch.failed_rows

    def _report_dry_run(self, outcome: DryRun) -> None:
        for text in outcome.warnings:
            self.stdout.write(f"warning: {text}")
        for row_no, problems in sorted(outcome.problems, key=lambda each: each[0]):
            for problem in problems:
                self.stdout.write(f"row {row_no}: {problem.field}: {problem.message} [{problem.code}]")
        for held in outcome.held:
            repeat = held.repeat
            self.stdout.write(
                f"row {held.row_no}: would be held, likely a repeat of {repeat.payment_number}"
                f"{_of(repeat.batch_number, repeat.row_no)}"
            )
        amounts = ", ".join(
            f"{format_amount(amount)} {currency}" for currency, amount in sorted(outcome.good_amount.items())
        )
        self.stdout.write(
            f"{outcome.total_rows} rows: {outcome.good_rows} good ({amounts or '0.00'}), "
            f"{len(outcome.problems)} bad{_held(len(outcome.held))}; nothing was written."
        )

    def _report(self, batch: PaymentBatch, errors: list[PaymentBatchRow]) -> None:
        for text in batch.warnings:
            self.stdout.write(f"warning: {text}")
        for row in errors:
            for each in faults_of(row):
                self.stdout.write(
                    f"row {row.row_no}: {each['field']}: {each['message']} [{each['code']}] {each['hint']}"
                )
        for held in held_lines(batch, held_rows(batch)):
            repeats = held["repeats"]
            self.stdout.write(
                f"row {held['row']}: held, likely a repeat of {repeats['payment_number']}"
                f"{_of(repeats['batch_number'], repeats['row'])}; say yes or no on the batch's page"
            )
        self.stdout.write(
            f"{batch.number}: {batch.total_rows} rows, {batch.succeeded_rows} paid, {batch.failed_rows} failed"
            f"{_held(batch.held_rows)}: {batch.status}."
        )


def _of(batch_number: str, row_no: int | None) -> str:
    return f" ({batch_number}, row {row_no})" if batch_number else ""


def _held(rows: int) -> str:
    return f", {rows} held" if rows else ""
