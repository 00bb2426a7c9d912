"""Ask the gateways about charges that have had no news."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from batconnect.core.management.companies import add_company_argument, chosen_companies
from payments.gateways.services import reconcile_charges, send_charges


class Command(BaseCommand):
    help = "Hand over waiting charges, and ask the gateways about those already sent instead of sending them again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("--at-once", action="store_true", help="also ask about charges sent just now")

    def handle(self, *args: Any, **options: Any) -> None:
        for company in chosen_companies(options["company"]):
            sent = send_charges(company_id=company.id)
            counts = asdict(reconcile_charges(company_id=company.id, at_once=options["at_once"]))
            outcomes = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
            self.stdout.write(f"{company.name}: {sent} sent; {outcomes}.")
