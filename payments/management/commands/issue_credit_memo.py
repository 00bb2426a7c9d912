"""Credit an item, all of it or a part."""

from __future__ import annotations

from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import NotMoney, format_amount, parse_money
from batconnect.core.management.companies import add_company_argument, only_company
from ledger.models import Obligation
from ledger.rules.categories import UnknownCategory, parse_category
from payments.credit_memos.services.issuing import Issued, MemoRequest, issue_credit_memo


class Command(BaseCommand):
    help = "Credit an item that is wrong, all that is left of it or an amount."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("item", help="its category and reference: EZPASS:EZ-8841, INVOICE:INV-2026-001")
        parser.add_argument("--amount", default="", help="all that is left, if left out")
        parser.add_argument("--reason", required=True, help="10 to 500 characters")

    def handle(self, *args: Any, **options: Any) -> None:
        company = only_company(options["company"])
        category, _, reference = options["item"].partition(":")
        try:
            amount = parse_money(options["amount"]) if options["amount"] else None
            with company_context(company.id, job="issue_credit_memo") as actor:
                if amount is not None and amount <= 0:
                    raise CommandError("Credit an amount above zero.")
                item = Obligation.objects.filter(
                    company_id=company.id, category=parse_category(category).value, reference_id=reference
                ).first()
                if item is None:
                    raise CommandError(f"There is no {options['item']}.")
                issued = self._issue(actor, item, amount, options["reason"])
        except (Refusal, NotMoney, UnknownCategory) as refusal:
            raise CommandError(str(getattr(refusal, "message", refusal))) from refusal
        if issued.memo is None:
            assert issued.request is not None
            self.stdout.write(describe_waiting(issued.request))
            return
        memo = issued.memo
        self.stdout.write(
            f"{memo.number} credits {format_amount(memo.amount)} {memo.currency} of {item}: "
            f"{format_amount(memo.applied)} applied to it, {format_amount(memo.left)} left."
        )

    def _issue(self, actor: Any, item: Obligation, amount: Decimal | None, reason: str) -> Issued:
        request = MemoRequest(reason=reason, amount=amount, obligation_id=item.id)
        return issue_credit_memo(actor=actor, request=request)
