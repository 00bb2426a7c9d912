"""What the banks say of their accounts, beside the books (docs/domain.md#bank-proof)."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from bank.models import Statement
from batconnect.core.kernel.actors import Actor
from ledger.treasury.models import BankAccount
from ledger.treasury.querysets import bank_figures


def open_accounts(*, actor: Actor) -> list[BankAccount]:
    """The company's bank accounts that are in use, by currency; one statement."""
    here = BankAccount.objects.filter(company_id=actor.company_id, is_active=True)
    return list(here.order_by("currency", "code"))


def latest_statements(*, actor: Actor) -> dict[UUID, Statement]:
    """The latest booked statement of each account whose closing balance is known; one statement."""
    latest = Statement.objects.filter(
        company_id=actor.company_id, status=Statement.Status.BOOKED, closing__isnull=False
    ).order_by("bank_account_id", F("period_to").desc(nulls_last=True), "-id")
    return {each.bank_account_id: each for each in latest.distinct("bank_account_id")}


def count_differences(*, actor: Actor) -> int:
    """Bank accounts whose bank says another balance than the books; three statements."""
    accounts, latest = open_accounts(actor=actor), latest_statements(actor=actor)
    figures = bank_figures(actor=actor, accounts=accounts)
    stated = [(latest[each.id].closing, figures[each.id].bank) for each in accounts if each.id in latest]
    return sum(closing != bank for closing, bank in stated)
