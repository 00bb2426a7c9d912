"""Lease schedules from a file."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Lease, LeaseDriver
from batconnect.directory.services import add_medallion, add_vehicle
from batconnect.directory.tests.builders import make_driver
from tests.digest import assert_nothing_written

HEADINGS = "lease_id,lease_type,medallion,vin,weekly_amount,started_on,primary_driver\n"
GOOD = "LS-3001,Long term,1P43,4T1BF1FK5HU123456,420.00,2025-01-05,DRV-101\n"
BAD = "LS-3002,Long term,9Z99,4T1BF1FK5HU123456,420.00,2025-01-05,DRV-101\n"


@pytest.fixture(autouse=True)
def fleet(manager: Actor) -> None:
    """A driver, a medallion and a vehicle without a lease."""
    make_driver(manager)
    add_medallion(actor=manager, medallion_no="1P43")
    add_vehicle(actor=manager, plate_no="8SAM401", vin="4T1BF1FK5HU123456")


def load(folder: Path, rows: str, *words: str) -> str:
    """Import the rows; what the command says."""
    file = folder / "leases.csv"
    file.write_text(HEADINGS + rows)
    out = StringIO()
    call_command("import_leases", "--company", "North Taxi", "--file", str(file), *words, stdout=out)
    return out.getvalue()


def test_imports_a_lease_with_its_driver(tmp_path: Path) -> None:
    said = load(tmp_path, GOOD)

    assert said == "1 row: 1 new, 0 changed imported.\n"
    assert Lease.objects.get().weekly_amount == Decimal("420.00")
    assert LeaseDriver.objects.get().driver.driver_id == "DRV-101"


def test_bad_row_keeps_the_good_ones_out(tmp_path: Path) -> None:
    with assert_nothing_written(), pytest.raises(CommandError, match="1 error"):
        load(tmp_path, GOOD + BAD)
