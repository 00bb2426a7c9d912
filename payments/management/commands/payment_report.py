"""Print what a company received, by method: how much is applied, refunded and left."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from batconnect.core.database.tenancy import company_context
from batconnect.core.files.exports.csv import CsvWriter
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.management.companies import add_company_argument, chosen_companies
from payments.services.reports import MethodTotal, payment_report

_HEADINGS: Final = (
    "method",
    "currency",
    "payments",
    "received",
    "applied",
    "refunded",
    "unallocated",
    "voided",
    "returned",
)


class Command(BaseCommand):
    help = "Print the payments of a period by method: received, applied, refunded, unallocated; voided, returned apart."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument(
            "--from",
            dest="first",
            type=date.fromisoformat,
            help="YYYY-MM-DD; by default the first day of the month",
        )
        parser.add_argument(
            "--to", dest="last", type=date.fromisoformat, help="YYYY-MM-DD; by default the company's today"
        )
        parser.add_argument("--format", choices=("table", "csv"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        for company in chosen_companies(options["company"]):
            with company_context(company.id, job="payment_report") as actor:
                last = options["last"] or today(actor.company)
                first = options["first"] or last.replace(day=1)
                if first > last:
                    raise CommandError(f"--from {first} is after --to {last}.")
                rows = payment_report(actor=actor, first=first, last=last)
            if options["format"] == "csv":
                self._write_csv(company.name, rows)
            else:
                self._write_tables(f"{company.name}, {first} to {last}", rows, company.base_currency)

    def _write_tables(self, title: str, rows: list[MethodTotal], base: str) -> None:
        console = Console(file=self.stdout, width=120)  # type: ignore[arg-type]  # has write, which is all it needs
        for currency in sorted({row.currency for row in rows}) or [base]:
            console.print(_table(f"{title}, {currency}", [row for row in rows if row.currency == currency]))

    def _write_csv(self, company: str, rows: list[MethodTotal]) -> None:
        writer = CsvWriter(self.stdout, line_end="\n")
        writer.write_row(("company", *_HEADINGS))
        for row in rows:
            figures = (row.received, row.applied, row.refunded, row.unallocated, row.voided, row.returned)
            writer.write_row(
                (company, row.label, row.currency, row.count, *(Decimal(f"{each:.2f}") for each in figures))
            )


def _table(title: str, rows: list[MethodTotal]) -> Table:
    table = Table("Method", title=title, show_footer=True)
    table.add_column("Payments", footer=str(sum(row.count for row in rows)), justify="right")
    for heading in ("received", "applied", "refunded", "unallocated", "voided", "returned"):
        total = sum((getattr(row, heading) for row in rows), ZERO)
        table.add_column(heading.capitalize(), footer=format_amount(total), justify="right")
    for row in rows:
        figures = (row.received, row.applied, row.refunded, row.unallocated, row.voided, row.returned)
        table.add_row(row.label, str(row.count), *(format_amount(each) for each in figures))
    return table
