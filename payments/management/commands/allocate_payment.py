"""Apply a payment to chosen invoices and obligations."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import format_amount
from batconnect.core.management.companies import add_company_argument, only_company
from payments.management.naming import named_lines, named_payment
from payments.services.choosing import allocate_payment


class Command(BaseCommand):
    help = "Apply a payment to chosen invoices and obligations, all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("payment", help="its number or id, for example PAY-2026-001")
        parser.add_argument("lines", nargs="+", help="INV-2026-001=50.00 or PVB:PVB-4471=15.00")
        parser.add_argument(
            "--discount", action="store_true", help="take the early-payment discount where it is earned"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        company = only_company(options["company"])
        try:
            with company_context(company.id, job="allocate_payment") as actor:
                payment = named_payment(actor=actor, name=options["payment"])
                lines = named_lines(
                    actor=actor,
                    texts=options["lines"],
                    discount=options["discount"],
                    currency=payment.currency,
                )
                done = allocate_payment(actor=actor, payment_id=payment.id, requests=lines)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        for each in done.applied.allocations:
            obligation = done.items.obligations[each.obligation_id]
            discount = f" with {format_amount(each.discount_amount)} discount" if each.discount_amount else ""
            self.stdout.write(
                f"{done.items.number_of(obligation)}: {format_amount(each.amount)}{discount}, "
                f"{format_amount(obligation.outstanding)} left."
            )
        left = done.applied.payment.unallocated
        self.stdout.write(f"{payment.number}: {format_amount(left)} {payment.currency} unallocated.")
