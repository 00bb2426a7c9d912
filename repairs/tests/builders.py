"""Repairs for tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.tests.builders import Debtor, next_sunday
from repairs.models import RepairInvoice
from repairs.services import make_repair, plan_repair


def repair_terms(actor: Actor, debtor: Debtor, **changes: Any) -> dict[str, Any]:
    """What the step takes: an invoice over 450.00, unless changed."""
    return {
        "driver_id": debtor.driver.id,
        "lease_id": debtor.lease.lease_id,
        "invoice_number": "INV-2457",
        "invoice_date": f"{today(actor.company)}T00:00:00Z",
        "workshop_type": "big apple workshop",
        "total_amount": 450.00,
        "start_week": next_sunday(actor).isoformat(),
        **changes,
    }


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
