"""Make the totals of accounts by day anew."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from batconnect.core.database.tenancy import company_context
from batconnect.core.management.companies import add_company_argument, chosen_companies
from ledger.services.totals import sum_up_again


class Command(BaseCommand):
    help = "Make the totals of accounts by day anew from all postings, for books that were filled past the application."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        for company in chosen_companies(options["company"]):
            with company_context(company.id, job="sum_up_totals") as actor:
                made = sum_up_again(actor=actor)
            self.stdout.write(f"{company.name}: {made} totals.")
