"""Record that the bank took a payment back."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import NotMoney, format_amount, parse_money
from batconnect.core.management.companies import add_company_argument, only_company
from batconnect.core.models import Approval
from payments.management.naming import named_payment
from payments.services.returns import return_payment


class Command(BaseCommand):
    help = "Record that the bank took a payment back, or a part of it: what it had paid is owed again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("payment", help="its number or id, for example PAY-2026-001")
        parser.add_argument("reason_code", help="the bank's, for example R01 or NSF")
        parser.add_argument("--amount", help="all of it unless given")
        parser.add_argument("--fee", help="charged to the customer, due today")
        parser.add_argument("--notes", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        company = only_company(options["company"])
        try:
            amount, fee = (
                parse_money(options[name]) if options[name] else None for name in ("amount", "fee")
            )
            with company_context(company.id, job="return_payment") as actor:
                payment = named_payment(actor=actor, name=options["payment"])
                done = return_payment(
                    actor=actor,
                    payment_id=payment.id,
                    reason_code=options["reason_code"],
                    amount=amount,
                    fee=fee,
                    notes=options["notes"],
                )
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        except NotMoney as error:
            raise CommandError(str(error)) from error
        if isinstance(done, Approval):
            self.stdout.write(describe_waiting(done))
            return
        made = done.returned
        self.stdout.write(
            f"{format_amount(made.amount)} {payment.currency} of {payment.number} came back; "
            f"{len(done.allocations)} applications are undone."
        )
        for charged in (done.charged, done.fee):
            if charged is not None:
                self.stdout.write(f"{charged.reference_id}: {format_amount(charged.original)} is charged.")
