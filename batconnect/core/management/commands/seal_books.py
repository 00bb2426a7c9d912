"""Seal the books now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from batconnect.core.database.tenancy import company_context
from batconnect.core.management.companies import add_company_argument, chosen_companies
from batconnect.core.sealing.sealing import seal_rows


class Command(BaseCommand):
    help = "Seal everything that no running transaction can precede (docs/seals.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        for company in chosen_companies(options["company"]):
            sealed = 0
            while True:
                with company_context(company.id, job="seal_books") as actor:
                    more = seal_rows(actor=actor, everything=True)
                if not more:
                    break
                sealed += more
            self.stdout.write(f"{company.name}: {sealed} rows sealed.")
