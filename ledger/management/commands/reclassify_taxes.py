"""Move what stands on recovered(Taxes) to taxes held for others, once per company."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.money import format_amount
from batconnect.core.management.companies import add_company_argument, chosen_companies
from ledger.clearing.services.taxes import reclassify_taxes


class Command(BaseCommand):
    help = (
        "Move what tax charges had credited to recovered(Taxes) to taxes held for others, by one entry per currency. "
        "Again it moves nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        for company in chosen_companies(options["company"]):
            with company_context(company.id, job="reclassify_taxes") as actor:
                moved = reclassify_taxes(actor=actor)
            for currency, amount in moved:
                self.stdout.write(
                    f"{company.name}: {format_amount(amount)} {currency} are held for others now."
                )
            if not moved:
                self.stdout.write(f"{company.name}: nothing stands on recovered(Taxes).")
