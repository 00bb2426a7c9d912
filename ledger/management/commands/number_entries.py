"""Give entries their numbers."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from batconnect.core.database.tenancy import company_context
from batconnect.core.management.companies import add_company_argument, chosen_companies
from ledger.general.services.numbering import number_entries


class Command(BaseCommand):
    help = "Number every entry that no running transaction can precede, in the order of posting."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        for company in chosen_companies(options["company"]):
            with company_context(company.id, job="number_entries") as actor:
                given = number_entries(actor=actor, everything=True)
            self.stdout.write(f"{company.name}: {given} entries numbered.")
