"""Print a company's trial balance."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.management.companies import add_company_argument, chosen_companies
from ledger.querysets import AccountTotal, trial_balance


class Command(BaseCommand):
    help = "Print the trial balance per currency: every account that has moved, debits equal to credits."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument(
            "--as-of", type=date.fromisoformat, help="YYYY-MM-DD (default: the company's today)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=self.stdout, width=110)  # type: ignore[arg-type]  # has write, which is all it needs
        for company in chosen_companies(options["company"]):
            with company_context(company.id, job="trial_balance") as actor:
                day = options["as_of"] or today(actor.company)
                moved = [row for row in trial_balance(actor=actor, as_of=day) if row.debit or row.credit]
            for currency in sorted({row.currency for row in moved}) or [company.base_currency]:
                title = f"{company.name}, {currency}, as of {day}"
                console.print(_table(title, [row for row in moved if row.currency == currency]))


def _table(title: str, rows: list[AccountTotal]) -> Table:
    table = Table("Account", title=title, show_footer=True)
    for heading, values in (
        ("Debit", [row.debit for row in rows]),
        ("Credit", [row.credit for row in rows]),
        ("Balance", [row.balance for row in rows]),
    ):
        table.add_column(heading, footer=format_amount(sum(values, start=ZERO)), justify="right")
    for row in rows:
        table.add_row(
            row.name, format_amount(row.debit), format_amount(row.credit), format_amount(row.balance)
        )
    return table
