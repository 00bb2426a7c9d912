"""Open items for tests of lists."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from batconnect.core.kernel.actors import Actor
from batconnect.directory.tests.builders import make_fleet
from ledger.chart import Category
from ledger.services import Charge, enter_charges


def make_debts(manager: Actor, *amounts: str) -> None:
    """Open items of one driver, each of its amount."""
    fleet = make_fleet(manager)
    enter_charges(
        actor=manager,
        charges=[
            Charge(
                category=Category.PVB,
                reference_id=f"PVB-{place}",
                amount=Decimal(amount),
                driver_id=fleet.driver.pk,
                lease_id=fleet.lease.pk,
                issue_date=date(2026, 1, place),
                due_date=date(2026, 2, place),
                opening=True,
            )
            for place, amount in enumerate(amounts, start=1)
        ],
    )
