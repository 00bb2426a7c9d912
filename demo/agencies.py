"""A fleet whose last three weeks came from files of agencies: settled, with rows that wait, one late trip, and a rate
that was entered late.

Names and numbers are drawn with a fixed seed; dates hang on the day of loading.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from agencies.services.processing import work_off
from agencies.services.receiving import receive_file
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, Medallion, Vehicle
from demo.companies import EMPIRE
from demo.fleet import Seat
from demo.staff import act_as
from ledger.rules.settlement import DAYS
from ledger.settlement.services.runs import settle_week
from payments.lease_corrections.services.correcting import correct_lease
from payments.lease_corrections.services.proposing import LeaseChange
from payments.models import LeaseCorrection

CABS: Final = 6
WEEKS: Final = 3
_JOB: Final = "settle_week"
_NEW_RATE: Final = Decimal("520.00")
_WEEK: Final = timedelta(days=DAYS)
_NAMES: Final = ("Rosa Jimenez", "Kwame Mensah", "Olga Ivanova", "Tenzin Sherpa", "Omar Haile", "Grace Okeke")
_TRIPS: Final = (
    *("Trip Number", "Cab", "Driver", "Trip Start", "Trip End", "Payment Type", "Fare", "Tip", "MTA Tax"),
    *("Improvement Surcharge", "Congestion Surcharge", "Total", "Card Fee"),
)
_TOLLS: Final = (
    *(
        "Lane Txn ID",
        "Transaction Date",
        "Tag/Plate Number",
        "Agency",
        "Activity",
        "Exit Time",
        "Exit Plaza",
        "Amount",
    ),
)
_SUMMONSES: Final = (
    *("Plate", "State", "Summons Number", "Issue Date", "Violation Time", "Violation", "Fine Amount"),
    *("Penalty Amount", "Interest Amount", "Reduction Amount"),
)


def import_three_weeks(*, today: date) -> None:
    """Add the fleet, import three weeks of files and settle each; then a trip of the second week comes late, and with
    it a rate from that week on.

    The transaction is inside the company.
    """
    manager = act_as("dispatcher")
    first = clock.week_start(today) - WEEKS * _WEEK
    CompanySettings.objects.filter(company_id=EMPIRE).update(settles_from=first + _WEEK)
    seats = list(_add_fleet(manager, first - timedelta(days=90)))
    chance = random.Random("agencies")  # noqa: S311 - an example, not a secret
    # With the settings as they are now.
    manager = act_as("dispatcher")
    for number in range(WEEKS):
        week = first + number * _WEEK
        _take(manager, f"trips-{week}.csv", _TRIPS, _trips(seats, week, chance))
        _take(manager, f"ezpass-{week}.csv", _TOLLS, _tolls(seats, week, chance))
        _take(manager, f"violations-{week}.csv", _SUMMONSES, _violations(seats, week, number))
        settle_week(actor=job_actor(company_id=EMPIRE, job=_JOB), week=week)
    late = _trip(seats[0], first + _WEEK + timedelta(days=3), 9_001, chance)
    _take(manager, "trips-late.csv", _TRIPS, [late])
    correct_lease(
        actor=manager,
        lease_pk=seats[4].lease.pk,
        change=LeaseChange(LeaseCorrection.Kind.RATE, first + _WEEK, weekly_amount=_NEW_RATE),
        reason="The new rate was agreed on, and entered late.",
    )


def _add_fleet(actor: Actor, since: date) -> Iterator[Seat]:
    """Six drivers, each with a lease; on the last a second driver."""
    tenant = {"company_id": actor.company_id}
    drivers: list[Driver] = []
    for place, name in enumerate(_NAMES[:CABS], start=1):
        customer = Customer.objects.create(**tenant, name=name)
        driver = Driver.objects.create(
            **tenant, customer=customer, driver_id=f"EMP-{place:03}", tlc_license=f"0061{place:04}"
        )
        lease = Lease.objects.create(
            **tenant,
            lease_id=f"EL-{place:03}",
            medallion=Medallion.objects.create(**tenant, medallion_no=f"{place}E{10 + place}"),
            vehicle=Vehicle.objects.create(
                **tenant, plate_no=f"T70{place:04}C", vin=f"4T1BF1FK5HE{place:06}"
            ),
            weekly_amount=Decimal("500.00"),
            started_on=since,
        )
        LeaseDriver.objects.create(**tenant, lease=lease, driver=driver, from_on=since)
        drivers.append(driver)
        yield Seat(driver, lease, active=True)
    LeaseDriver.objects.create(
        **tenant, lease=lease, driver=drivers[0], role=LeaseDriver.Role.ADDITIONAL, from_on=since
    )


def _trips(seats: Sequence[Seat], week: date, chance: random.Random) -> Iterator[Sequence[str]]:
    """Some trips a day for each cab; one of the last cab says no driver, where two drive."""
    number = int(f"{week:%m%d}000")
    for day in range(DAYS):
        for seat in seats:
            for _ in range(chance.randint(4, 6)):
                number += 1
                yield _trip(seat, week + timedelta(days=day), number, chance)
    yield _with(_trip(seats[-1], week, number + 1, chance), 2, "")


def _with(cells: Sequence[str], place: int, text: str) -> list[str]:
    return [text if each == place else cell for each, cell in enumerate(cells)]


def _trip(seat: Seat, day: date, number: int, chance: random.Random) -> Sequence[str]:
    hour, minute = chance.randint(6, 21), chance.randint(0, 59)
    fare, tip = Decimal(chance.randint(900, 4_200)) / 100, Decimal(chance.randint(0, 900)) / 100
    is_card = chance.random() * 4 > 1
    tip = tip if is_card else Decimal("0.00")
    total = fare + tip + Decimal("4.00")
    return (
        *(str(number), seat.lease.medallion.medallion_no, seat.driver.tlc_license),
        *(f"{day:%m/%d/%Y} {hour:02}:{minute:02}", f"{day:%m/%d/%Y} {hour:02}:{minute:02}"),
        *("Card" if is_card else "Cash", f"{fare:.2f}", f"{tip:.2f}", "0.50", "1.00", "2.50", f"{total:.2f}"),
        f"{total / 20:.2f}" if is_card else "0.00",
    )


def _tolls(seats: Sequence[Seat], week: date, chance: random.Random) -> Iterator[Sequence[str]]:
    """A toll or two for each cab, and one by an unknown tag."""
    for place, seat in enumerate(seats):
        for number in range(chance.randint(1, 2)):
            day = week + timedelta(days=chance.randint(0, 6))
            yield _toll(f"{week:%m%d}{place}{number}", day, f"NY {seat.lease.vehicle.plate_no}")
    yield _toll(f"{week:%m%d}99", week + timedelta(days=2), "00598765432")


def _toll(number: str, day: date, mark: str) -> Sequence[str]:
    return (number, f"{day:%m/%d/%Y}", mark, "MTAB&T", "TOLL", "08:15:00", "RFK Bridge", "($6.94)")


def _violations(seats: Sequence[Seat], week: date, number: int) -> Iterator[Sequence[str]]:
    """One summons a week; that of the first week comes again with its penalty."""
    first = week - number * _WEEK
    for place in range(number + 1):
        penalty = "10.00" if place < number else "0.00"
        day = first + place * _WEEK + timedelta(days=1)
        plate = seats[place].lease.vehicle.plate_no
        cells = (plate, "NY", f"89{first:%m%d}{place:04}", f"{day:%m/%d/%Y}", "08:12A", "NO PARKING")
        yield (*cells, "65.00", penalty, "0.00", "0.00")


def _take(actor: Actor, name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Receive the file, and work it off."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(headings)
    writer.writerows(rows)
    received = receive_file(actor=actor, file=io.BytesIO(written.getvalue().encode()), file_name=name)
    worker = replace(job_actor(company_id=EMPIRE, job=_JOB), request_id=actor.request_id)
    work_off(actor=worker, import_id=received.id)
