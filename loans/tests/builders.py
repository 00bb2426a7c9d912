"""Loans for tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from batconnect.core.kernel.actors import Actor
from ledger.tests.builders import Debtor, next_sunday
from loans.models import DriverLoan
from loans.services import make_loan, plan_loan


def loan_terms(actor: Actor, debtor: Debtor, **changes: Any) -> dict[str, Any]:
    """What the step takes: 1,000.00 from the next Sunday on, unless changed."""
    return {
        "driver_id": debtor.driver.id,
        "lease_id": debtor.lease.id,
        "loan_amount": "1000.00",
        "start_week": next_sunday(actor).isoformat(),
        **changes,
    }


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
