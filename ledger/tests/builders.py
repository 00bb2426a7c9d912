"""Debtors for the ledger's tests: a driver on a lease, a customer, and charges on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, Medallion, Vehicle
from ledger.chart import Category
from ledger.models import Obligation, Posting
from ledger.repayment.rules import WEEK
from ledger.services import Charge, enter_charges


@dataclass(frozen=True)
class Debtor:
    """A driver on a lease."""

    customer: Customer
    driver: Driver
    lease: Lease


def make_debtor(actor: Actor, *, number: int = 1, name: str = "John Doe") -> Debtor:
    """A driver with a separate lease, medallion and vehicle; `number` keeps several apart."""
    company = actor.company_id
    customer = Customer.objects.create(company_id=company, name=name)
    driver = Driver.objects.create(
        company_id=company,
        customer=customer,
        driver_id=f"DRV-{100 + number}",
        tlc_license=f"{504123 + number:08}",
    )
    medallion = Medallion.objects.create(company_id=company, medallion_no=f"{number}P43")
    vehicle = Vehicle.objects.create(
        company_id=company, plate_no=f"{number}SAM401", vin=f"4T1BF1FK5HU{number:06}"
    )
    lease = Lease.objects.create(
        company_id=company,
        lease_id=f"LS-{2053 + number}",
        medallion=medallion,
        vehicle=vehicle,
        weekly_amount=Decimal("500.00"),
        started_on=date(2024, 1, 1),
    )
    LeaseDriver.objects.create(company_id=company, lease=lease, driver=driver, from_on=date(2024, 1, 1))
    return Debtor(customer, driver, lease)


def next_sunday(actor: Actor) -> date:
    """The first Sunday from today on."""
    current = today(actor.company)
    start = week_start(current)
    return start if start == current else start + WEEK


def a_charge(debtor: Debtor, **values: Any) -> Charge:
    """A toll of 26.50 for the debtor, unless given otherwise."""
    amount = Decimal(str(values.pop("amount", "26.50")))
    given: dict[str, Any] = {
        "category": Category.EZPASS,
        "reference_id": "EZ-1",
        "due_date": date(2026, 1, 15),
        "driver_id": debtor.driver.id,
        "lease_id": debtor.lease.id,
        **values,
    }
    return Charge(amount=amount, **given)


def charge(actor: Actor, debtor: Debtor, **values: Any) -> Obligation:
    """Raise `a_charge`; the obligation."""
    (raised,) = enter_charges(actor=actor, charges=[a_charge(debtor, **values)])
    return raised.obligation


def raising_posting(obligation: Obligation) -> Posting:
    """The receivable's line of the entry that raised the obligation."""
    return Posting.objects.get(obligation=obligation.id, amount__gt=0, entry__reverses__isnull=True, line=1)


def day(actor: Actor) -> date:
    """The company's today."""
    return today(actor.company)
