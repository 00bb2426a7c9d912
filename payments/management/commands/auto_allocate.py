"""Spread a payment over what its customer owes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import format_amount, from_cents
from batconnect.core.management.companies import add_company_argument, only_company
from ledger.rules.categories import UnknownCategory, parse_category
from payments.management.naming import named_payment
from payments.rules.strategies import STRATEGIES
from payments.services.auto import AllocationPlan, AutoOptions, auto_allocate_payment, preview_allocation


class Command(BaseCommand):
    help = f"Spread a payment by a strategy: {', '.join(STRATEGIES)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("payment", help="its number or id, for example PAY-2026-001")
        parser.add_argument("--strategy", default="fifo", help="fifo when left out")
        parser.add_argument("--priority-rules", default="", help='for example "due_date ASC"')
        parser.add_argument("--category", action="append", default=[], help="these categories only")
        parser.add_argument(
            "--discount", action="store_true", help="take early-payment discounts where they are earned"
        )
        parser.add_argument("--preview", action="store_true", help="show the plan, write nothing")
        parser.add_argument("--plan-hash", default="", help="apply exactly the plan that a preview showed")

    def handle(self, *args: Any, **options: Any) -> None:
        company = only_company(options["company"])
        try:
            chosen = AutoOptions(
                strategy=options["strategy"],
                priority_rules=options["priority_rules"],
                categories=tuple(parse_category(each).value for each in options["category"]),
                apply_early_payment_discount=options["discount"],
            )
            with company_context(company.id, job="auto_allocate") as actor:
                payment = named_payment(actor=actor, name=options["payment"])
                if options["preview"]:
                    allocation_plan = preview_allocation(actor=actor, payment_id=payment.id, options=chosen)
                else:
                    allocation_plan = auto_allocate_payment(
                        actor=actor, payment_id=payment.id, options=chosen, plan_hash=options["plan_hash"]
                    )
        except (Refusal, UnknownCategory) as refusal:
            raise CommandError(str(refusal)) from refusal
        self._report(allocation_plan)

    def _report(self, allocation_plan: AllocationPlan) -> None:
        for line in allocation_plan.plan.lines:
            number = allocation_plan.items.number_of(allocation_plan.items.obligations[line.item_id])
            discount = f" with {format_amount(from_cents(line.discount))} discount" if line.discount else ""
            self.stdout.write(
                f"{line.decision['rank']}. {number}: {format_amount(from_cents(line.amount))}{discount}"
            )
        for each in allocation_plan.plan.skipped:
            number = allocation_plan.items.number_of(allocation_plan.items.obligations[each.item_id])
            self.stdout.write(f"-  {number}: {each.reason.replace('_', ' ')}")
        left = format_amount(from_cents(allocation_plan.plan.cash_left))
        what = (
            "applied"
            if allocation_plan.applied
            else f"nothing was written; --plan-hash {allocation_plan.plan_hash}"
        )
        self.stdout.write(
            f"{allocation_plan.payment.number}: {left} {allocation_plan.payment.currency} left ({what})."
        )
