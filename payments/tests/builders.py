"""John Doe of the first guide with what he owes, and a colleague, for the tests of payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, Medallion, Vehicle
from ledger.chart import OPENING_BALANCES, Category
from ledger.models import Obligation
from ledger.services.obligations import ObligationDraft, raise_obligations
from payments.services.allocation import Applied
from payments.services.interim import ChosenAllocation, record_interim_payment

LICENSE: Final = "00504124"
DRIVER_ID: Final = 101
LEASE_PK: Final = 2054
# What John Doe owes: 2,156.50 in all.
OWED: Final = (
    ("Taxes", "TAX-2024-10", "61.50", "2024-10-31"),
    ("EZPass", "EZ-88213", "24.75", "2024-10-12"),
    ("Lease", "MED-102-LS-08", "265.00", "2024-10-20"),
    ("Lease", "MED-102-LS-09", "265.00", "2024-10-27"),
    ("PVB", "PVB-4471", "115.00", "2024-09-30"),
    ("Repairs", "INV-2457", "450.00", "2024-10-15"),
    ("Loans", "DLN-2024-007-03", "975.25", "2024-10-18"),
)


@dataclass(frozen=True)
class Debtor:
    """A driver on a lease."""

    customer: Customer
    driver: Driver
    lease: Lease


def make_debtor(
    actor: Actor,
    *,
    driver_pk: int,
    name: str,
    tlc_license: str,
    lease_pk: int,
    medallion_no: str,
    plate_no: str,
    vin: str,
) -> Debtor:
    """A driver with one active lease, as primary driver; the keys are the seed's."""
    here: dict[str, Any] = {"company_id": actor.company_id}
    customer = Customer.objects.create(**here, name=name, phone="(212) 555-8000", email="joedoe@ifsd.com")
    driver = Driver.objects.create(
        **here, id=driver_pk, customer=customer, driver_id=f"DRV-{driver_pk}", tlc_license=tlc_license
    )
    lease = Lease.objects.create(
        **here,
        id=lease_pk,
        lease_id=f"LS-{lease_pk}",
        medallion=Medallion.objects.create(**here, medallion_no=medallion_no),
        vehicle=Vehicle.objects.create(**here, plate_no=plate_no, vin=vin),
        weekly_amount=Decimal("265.00"),
        started_on=date(2024, 1, 1),
    )
    LeaseDriver.objects.create(**here, lease=lease, driver=driver, from_on=date(2024, 1, 1))
    return Debtor(customer, driver, lease)


def make_john_doe(actor: Actor, *, owing: bool = True) -> Debtor:
    """The seed's driver 101 on lease 2054, owing 2,156.50."""
    john = make_debtor(
        actor,
        driver_pk=DRIVER_ID,
        name="John Doe",
        tlc_license=LICENSE,
        lease_pk=LEASE_PK,
        medallion_no="1P43",
        plate_no="8SAM401",
        vin="4TALWRZV6YW122447",
    )
    if owing:
        owe(actor, john, *OWED)
    return john


def make_jane_roe(actor: Actor) -> Debtor:
    """Another driver, on a lease of her own."""
    return make_debtor(
        actor,
        driver_pk=102,
        name="Jane Roe",
        tlc_license="00504125",
        lease_pk=2055,
        medallion_no="2Q44",
        plate_no="8SAM402",
        vin="4TALWRZV6YW122448",
    )


def owe(actor: Actor, debtor: Debtor, *items: tuple[str, str, str, str]) -> list[Obligation]:
    """Raise opening balances: (category label, reference, amount, due date)."""
    raised = raise_obligations(
        actor=actor,
        drafts=[
            ObligationDraft(
                category=Category(category.upper()),
                reference_id=reference_id,
                amount=Decimal(amount),
                issue_date=date.fromisoformat(due),
                due_date=date.fromisoformat(due),
                customer_id=debtor.customer.pk,
                lease_id=debtor.lease.pk,
                credits=((OPENING_BALANCES, Decimal(amount)),),
                is_opening=True,
            )
            for category, reference_id, amount, due in items
        ],
    )
    return [each.obligation for each in raised]


def pay(
    actor: Actor, amount: str, *chosen: tuple[str, str, str], method: str = "ACH", **options: Any
) -> Applied:
    """Record an interim payment of John Doe by the service."""
    values: dict[str, Any] = {
        "driver_id": DRIVER_ID,
        "lease": LEASE_PK,
        "payment_date": date(2025, 10, 20),
        **options,
    }
    return record_interim_payment(
        actor=actor,
        amount=Decimal(amount),
        method=method,
        allocations=[ChosenAllocation(category, key, Decimal(each)) for category, key, each in chosen],
        **values,
    )


def outstanding(reference_id: str) -> Decimal:
    """What is still owed under a reference."""
    return Obligation.objects.get(reference_id=reference_id).outstanding


def new_key() -> str:
    """An Idempotency-Key."""
    return str(uuid4())
