"""Repairs for tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from ledger.repayment.rules import WEEK
from ledger.tests.builders import Debtor
from repairs.models import RepairInvoice
from repairs.services import make_repair, plan_repair


def next_sunday(actor: Actor) -> date:
    """The first Sunday from today on."""
    current = today(actor.company)
    start = week_start(current)
    return start if start == current else start + WEEK


def repair(actor: Actor, debtor: Debtor, amount: str = "450.00", **values: Any) -> RepairInvoice:
    """A repair of 450.00 invoiced today and repaid from the next Sunday on, unless given otherwise."""
    given: dict[str, Any] = {
        "invoice_number": "INV-2457",
        "invoice_date": today(actor.company),
        "workshop_type": "Big Apple Workshop",
        "start_week": next_sunday(actor),
        **values,
    }
    case_no = given.pop("case_no", "")
    plan = plan_repair(
        actor=actor, driver_id=debtor.driver.id, lease=debtor.lease.id, amount=Decimal(amount), **given
    )
    return make_repair(actor=actor, plan=plan, case_no=case_no).repair
