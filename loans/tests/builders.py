"""Loans for tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from ledger.repayment.rules import WEEK
from ledger.tests.builders import Debtor
from loans.models import DriverLoan
from loans.services import make_loan, plan_loan


def next_sunday(actor: Actor) -> date:
    """The first Sunday from today on."""
    current = today(actor.company)
    start = week_start(current)
    return start if start == current else start + WEEK


def lend(actor: Actor, debtor: Debtor, amount: str = "1000.00", **values: Any) -> DriverLoan:
    """A loan of 1,000.00 without interest from the next Sunday on, unless given otherwise."""
    given: dict[str, Any] = {"start_week": next_sunday(actor), **values}
    notes, case_no = given.pop("notes", ""), given.pop("case_no", "")
    plan = plan_loan(
        actor=actor,
        driver_id=debtor.driver.id,
        lease=debtor.lease.id,
        amount=Decimal(amount),
        **given,
    )
    return make_loan(actor=actor, plan=plan, notes=notes, case_no=case_no).loan
