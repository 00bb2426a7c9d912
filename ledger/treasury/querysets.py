"""Reads of bank accounts, drawers and what was paid out of them; they write nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from ledger import chart
from ledger.chart import account_id
from ledger.treasury.models import BankAccount, Drawer

OFFICE: Final = chart.cash("cash")
_STANDS: Final = """
select p.account_id, sum(p.amount) from ledger_postings p
where p.company_id = %s::uuid and p.account_id = any(%s::uuid[]) group by p.account_id
"""


@dataclass(frozen=True, slots=True)
class BankFigures:
    """What a bank account holds, by the books: at the bank, on its way there, and paid but not yet drawn."""

    bank: Decimal
    deposits_in_transit: Decimal
    payments_in_transit: Decimal

    @property
    def available(self) -> Decimal:
        """What it will hold when everything in transit has cleared."""
        return self.bank + self.deposits_in_transit - self.payments_in_transit


def bank_figures(*, actor: Actor, accounts: Iterable[BankAccount]) -> dict[UUID, BankFigures]:
    """The figures of bank accounts by id, in one statement."""
    codes = (chart.bank, chart.deposits_in_transit, chart.payments_in_transit)
    keys = {
        each.id: [account_id(actor.company_id, each.currency, code(each.code)) for code in codes]
        for each in accounts
    }
    stands = _stands(actor, [key for group in keys.values() for key in group])
    return {
        bank_account: BankFigures(stands.get(bank, ZERO), stands.get(coming, ZERO), -stands.get(going, ZERO))
        for bank_account, (bank, coming, going) in keys.items()
    }


def drawer_figures(*, actor: Actor, drawers: Iterable[Drawer]) -> dict[UUID, Decimal]:
    """What is in each drawer by the books, by its id, in one statement."""
    keys = {each.id: account_id(actor.company_id, each.currency, chart.drawer(each.code)) for each in drawers}
    stands = _stands(actor, list(keys.values()))
    return {drawer: stands.get(key, ZERO) for drawer, key in keys.items()}


def office_figures(*, actor: Actor, currencies: Iterable[str]) -> dict[str, Decimal]:
    """What is in the office's drawer by the books, by currency, in one statement."""
    keys = {currency: account_id(actor.company_id, currency, OFFICE) for currency in currencies}
    stands = _stands(actor, list(keys.values()))
    return {currency: stands.get(key, ZERO) for currency, key in keys.items()}


def _stands(actor: Actor, accounts: list[UUID]) -> dict[UUID, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDS, [actor.company_id, accounts])
        return dict(cursor.fetchall())
