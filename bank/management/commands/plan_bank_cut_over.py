"""Say what a cut-over of a bank account would move, by the service behind POST …/bank-accounts/{id}/cut-over.

It asks for nothing: that takes a person and another who agrees, in the console or by the API.
"""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bank.services.cut_over_plans import Plan, Wanted, plan_cut_over
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import NotMoney, exact_money, format_amount
from batconnect.core.management.companies import add_company_argument, only_company
from ledger.treasury.models import BankAccount

_JOB = "plan_bank_cut_over"


class Command(BaseCommand):
    help = "Say what the cut-over of a bank account would move from the cash accounts; nothing is written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("account", help="the bank account's code")
        parser.add_argument("day", type=date.fromisoformat, help="YYYY-MM-DD, before the first statement")
        parser.add_argument(
            "--balance", help="the bank's on that day (default: the first statement's opening)"
        )
        parser.add_argument(
            "--method", action="append", default=[], help="whose cash (default: all but cash)"
        )
        parser.add_argument("--items", type=Path, help="a CSV file to be made, which lists every item")

    def handle(self, *args: Any, **options: Any) -> None:
        company = only_company(options["company"])
        with company_context(company.id, job=_JOB) as actor:
            try:
                plan = plan_cut_over(actor=actor, wanted=_wanted(actor, options))
            except Refusal as refused:
                raise CommandError(refused.message) from refused
        if options["items"]:
            _list(options["items"], plan)
        currency = plan.account.currency
        self.stdout.write(
            f"{len(plan.items):,} items over {format_amount(plan.moved)} {currency}; with "
            f"{format_amount(plan.opened)} in the books {format_amount(plan.comes_to)}. The bank says "
            f"{format_amount(plan.balance)}: {format_amount(plan.difference)} apart."
        )


def _wanted(actor: Actor, options: dict[str, Any]) -> Wanted:
    account = BankAccount.objects.filter(company_id=actor.company_id, code=options["account"]).first()
    if account is None:
        raise CommandError(f"There is no bank account {options['account']!r}.")
    return Wanted(account.id, options["day"], _balance(options["balance"]), tuple(options["method"]))


def _balance(text: str | None) -> Decimal | None:
    if not text:
        return None
    try:
        return exact_money(text)
    except NotMoney as error:
        raise CommandError(str(error)) from error


def _list(path: Path, plan: Plan) -> None:
    with path.open("x", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "id", "name", "note", "day", "account", "amount"])
        for each in plan.items:
            writer.writerow(
                [each.kind, each.id, each.name, each.note, each.day, each.account_code, each.amount]
            )
