"""List the loans that have not been handed over by their first due date."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import format_amount, sum_of
from batconnect.core.management.companies import add_company_argument, chosen_companies
from ledger.repayment.services.advanced import credited_of_principal
from loans.querysets import late_to_hand_over


class Command(BaseCommand):
    help = "List the loans that were to be handed over by their first due date and have not been."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument(
            "--date", type=date.fromisoformat, help="first due on or before this day (default: today)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for company in chosen_companies(options["company"]):
            with company_context(company.id, job="loans_not_handed_over") as actor:
                day = options["date"] or today(actor.company)
                loans = [
                    (loan, loan.amount - credited_of_principal(actor=actor, document=loan))
                    for loan in late_to_hand_over(actor=actor, day=day)
                ]
            for loan, amount in loans:
                self.stdout.write(
                    f"{loan.number}  {format_amount(amount)} {loan.currency}  first due {loan.start_week}  "
                    f"{loan.customer}"
                )
            total = format_amount(sum_of(amount for _, amount in loans))
            self.stdout.write(f"{company.name}: {len(loans)} loans not handed over by {day}, {total} in all.")
