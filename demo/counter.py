"""A drawer that was counted, and a deposit slip on its way to the bank (docs/domain.md#drawers-counted)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from bank.querysets.counter import checks_of_drawer
from bank.services.counting import CountOfDrawer, count_session, open_session
from bank.services.slip_contents import CashOut, Content
from bank.services.slips import close_slip, make_slip
from batconnect.core.kernel.money import sum_of
from demo.staff import act_as
from ledger.treasury.querysets import office_figures
from payments.models import Payment

_SHORT: Final = Decimal("2.50")
_CHANGE: Final = Decimal(200)
_CHECKS: Final = 2


def count_and_deposit() -> None:
    """The cashier opens the office's drawer and counts it a little short; the cash and two checks go to the bank."""
    cashier = act_as("cashier")
    currency = cashier.company.base_currency
    there = office_figures(actor=cashier, currencies=[currency])[currency]
    session = open_session(actor=cashier, amount=there)
    here = list(checks_of_drawer(actor=cashier, session=session).order_by("number_order"))
    count_session(
        actor=cashier,
        session_id=session.id,
        count=CountOfDrawer(
            amount=there - _SHORT,
            checks=len(here),
            checks_amount=_sum(here),
            reason="A driver was given too much change.",
        ),
    )
    brought = max((there - _SHORT - _CHANGE) // 100 * 100, Decimal(0))
    slip = make_slip(
        actor=cashier,
        content=Content(
            cash=[CashOut(brought)] if brought else [],
            payment_ids=[each.id for each in here[:_CHECKS]],
            pieces=[(Decimal("100.00"), int(brought // 100))] if brought else [],
        ),
    )
    close_slip(actor=cashier, slip_id=slip.id)


def _sum(payments: list[Payment]) -> Decimal:
    return sum_of(each.amount for each in payments)
