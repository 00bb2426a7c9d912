"""Sundays, drivers, earnings and their results, for the tests of the settlement."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import time_machine

from batconnect.core.database.tenancy import company_context, job_actor
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import HasTimeZone, now, week_start
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, Medallion, Vehicle
from ledger.models import Dtr, DtrLine, Obligation
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.settlement.services.runs import WeekReport, settle_week
from ledger.tests.builders import Debtor
from ledger.verification import verify
from ledger.weekly import DTR_SLOT
from tests.cast import NORTH

NEW_YORK: Final = ZoneInfo("America/New_York")
WEEK: Final = timedelta(days=7)


def at(day: date | str, clock: str = "12:00", *, zone: ZoneInfo = NEW_YORK) -> Any:
    """Travel to that time in the company's time zone."""
    when = day if isinstance(day, date) else date.fromisoformat(day)
    hour, minute = clock.split(":")
    moment = datetime(when.year, when.month, when.day, int(hour), int(minute), tzinfo=zone)
    return time_machine.travel(moment, tick=True)


def last_settling_sunday(company: HasTimeZone) -> date:
    """The last Sunday whose every job's turn has come: on a Sunday before dawn, the one a week ago."""
    local = now().astimezone(ZoneInfo(company.time_zone))
    sunday = week_start(local.date())
    return sunday if local.date() > sunday or local.time() > DTR_SLOT else sunday - WEEK


def settle_from(sunday: date | str, *, company_id: UUID = NORTH, time_zone: str = "") -> Actor:
    """Let the company be settled from that Sunday on; its job's actor."""
    with company_context(company_id, job="test"):
        CompanySettings.objects.filter(company_id=company_id).update(settles_from=sunday)
    return job_actor(company_id=company_id, job="settle_week", request_id="test-request")


def make_driver(
    actor: Actor,
    *,
    number: int = 1,
    name: str = "John Doe",
    weekly: str = "500.00",
    since: str = "2024-01-07",
) -> Debtor:
    """A driver with a separate lease since that day."""
    company = {"company_id": actor.company_id}
    customer = Customer.objects.create(**company, name=name)
    driver = Driver.objects.create(
        **company, customer=customer, driver_id=f"DRV-{100 + number}", tlc_license=f"{504123 + number:08}"
    )
    lease = Lease.objects.create(
        **company,
        lease_id=f"LS-{2053 + number}",
        medallion=Medallion.objects.create(**company, medallion_no=f"{number}P43"),
        vehicle=Vehicle.objects.create(**company, plate_no=f"{number}SAM401", vin=f"4T1BF1FK5HU{number:06}"),
        weekly_amount=Decimal(weekly),
        started_on=date.fromisoformat(since),
    )
    LeaseDriver.objects.create(**company, lease=lease, driver=driver, from_on=lease.started_on)
    return Debtor(customer, driver, lease)


def earn(actor: Actor, debtor: Debtor, week: date | str, gross: str) -> None:
    """Import what the driver earned in the week."""
    sunday = week if isinstance(week, date) else date.fromisoformat(week)
    import_earnings(actor=actor, rows=[EarningRow(debtor.driver.pk, debtor.lease.pk, sunday, Decimal(gross))])


def settle(job: Actor, week: date | str) -> WeekReport:
    """Settle the week by the real jobs."""
    sunday = week if isinstance(week, date) else date.fromisoformat(week)
    return settle_week(actor=job, week=sunday)


def dtr_of(debtor: Debtor, week: date | str) -> Dtr:
    """The driver's DTR of the week."""
    return Dtr.objects.get(lease=debtor.lease.pk, customer=debtor.customer.pk, week=week)


FIGURES: Final = (
    "gross",
    "prior_balance",
    "charges",
    "interim_payments",
    "adjustments",
    "owed",
    "recovered",
    "net",
    "due_to_driver",
    "carried_forward",
)


def figures(dtr: Dtr) -> dict[str, str]:
    """The DTR's figures as text."""
    return {name: f"{getattr(dtr, name):.2f}" for name in FIGURES}


def lines(dtr: Dtr, kind: str) -> list[tuple[str, str, str]]:
    """The DTR's lines of one kind: category, reference, amount."""
    rows = DtrLine.objects.filter(dtr=dtr.pk, kind=kind).order_by(
        "category", "obligation__due_date", "obligation__reference_id", "id"
    )
    return [
        (category, reference or "", f"{amount:.2f}")
        for category, reference, amount in rows.values_list("category", "obligation__reference_id", "amount")
    ]


def owed_by(debtor: Debtor, *, until: date | str) -> Decimal:
    """What the driver's obligations on the lease that are due by the day still owe."""
    rows = Obligation.objects.filter(lease=debtor.lease.pk, customer=debtor.customer.pk, due_date__lte=until)
    return sum(rows.values_list("outstanding", flat=True), Decimal("0.00"))


def assert_books_agree(actor: Actor) -> None:
    """Every check of `verify_ledger` is clean, the trial balance and the DTRs' among them."""
    assert [(found.check, found.difference) for found in verify(actor=actor)] == []
