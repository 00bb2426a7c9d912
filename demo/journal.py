"""The accounts' own numbers, a drawer at the front, and an accrual of last month (docs/domain.md#general-ledger)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from batconnect.core.kernel.actors import Actor
from demo.staff import act_as
from ledger import chart
from ledger.chart import account_id
from ledger.general.services.accounts import name_account
from ledger.general.services.lines import Line
from ledger.general.services.manual import enter_journal
from ledger.treasury.services.places import open_drawer

_OWN: Final = {
    chart.bank("operating"): ("1010", "Operating account"),
    chart.cash("cash"): ("1020", "Office cash"),
    chart.receivable("LEASE"): ("1210", "Lease receivables"),
    chart.LOAN_PRINCIPAL: ("1310", "Driver loans"),
    chart.ACCRUED_EXPENSES: ("2900", "Accruals"),
    chart.LEASE_INCOME: ("4100", "Medallion leases"),
    chart.INTEREST_INCOME: ("4300", "Interest on driver loans"),
    chart.OTHER_EXPENSES: ("6900", "Sundry expenses"),
}
_UTILITIES: Final = Decimal("420.00")


def keep_journal(*, today: date) -> None:
    """Number some accounts, open a drawer that nobody holds, and accrue last month's utilities."""
    manager = act_as("manager")
    for code, (number, name) in _OWN.items():
        key = account_id(manager.company_id, manager.company.base_currency, code)
        name_account(actor=manager, account_id=key, own_number=number, own_name=name)
    open_drawer(actor=manager, code="front", name="Front till", currency=manager.company.base_currency)
    _accrue(manager, today)


def _accrue(manager: Actor, today: date) -> None:
    first = today.replace(day=1)
    enter_journal(
        actor=manager,
        on=first - timedelta(days=1),
        lines=[
            Line("6900", debit=_UTILITIES),
            Line(chart.ACCRUED_EXPENSES, credit=_UTILITIES),
        ],
        reason="Utilities of the month, not billed yet.",
        reverse_on=first,
    )
